"""Trains and measures the variants of a study on equal terms; a study that was interrupted goes on where it stopped.

Equal terms: the same weights to start from, the same samples in the same order, the same tiles, the same supervised
frames, the same number of steps. A variant with a smaller window sees fewer neighbours of the very same frames.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from stfam.core.errors import WeightsError
from stfam.core.evaluation.benchmark import evaluate_matting
from stfam.core.evaluation.cost import Cost, matting_cost
from stfam.core.evaluation.studies import Study, Variant
from stfam.core.network.builders import build_matting
from stfam.core.network.config import MATTING
from stfam.core.network.flow import DisFlow, PwcNet
from stfam.core.network.flow_weights import load_pwc_net
from stfam.core.network.fusion import inflate
from stfam.core.network.matting import MattingNetwork
from stfam.core.training.averaging import WeightAverage
from stfam.core.training.batches import Batch, ClipBatches, Sampler, loader
from stfam.core.training.checkpoint import seeded
from stfam.core.training.loop import Trainer, training_precision
from stfam.core.training.optimiser import KernelOptimiser
from stfam.core.training.stages import STAGES, Stage
from stfam.core.training.steps import encoded_tile
from stfam.core.training.synthesis.validation import ValidationClip
from stfam.core.training.warm_start import starting_tensors

SUPERVISED_FRAMES = 3
"""Of every sample: the temporal term needs two."""
SAVE_EVERY = 50
FITTING_RATE, FITTING_SEED = 1e-2, 1000
TIMED_STEPS = 2
DIS = Path("dis")
"""In the place of a file of flow weights: OpenCV's DIS flow."""
OWN_LAYERS = ("fusions.", "flow_network.")
"""Layers of the temporal fusion; everything else is common to all variants."""


@dataclass(frozen=True)
class Row:
    """One line of a study's CSV: unknown-region SAD, MSE and dtSSD, means over clips, and the cost of a frame."""

    variant: str
    seed: int
    SAD: float
    MSE: float
    dtSSD: float
    params: int
    gmac: float
    ms_per_frame: float


@dataclass(frozen=True)
class Terms:
    """What all variants of a study have in common."""

    start: Path
    """Single-frame weights."""
    folder: Path
    """Checkpoints, one folder a variant and seed."""
    config: str = "lite"
    steps: int = 1000
    batch: int = 2
    size: int = 256
    tile: int = 192
    learning_rate: float = 5e-4
    fitting_steps: int = 200
    """Before the training, for fusion layers that start untrained."""
    workers: int = 2
    flow: Path | None = None
    """Weights of the flow network, for flow fusion; or DIS."""
    device: torch.device = torch.device("cpu")
    precision: torch.dtype | None = None
    """Of the training step; the device's fastest when None."""
    cost_size: tuple[int, int] = (576, 1024)
    """(H, W) of the frame whose cost is measured, multiples of 32: attention grows with its square."""


SamplerOf = Callable[[int, int], Sampler]
"""Frames and size of a sample to what draws it."""


def run_variant(
    study: Study,
    variant: Variant,
    seed: int,
    *,
    terms: Terms,
    sampler_of: SamplerOf,
    clips: Sequence[ValidationClip],
    report: Callable[[str], None] = lambda _: None,
) -> Row:
    """Train a variant to the end, from where it stopped, and measure its averaged weights."""
    trainer = variant_trainer(study, variant, seed, terms)
    if study.fresh_fusions and trainer.step == 0:
        fit_fusions(study, variant, trainer, terms, sampler_of)
    batches = _batches(study, variant, trainer, terms, sampler_of)
    for progress in trainer.run(batches, report_every=SAVE_EVERY):
        trainer.save()
        report(f"{variant.name}, seed {seed}: {progress.step}/{terms.steps}, loss {progress.losses['loss']:.4f}")
    trainer.save()
    network = averaged(trainer)
    scores = evaluate_matting(network, clips)
    cost = matting_cost(network, terms.cost_size)
    return Row(variant.name, seed, scores["SAD"], scores["MSE"], scores["dtSSD"], **_cells(cost))


def fit_fusions(study: Study, variant: Variant, trainer: Trainer, terms: Terms, sampler_of: SamplerOf) -> None:
    """Teach untrained fusion layers to hand on what those of the single-frame weights make of the window's centre.

    So all variants start from nearly the same function, that of the weights, and none from a part of it.
    """
    network = trainer.network
    assert isinstance(network, MattingNetwork)
    teacher = build_matting(dataclasses.replace(MATTING[terms.config], window=0))
    teacher.load_state_dict(starting_tensors(terms.start))
    teacher.to(trainer.device).requires_grad_(False).eval()
    trainer.set_training()
    optimiser = KernelOptimiser(network.fusions, FITTING_RATE)
    for step, batch in zip(range(terms.fitting_steps), _fitting_batches(study, variant, trainer, terms, sampler_of)):
        with torch.autocast(trainer.device.type, trainer.precision, enabled=trainer.precision != torch.float32):
            with torch.no_grad():
                moved = batch.to(trainer.device)
                frames, _ = encoded_tile(network, moved, terms.tile, seeded(step, trainer.seed + FITTING_SEED))
                wanted = teacher.fuse([frames[variant.window]])
            fused = network.fuse(frames)
            misses = [(fused[s] - wanted[s]).float().square().mean() / wanted[s].float().var() for s in fused]
        optimiser.set_learning_rate(FITTING_RATE * (1 - step / terms.fitting_steps))
        optimiser.zero_grad()
        torch.autograd.backward(torch.stack(misses).mean())
        optimiser.step()
    trainer.average = WeightAverage(network)


