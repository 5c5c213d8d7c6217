"""One training step's forward pass and losses, for matting and for propagation."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import fields

import torch
from torch import Tensor

from stfam.core.network.backdrop import Backdrop
from stfam.core.network.box import Box
from stfam.core.network.context import Context
from stfam.core.network.matting import FrameFeatures, MattingNetwork
from stfam.core.network.propagation import MemoryFrame, PropagationNetwork, ProxyFeatures
from stfam.core.network.proxy import shrink_image, shrink_trimap, trimap_probabilities
from stfam.core.training.batches import Batch
from stfam.core.training.losses import matting_losses, segmentation_losses
from stfam.core.training.stages import Stage

PROXY_SHARES = (1.0, 0.75, 0.5, 0.5, 0.375)
"""Proxy size over frame size, drawn at random: 0.25 to 1 is what 512 over a plate's long side comes to."""
USUAL_ERROR, SMALL_ERROR = 0.08, 0.02
"""Mean errors of alpha in the unknown region: what clips have before they are learned, and what is nearly right."""
FEW_PIXELS = 500
RECENT_FRAMES = 2
SECOND_KEY_PROBABILITY = 0.3


def matting_step(network: MattingNetwork, batch: Batch, stage: Stage, generator: torch.Generator) -> dict[str, Tensor]:
    """Losses of every full window of the clips and of those that the stage lets their ends clamp, on one tile.

    Args:
        network: in training mode; its window is the stage's.
        batch: clips of at least 2n+1 frames.
        stage: gives the tile and the loss terms.
        generator: draws proxy size and tile.
    """
    frames, tile = encoded_tile(network, batch, stage.tile, generator)
    margin = network.config.window - stage.clamped
    inner = slice(margin, len(frames) - margin)
    alpha = decoded(network, [*frames[:1] * stage.clamped, *frames, *frames[-1:] * stage.clamped]).float()
    given = (tile.alpha, tile.image, tile.foreground, tile.background, tile.linear, tile.trimap == 128)
    parts = (alpha, *(x[:, inner] for x in given))
    clips = torch.vmap(functools.partial(matting_losses, terms=stage.terms))(*(part[:, None] for part in parts))
    weights = relative_weights(alpha, parts[1], parts[-1]) if stage.relative else alpha.new_ones(len(alpha))
    return {term: (weights * loss).mean() for term, loss in clips.items()}


def decoded(network: MattingNetwork, frames: Sequence[FrameFeatures]) -> Tensor:
    """Alphas of every full window of T frames of B clips, (B, T - 2n, 1, H, W), all in one call."""
    n = network.config.window
    count = len(frames) - 2 * n
    window = [_joined(frames[k : k + count]) for k in range(2 * n + 1)]
    return network.decode(window).unflatten(0, (count, -1)).transpose(0, 1)


def _joined(frames: Sequence[FrameFeatures]) -> FrameFeatures:
    """T frames of B clips as one of T * B."""
    levels = {stride: torch.cat([frame.levels[stride] for frame in frames]) for stride in frames[0].levels}
    return FrameFeatures(levels, torch.cat([frame.detail for frame in frames]))


def encoded_tile(
    network: MattingNetwork, batch: Batch, tile: int, generator: torch.Generator
) -> tuple[list[FrameFeatures], Batch]:
    """Features of every frame of the clips on one tile of `tile` px at a random place, and the tile itself."""
    frame_size = (batch.image.shape[-2], batch.image.shape[-1])
    box = _draw_tile(frame_size, tile, generator)
    contexts = _contexts(network, batch, generator)
    cut = Batch(*(_crop(getattr(batch, part.name), box) for part in fields(batch)))
    encoded = network.encode(cut.image.flatten(0, 1), cut.trimap.flatten(0, 1), contexts, box, frame_size)
    return split_frames(encoded, (batch.image.shape[0], batch.image.shape[1])), cut


