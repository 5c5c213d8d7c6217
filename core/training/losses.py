"""The losses of the paper (supplement, section 2.3) as small pure functions, and their sum as named terms.

Alphas are (B, T, 1, H, W) in [0, 1], images (B, T, 3, H, W) display-encoded, `unknown` (B, T, 1, H, W) bool is the
trimap's unknown region U, and `linear`, likewise, where the image was composited in linear light. Every mean is over
its region and zero where the region is empty.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

CHARBONNIER = 1e-3
OUTSIDE_WEIGHT = 0.5
BLOCK_SIDES = (4, 8, 16)
MISSED_UNKNOWN_WEIGHT = 2.0
"""How much worse it is to call an unknown pixel known than the other way round: matting cannot mend it."""


@dataclass(frozen=True)
class MattingSample:
    """A prediction and everything that is true about it."""

    prediction: Tensor
    alpha: Tensor
    image: Tensor
    foreground: Tensor
    background: Tensor
    linear: Tensor
    unknown: Tensor


def alpha_loss(prediction: Tensor, alpha: Tensor, unknown: Tensor) -> Tensor:
    """Charbonnier |p - a| in U, plus half of the same outside U."""
    distance = charbonnier(prediction - alpha)
    return masked_mean(distance, unknown) + OUTSIDE_WEIGHT * masked_mean(distance, ~unknown)


def block_loss(prediction: Tensor, alpha: Tensor, unknown: Tensor) -> Tensor:
    """|mean of p - a| over the unknown pixels of blocks of 4, 8 and 16 px: what is wrong in the large.

    A grey wash over a textured interior costs most here; a strand that is a pixel off costs nothing.
    """
    region = unknown.flatten(0, 1).to(prediction.dtype)
    error = (prediction - alpha).flatten(0, 1) * region
    scales = []
    for side in BLOCK_SIDES:
        pooled, share = F.avg_pool2d(error, side, ceil_mode=True), F.avg_pool2d(region, side, ceil_mode=True)
        scales.append(pooled.abs().sum() / share.sum().clamp_min(1e-6))
    return torch.stack(scales).mean()


def square_loss(prediction: Tensor, alpha: Tensor, unknown: Tensor) -> Tensor:
    """Squared p - a in U: a few pixels that are far off cost as much as many that are nearly right."""
    return masked_mean((prediction - alpha).square(), unknown)


def composition_loss(sample: MattingSample) -> Tensor:
    """L1 between p F + (1 - p) B and the image in U, with straight F, mixed as the image was.

    In the other space it would be least beside the truth: at 0.74 for half of white before black.
    """
    p, front, back = sample.prediction, sample.foreground, sample.background
    light = p * _to_linear(front) + (1 - p) * _to_linear(back)
    composite = torch.where(sample.linear, _to_display(light), p * front + (1 - p) * back)
    return masked_mean((composite - sample.image).abs().mean(2, keepdim=True), sample.unknown)


def gradient_loss(prediction: Tensor, alpha: Tensor, unknown: Tensor) -> Tensor:
    """L1 of the Sobel gradients of p and a in U."""
    return masked_mean((sobel(prediction) - sobel(alpha)).abs().sum(2, keepdim=True), unknown)


def gradient_weighted_loss(prediction: Tensor, alpha: Tensor, unknown: Tensor) -> Tensor:
    """The public code's alternative: |p - a| in U weighted by the error of the gradient's magnitude."""
    error = (magnitude(sobel(prediction)) - magnitude(sobel(alpha))).abs()
    return masked_mean(error * (prediction - alpha).abs(), unknown)


def kl_loss(prediction: Tensor, alpha: Tensor, unknown: Tensor) -> Tensor:
    """KL(a || p), each normalised to a distribution over U of its frame; mean over frames that have an U."""
    region = unknown.flatten(2).to(alpha.dtype)
    p = _distribution(prediction.flatten(2).clamp(0, 1), region)
    a = _distribution(alpha.flatten(2), region)
    divergence = (region * a * (a.log() - p.log())).sum(2)
    frames = (region.sum(2) > 0).to(alpha.dtype)
    return (divergence * frames).sum() / frames.sum().clamp_min(1)


def temporal_loss(prediction: Tensor, alpha: Tensor, unknown: Tensor) -> Tensor:
    """MSE of (p_t - p_t-1) and (a_t - a_t-1) over the union of both unknown regions; zero for one frame."""
    if prediction.shape[1] < 2:
        return prediction.sum() * 0
    change = (prediction[:, 1:] - prediction[:, :-1]) - (alpha[:, 1:] - alpha[:, :-1])
    return masked_mean(change.square(), unknown[:, 1:] | unknown[:, :-1])


def segmentation_losses(logits: Tensor, truth: Tensor) -> dict[str, Tensor]:
    """Losses of trimap propagation.

    Args:
        logits: (B, T, 3, H, W): background, unknown, foreground.
        truth: (B, T, H, W) int64 class indices.

    Returns:
        `segmentation`: cross-entropy, missed unknown pixels weighted; `overlap`: 1 - soft IoU of the unknown class.
    """
    log_share = F.log_softmax(logits, 2)
    weight = torch.where(truth == 1, MISSED_UNKNOWN_WEIGHT, 1.0)
    entropy = -log_share.gather(2, truth[:, :, None])[:, :, 0]
    share = log_share[:, :, 1].exp()
    target = (truth == 1).to(share.dtype)
    both = (share * target).sum((2, 3))
    either = (share + target - share * target).sum((2, 3))
    return {"segmentation": (weight * entropy).mean(), "overlap": 1 - (both / either.clamp_min(1)).mean()}


TERMS: dict[str, Callable[[MattingSample], Tensor]] = {
    "alpha": lambda s: alpha_loss(s.prediction, s.alpha, s.unknown),
    "square": lambda s: square_loss(s.prediction, s.alpha, s.unknown),
    "blocks": lambda s: block_loss(s.prediction, s.alpha, s.unknown),
    "composition": composition_loss,
    "gradient": lambda s: gradient_loss(s.prediction, s.alpha, s.unknown),
    "gradient_weighted": lambda s: gradient_weighted_loss(s.prediction, s.alpha, s.unknown),
    "kl": lambda s: kl_loss(s.prediction, s.alpha, s.unknown),
    "temporal": lambda s: temporal_loss(s.prediction, s.alpha, s.unknown),
}


def matting_losses(
    prediction: Tensor,
    alpha: Tensor,
    image: Tensor,
    foreground: Tensor,
    background: Tensor,
    linear: Tensor,
    unknown: Tensor,
    *,
    terms: Sequence[str],
) -> dict[str, Tensor]:
    """The named terms, each a scalar. `alpha` and `composition` together are the paper's "Diff".

    Raises:
        ValueError: an unknown term.
    """
    strange = [term for term in terms if term not in TERMS]
    if strange:
        raise ValueError(f"Unknown loss terms {', '.join(strange)}; there are {', '.join(TERMS)}.")
    sample = MattingSample(prediction, alpha, image, foreground, background, linear, unknown)
    return {term: TERMS[term](sample) for term in terms}


def masked_mean(x: Tensor, region: Tensor) -> Tensor:
    """Mean of x where `region` (of the same shape) holds; zero where it holds nowhere."""
    weight = region.to(x.dtype)
    return (x * weight).sum() / weight.sum().clamp_min(1)


def charbonnier(x: Tensor) -> Tensor:
    """sqrt(x^2 + eps^2)."""
    return (x.square() + CHARBONNIER**2).sqrt()


def sobel(x: Tensor) -> Tensor:
    """Gradients across and down, per pixel: (B, T, 1, H, W) -> (B, T, 2, H, W)."""
    across = torch.tensor([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]], device=x.device, dtype=x.dtype) / 8
    kernel = torch.stack([across, across.T])[:, None]
    padded = F.pad(x.flatten(0, 1), (1, 1, 1, 1), mode="replicate")
    return F.conv2d(padded, kernel).unflatten(0, x.shape[:2])


def magnitude(gradient: Tensor) -> Tensor:
    """Length of the gradient: (B, T, 2, H, W) -> (B, T, 1, H, W)."""
    return (gradient.square().sum(2, keepdim=True) + CHARBONNIER**2).sqrt()


def _to_linear(display: Tensor) -> Tensor:
    return torch.where(display <= 0.04045, display / 12.92, ((display + 0.055) / 1.055) ** 2.4)


def _to_display(light: Tensor) -> Tensor:
    """The curve is cut off where it does not count, for its slope is endless at 0."""
    return torch.where(light <= 0.0031308, 12.92 * light, 1.055 * light.clamp_min(0.0031308) ** (1 / 2.4) - 0.055)


def _distribution(x: Tensor, region: Tensor) -> Tensor:
    shifted = (x + CHARBONNIER) * region
    return (shifted / shifted.sum(2, keepdim=True).clamp_min(CHARBONNIER)).clamp_min(1e-12)