def _fitting_batches(
    study: Study, variant: Variant, trainer: Trainer, terms: Terms, sampler_of: SamplerOf
) -> Iterator[Batch]:
    """Single windows of samples of their own, the same for all variants."""
    sampler = sampler_of(trainer.stage.frames, terms.size)
    clips = ClipBatches(sampler, seed=trainer.seed + FITTING_SEED, batch=terms.batch)
    return trimmed(loader(clips, workers=terms.workers), study.reach - variant.window + SUPERVISED_FRAMES // 2)


def with_costs(study: Study, rows: Sequence[Row], terms: Terms) -> list[Row]:
    """The rows with the costs of their variants measured anew: those of a run that shared the machine mean little."""
    variants = [variant for variant in study.variants if any(row.variant == variant.name for row in rows)]
    costs = {v.name: matting_cost(starting_network(study, v, terms).eval(), terms.cost_size) for v in variants}
    return [dataclasses.replace(row, **_cells(costs[row.variant])) if row.variant in costs else row for row in rows]


def _cells(cost: Cost) -> dict[str, Any]:
    return {"params": cost.parameters, "gmac": cost.gmac, "ms_per_frame": cost.milliseconds}


def seconds_per_step(study: Study, variant: Variant, terms: Terms, sampler_of: SamplerOf) -> float:
    """What a training step of a variant costs, after a first one that is not counted."""
    trial = dataclasses.replace(terms, folder=terms.folder / "timing", steps=1 + TIMED_STEPS)
    trainer = variant_trainer(study, variant, 0, trial)
    batches = _batches(study, variant, trainer, trial, sampler_of)
    marks = [time.perf_counter() for _ in trainer.run(batches, report_every=1)]
    return (marks[-1] - marks[0]) / TIMED_STEPS


def variant_trainer(study: Study, variant: Variant, seed: int, terms: Terms) -> Trainer:
    """A trainer at the start, or at the checkpoint that it left."""
    torch.manual_seed(seed)
    network = starting_network(study, variant, terms)
    folder = terms.folder / f"{variant.name}-{seed}".replace(" ", "")
    precision = terms.precision or training_precision(terms.device)
    return Trainer(network, _stage(study, variant, terms), folder, seed, terms.device, precision)


def starting_network(study: Study, variant: Variant, terms: Terms) -> MattingNetwork:
    """The variant with the single-frame weights in it.

    Raises:
        WeightsError: the weights are not those of a network of this configuration, or flow weights are missing.
    """
    network = build_matting(dataclasses.replace(MATTING[terms.config], window=variant.window, fusion=variant.fusion))
    common = starting_tensors(terms.start)
    if study.fresh_fusions:
        common = {name: tensor for name, tensor in common.items() if not name.startswith(OWN_LAYERS)}
    state = network.state_dict()
    shared = {name: like for name, like in state.items() if name in common or not name.startswith(OWN_LAYERS)}
    try:
        network.load_state_dict({**state, **inflate(common, shared)})
    except (KeyError, ValueError, RuntimeError) as error:
        raise WeightsError(
            f"{terms.start} does not fit a '{terms.config}' network: {error}", path=str(terms.start)
        ) from error
    if network.flow_network is not None:
        network.flow_network = flow_network(terms.flow)
    return network


def flow_network(path: Path | None) -> PwcNet | DisFlow:
    """The flow network of flow fusion: a PWC-Net with the weights of a file, or OpenCV's DIS.

    Raises:
        WeightsError: no file is given, or it holds no weights of a PWC-Net.
    """
    if path is None:
        raise WeightsError("Flow fusion needs the weights of a flow network. Give them with --flow FILE.")
    if path == DIS:
        return DisFlow()
    return load_pwc_net(path)


def averaged(trainer: Trainer) -> MattingNetwork:
    """The trained variant with its averaged weights, in eval mode."""
    network = trainer.network
    assert isinstance(network, MattingNetwork)
    network.load_state_dict(trainer.average.values)
    return network.eval()


def trimmed(batches: Iterable[Batch], margin: int) -> Iterator[Batch]:
    """The same batches with `margin` frames cut off at both ends."""
    for batch in batches:
        inner = slice(margin, batch.image.shape[1] - margin)
        yield Batch(*(getattr(batch, f.name)[:, inner] for f in dataclasses.fields(batch)))


def _stage(study: Study, variant: Variant, terms: Terms) -> Stage:
    return dataclasses.replace(
        STAGES["temporal"],
        name="variant",
        window=variant.window,
        frames=2 * study.reach + SUPERVISED_FRAMES,
        batch=terms.batch,
        size=terms.size,
        tile=terms.tile,
        steps=terms.steps,
        learning_rate=terms.learning_rate,
        terms=variant.terms,
        relative=False,
    )


def _batches(study: Study, variant: Variant, trainer: Trainer, terms: Terms, sampler_of: SamplerOf) -> Iterator[Batch]:
    sampler = sampler_of(trainer.stage.frames, terms.size)
    clips = ClipBatches(sampler, seed=trainer.seed, batch=terms.batch, start=trainer.step)
    return trimmed(loader(clips, workers=terms.workers), study.reach - variant.window)