def relative_weights(prediction: Tensor, alpha: Tensor, unknown: Tensor) -> Tensor:
    """Weights of clips under which an error counts by its share of the clip's own error, and not by its size.

    Their sum falls as the sum of the logarithms of the errors does: an easy clip, on which a small error is what one
    sees, teaches as much as a hard one. A clip with hardly an unknown pixel counts less.

    Args:
        prediction: (B, T, 1, H, W).
        alpha: the truth, likewise.
        unknown: likewise, bool.

    Returns:
        (B,), 1 for a clip of usual error and with many unknown pixels.
    """
    region = unknown.flatten(1)
    pixels = region.sum(1)
    error = ((prediction.detach() - alpha).abs().flatten(1) * region).sum(1) / pixels.clamp_min(1)
    return pixels / (pixels + FEW_PIXELS) * USUAL_ERROR / (error + SMALL_ERROR)


def propagation_step(network: PropagationNetwork, batch: Batch, generator: torch.Generator) -> dict[str, Tensor]:
    """Losses over a clip that is propagated from its first frame, sometimes from its last one too.

    The network's own answers are what it remembers of recent frames, so that it learns to live with its errors.
    """
    size = (batch.image.shape[-2], batch.image.shape[-1])
    frames = batch.image.shape[1]
    truth = [trimap_probabilities(batch.trimap[:, t], size) for t in range(frames)]
    features = _split_proxies(network.encode(batch.image.flatten(0, 1)), batch.image.shape[0], frames)
    last = frames - 1
    second_key = torch.rand((), generator=generator).item() < SECOND_KEY_PROBABILITY
    keys = [0, last] if second_key else [0]
    painted = [network.memorise(features[k], truth[k]) for k in keys]
    recent: list[MemoryFrame] = []
    logits = []
    targets = [t for t in range(1, frames) if t not in keys]
    for t in targets:
        logits.append(network.read(network.recall(features[t], painted), recent))
        recent = [*recent, network.memorise(features[t], logits[-1].detach().softmax(1))][-RECENT_FRAMES:]
    return segmentation_losses(torch.stack(logits, 1).float(), torch.stack([truth[t] for t in targets], 1).argmax(2))


def split_frames(encoded: FrameFeatures, shape: tuple[int, int]) -> list[FrameFeatures]:
    """Features of B * T frames as T frames of B."""
    levels = {stride: level.unflatten(0, shape).unbind(1) for stride, level in encoded.levels.items()}
    detail = encoded.detail.unflatten(0, shape).unbind(1)
    return [FrameFeatures({s: level[t] for s, level in levels.items()}, detail[t]) for t in range(shape[1])]


def shrunk_backdrop(backdrop: Tensor, size: tuple[int, int]) -> Backdrop:
    """(B, 4, H, W) -> the backdrop at proxy size (h, w), known only where all that a pixel covers is."""
    colour, known = backdrop[:, :3], backdrop[:, 3:]
    share = shrink_image(known, size)
    return Backdrop(shrink_image(colour * known, size) / share.clamp_min(1e-6), (share > 0.999).float())


def _contexts(network: MattingNetwork, batch: Batch, generator: torch.Generator) -> Context | None:
    share = PROXY_SHARES[int(torch.randint(len(PROXY_SHARES), (), generator=generator))]
    height, width = (max(32, round(side * share / 32) * 32) for side in batch.image.shape[-2:])
    image = shrink_image(batch.image.flatten(0, 1), (height, width))
    trimap = shrink_trimap(batch.trimap.flatten(0, 1), (height, width))
    return network.context(image, trimap, shrunk_backdrop(batch.backdrop.flatten(0, 1), (height, width)))


def _draw_tile(frame_size: tuple[int, int], tile: int, generator: torch.Generator) -> Box:
    height, width = min(tile, frame_size[0]), min(tile, frame_size[1])
    top = int(torch.randint((frame_size[0] - height) // 8 + 1, (), generator=generator)) * 8
    left = int(torch.randint((frame_size[1] - width) // 8 + 1, (), generator=generator)) * 8
    return Box(top, left, height, width)


def _crop(clips: Tensor, box: Box) -> Tensor:
    return clips[..., box.top : box.bottom, box.left : box.right]


def _split_proxies(features: ProxyFeatures, batch: int, frames: int) -> list[ProxyFeatures]:
    levels = {s: level.unflatten(0, (batch, frames)).unbind(1) for s, level in features.levels.items()}
    keys = features.key.unflatten(0, (batch, frames)).unbind(1)
    return [ProxyFeatures({s: level[t] for s, level in levels.items()}, keys[t]) for t in range(frames)]
