"""Trains the flow network of flow fusion on image pairs whose motion is known exactly; it resumes where it stopped."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stfam.core.network.flow import FINEST, FLOW_UNIT, MULTIPLE, DisFlow, PwcNet
from stfam.core.network.flow_weights import STANDARDISED
from stfam.core.network.tensor_file import write_tensors
from stfam.core.optical_flow import dis_flow
from stfam.core.training.averaging import WeightAverage
from stfam.core.training.checkpoint import load_checkpoint, save_checkpoint
from stfam.core.training.loop import rate_factor, training_precision
from stfam.core.training.synthesis.types import Field, Pixels

Pair = tuple[Pixels, Pixels, Field]
"""Two images (H, W, 3) uint8 and the flow (H, W, 2) in pixels, x before y, from the first to the second."""
PairSampler = Callable[[np.random.Generator], Pair]

EPSILON = 0.01
SAVE_EVERY = 100
LEARNING_RATE, HEADS_LEARNING_RATE = 1e-3, 5e-4
HEADS = ("predict", "flow_up", "context.12")
"""Layers whose output is flow, in units of 20 pixels."""
COARSE, COARSE_SHARE = 3, 0.8
"""For this share of the training the finest level rests, which takes over twice the time of all others."""


def train_flow(
    network: PwcNet,
    sampler: PairSampler,
    checkpoint: Path,
    *,
    progress: Callable[[int, float], float],
    batch: int = 8,
    seed: int = 0,
) -> Iterator[tuple[int, float]]:
    """Train from where the checkpoint stopped; the network ends with its averaged weights.

    Every level is held to the true flow; the finest joins late.

    Args:
        network: trained in place, on the CPU or on its device.
        sampler: draws a pair; of its size, the multiple of 64 that fits is seen.
        checkpoint: state of the run, written every hundred steps and at the end.
        progress: how much of the training is done, given the steps and the seconds spent, those before an interruption
            included; from 1 on it ends. The learning rate falls along it.
        batch: pairs a step.
        seed: of the samples, which depend on it and the step alone.

    Yields:
        (step, mean end-point error since the last report, full-resolution pixels) at every save.
    """
    network.requires_grad_(True).train()
    device = next(network.parameters()).device
    precision = training_precision(device)
    optimiser = _optimiser(network)
    average = WeightAverage(network)
    step, before = 0, 0.0
    if checkpoint.is_file():
        step, record = load_checkpoint(checkpoint, network=network, average=average, optimisers=[optimiser])
        before = record.get("seconds", 0.0)
    started = time.monotonic() - before
    errors: list[float] = []
    while (done := progress(step, time.monotonic() - started)) < 1:
        for group in optimiser.param_groups:
            group["lr"] = group["initial_lr"] * rate_factor(step, done)
        finest = COARSE if done < COARSE_SHARE else FINEST
        with torch.autocast(device.type, precision, enabled=precision != torch.float32):
            flows, truth = _flows(network, _batch(sampler, seed, step, batch), finest)
        errors.append(_step(network, optimiser, flows, truth))
        average.update(network)
        step += 1
        seconds = time.monotonic() - started
        if step % SAVE_EVERY == 0 or progress(step, seconds) >= 1:
            record = {"seconds": seconds}
            save_checkpoint(
                checkpoint, step=step, network=network, average=average, optimisers=[optimiser], record=record
            )
            yield step, float(np.mean(errors))
            errors.clear()
    network.load_state_dict(average.values)
    network.requires_grad_(False).eval()


def flow_loss(flow: Tensor, truth: Tensor) -> Tensor:
    """Mean end-point error, rounded off at zero so that its gradient is finite.

    Args:
        flow: (B, 2, h, w), pixels of the full resolution.
        truth: (B, 2, H, W), averaged down to (h, w).
    """
    difference = flow - F.interpolate(truth, size=flow.shape[-2:], mode="area")
    return (difference.square().sum(1) + EPSILON**2).sqrt().mean()


@dataclass(frozen=True)
class EndPointErrors:
    """Mean distances from the true flow, pixels."""

    own: float
    dis: float
    """That of OpenCV's DIS."""
    pairs: int
    """Over how many pairs of frames."""


@torch.inference_mode()
def end_point_errors(network: PwcNet | DisFlow, pairs: Sequence[Pair], device: torch.device) -> EndPointErrors:
    """How far a flow network and OpenCV's DIS are from the truth."""
    network.eval()
    ours, others = [], []
    for first, second, truth in pairs:
        images = [_image(image)[None].to(device) for image in (first, second)]
        coarse = network(images[0], images[1])
        flow = F.interpolate(coarse, size=truth.shape[:2], mode="bilinear", align_corners=False)
        ours.append(_distance(flow[0].permute(1, 2, 0).cpu().numpy(), truth))
        others.append(_distance(dis_flow(first, second), truth))
    return EndPointErrors(float(np.mean(ours)), float(np.mean(others)), len(pairs))


def save_flow(network: PwcNet, path: Path) -> None:
    """Write the flow network's weights as a safetensors file, which says whether its features are standardised."""
    tensors = {name: tensor.contiguous() for name, tensor in network.state_dict().items()}
    write_tensors(path, tensors, {STANDARDISED: "yes" if network.standardised else "no"})


def _optimiser(network: PwcNet) -> torch.optim.AdamW:
    named = list(network.named_parameters())
    heads = [p for name, p in named if any(part in name for part in HEADS)]
    others = [p for name, p in named if not any(part in name for part in HEADS)]
    groups = [
        {"params": others, "lr": LEARNING_RATE, "initial_lr": LEARNING_RATE},
        {"params": heads, "lr": HEADS_LEARNING_RATE, "initial_lr": HEADS_LEARNING_RATE},
    ]
    return torch.optim.AdamW(groups, betas=(0.9, 0.99), weight_decay=1e-4, fused=True)


def _flows(network: PwcNet, batch: tuple[Tensor, Tensor, Tensor], finest: int) -> tuple[list[Tensor], Tensor]:
    device = next(network.parameters()).device
    first, second, truth = (tensor.to(device) for tensor in batch)
    return network.levels(first, second, finest=finest), truth


def _step(network: PwcNet, optimiser: torch.optim.Optimizer, flows: Sequence[Tensor], truth: Tensor) -> float:
    """The end-point error of the finest flow."""
    errors = torch.stack([flow_loss(flow, truth) for flow in flows])
    optimiser.zero_grad(set_to_none=True)
    torch.autograd.backward(errors.mean() / FLOW_UNIT)
    nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    optimiser.step()
    return float(errors[-1].item())


def _batch(sampler: PairSampler, seed: int, step: int, size: int) -> tuple[Tensor, Tensor, Tensor]:
    pairs = [_cropped(sampler(np.random.default_rng((seed, step, index)))) for index in range(size)]
    first = torch.stack([_image(pair[0]) for pair in pairs])
    second = torch.stack([_image(pair[1]) for pair in pairs])
    return first, second, torch.stack([torch.from_numpy(pair[2]).permute(2, 0, 1) for pair in pairs])


def _cropped(pair: Pair) -> Pair:
    height, width = (side - side % MULTIPLE for side in pair[2].shape[:2])
    part = np.s_[:height, :width]
    return pair[0][part], pair[1][part], pair[2][part]


def _image(image: Pixels) -> Tensor:
    return torch.from_numpy(image).permute(2, 0, 1).float() / 255


def _distance(flow: Field, truth: Field) -> float:
    return float(np.linalg.norm(flow - truth, axis=-1).mean())
