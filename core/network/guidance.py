"""What the trimap says before any training: the guidance channels that the matting network gets at every stride.

Classical mattes of the whole frame are computed at proxy size (`frame_guidance`) and read at full resolution inside a
tile (`tile_guidance`); the network learns when to trust which.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from stfam.core.network import colour_diffusion, guided_solver, label_attention
from stfam.core.network.backdrop import Backdrop, cleared
from stfam.core.network.box import Box, resample
from stfam.core.network.deform import is_plain

RGB = 3
TRIMAP_CHANNELS = 3
PRIOR_MATTES = 3
CHANNELS = TRIMAP_CHANNELS + PRIOR_MATTES + 3


@dataclass(frozen=True)
class FrameGuidance:
    """Classical mattes of one whole frame at proxy size (h, w)."""

    coefficients: Tensor
    """(B, 4, h, w), the local linear matte of `guided_solver.solve`."""
    colours: Tensor
    """(B, 6, h, w), the diffused colours of `colour_diffusion`."""
    votes: Tensor
    """(B, 1, h / 8, w / 8), the matte of `label_attention.attend_labels`."""
    known: Tensor
    """(B, 1, h, w), 1 where the background colour is the frame's backdrop or in plain sight, else 0."""


def one_hot(trimap: Tensor) -> Tensor:
    """(B, 1, H, W) uint8 -> (B, 3, H, W) float: background, unknown, foreground."""
    return torch.cat([trimap == 0, trimap == 128, trimap == 255], 1).float()


def frame_guidance(
    image: Tensor, trimap: Tensor, features: dict[int, Tensor], backdrop: Backdrop | None
) -> FrameGuidance:
    """Classical mattes of a whole frame at proxy size.

    Args:
        image: (B, 3, h, w) display-encoded in [0, 1].
        trimap: (B, 1, h, w) uint8.
        features: the frozen encoder's features of `image` by stride.
        backdrop: what is known of the background that the foreground hides.
    """
    with torch.no_grad(), torch.autocast(image.device.type, enabled=False):
        known, certain = (trimap == 0).to(image.dtype), trimap
        # solved and voted as painted: background that is nearer than foreground would draw what lies between to it
        coefficients, votes = guided_solver.solve(image, trimap), label_attention.attend_labels(features, trimap)
        foreground = colour_diffusion.foreground_colour(image, trimap)
        if backdrop is not None:
            known, certain = torch.maximum(known, backdrop.known), cleared(image, trimap, backdrop, foreground)
            coefficients = coefficients * (certain == trimap)
        background = colour_diffusion.background_colour(image, certain, backdrop)
        return FrameGuidance(coefficients, torch.cat([foreground, background], 1), votes, known)


def whole_guidance(image: Tensor, trimap: Tensor, frame: FrameGuidance) -> Tensor:
    """The guidance channels at proxy size itself: (B, CHANNELS, h, w)."""
    size = (image.shape[2], image.shape[3])
    return tile_guidance(image, trimap, frame, Box(0, 0, *size), size)


def tile_guidance(image: Tensor, trimap: Tensor, frame: FrameGuidance, box: Box, frame_size: tuple[int, int]) -> Tensor:
    """The guidance channels of one full-resolution tile.

    Args:
        image: (B, 3, H, W), the tile.
        trimap: (B, 1, H, W) uint8, the tile.
        frame: the whole frame's guidance.
        box: where the tile lies.
        frame_size: (H, W) of the frame.

    Returns:
        (B, CHANNELS, H, W): trimap one-hot; solved, voted and projected alpha; colour distance of the two layers and
        distance of the pixel to the line between them; whether the background colour is known.
    """
    if is_plain(image) and not torch.is_grad_enabled():
        from stfam.core.network.guidance_cpu import tile_channels

        maps = torch.cat([frame.coefficients, frame.colours, frame.known], 1)
        return tile_channels(image, trimap, maps, frame.votes, box, frame_size)
    coefficients = resample(frame.coefficients, box, frame_size)
    solved = guided_solver.apply_coefficients(coefficients, image).clamp(0, 1)
    voted = resample(frame.votes, box, frame_size)
    projected = colour_diffusion.project(image, resample(frame.colours, box, frame_size))
    known = resample(frame.known, box, frame_size)
    return torch.cat([one_hot(trimap), solved, voted, projected, known], 1)
