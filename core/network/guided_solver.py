"""A classical matte at proxy size: closed-form matting relaxed from coarse to fine by guided filtering.

A guided filter's kernel W and the matting Laplacian L are the same statement, L = |w| (I - W) (He, Sun and Tang,
"Guided Image Filtering", section 3.4), so that filtering the matte by its own plate, with the known pixels put back
each time, relaxes the closed-form energy of Levin, Lischinski and Weiss. Started at a sixteenth of the size, a few
dozen 3x3 filterings come within a third of the direct solution's error for a hundredth of its time.

The result is kept as the coefficients of the local linear model, alpha = a . I + b, which is how a matte solved at
proxy size is carried to full resolution: the plate's own detail comes back through I.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from stfam.core.network.deform import is_plain

REGULARISATION = 2e-6
"""Of the colour covariance, at the least."""
NOISE_SHARE = 0.4
"""Of the plate's noise variance, where that is more: a noisy plate's colours say less."""
COARSE_UNKNOWN_WEIGHT = (0.3, 0.3, 0.3)
ITERATIONS = (40, 40, 16, 3, 1)


def solve(image: Tensor, trimap: Tensor) -> Tensor:
    """Coefficients of the local linear matte of a whole frame.

    Args:
        image: (B, 3, h, w) display-encoded in [0, 1].
        trimap: (B, 1, h, w) uint8 in {0, 128, 255}.

    Returns:
        (B, 4, h, w): a (3 channels) and b, with alpha = sum(a * image) + b.
    """
    image = image.contiguous()  # planes, which is what is worked on here
    known = (trimap != 128).to(image.dtype)
    foreground = (trimap == 255).to(image.dtype)
    regularisation = (NOISE_SHARE * _noise_variance(image)).clamp_min(REGULARISATION)
    pyramid = _pyramid(image, known, foreground, len(ITERATIONS))
    coefficients: Tensor | None = None
    for depth, (image_level, known_level, foreground_level) in enumerate(pyramid):
        label = foreground_level / known_level.clamp_min(1e-6)
        alpha = torch.full_like(known_level, 0.5)
        if coefficients is not None:
            grown = F.interpolate(coefficients, size=image_level.shape[-2:], mode="bilinear", align_corners=False)
            alpha = apply_coefficients(grown, image_level).clamp(0, 1)
        trust = COARSE_UNKNOWN_WEIGHT[depth] if depth < len(COARSE_UNKNOWN_WEIGHT) else 1.0
        window = _Windows.build(image_level, known_level + (1 - known_level) * trust, regularisation)
        coefficients = window.relax(torch.lerp(alpha, label, known_level), label, known_level, ITERATIONS[depth])
    assert coefficients is not None
    return coefficients


def apply_coefficients(coefficients: Tensor, image: Tensor) -> Tensor:
    """alpha = a . I + b, unclamped: (B, 4, H, W), (B, 3, H, W) -> (B, 1, H, W)."""
    return (coefficients[:, :3] * image).sum(1, keepdim=True) + coefficients[:, 3:]


def _pyramid(image: Tensor, known: Tensor, foreground: Tensor, depth: int) -> list[tuple[Tensor, Tensor, Tensor]]:
    levels = [(image, known, foreground)]
    for _ in range(depth - 1):
        levels.append(tuple(F.avg_pool2d(x, 2, ceil_mode=True, count_include_pad=False) for x in levels[-1]))  # type: ignore[arg-type]
    return levels[::-1]


def _box(x: Tensor, shares: Tensor) -> Tensor:
    """Means of 3x3 windows, cut off at the borders; in sums of shifted pictures, half of what a pooling takes.

    Args:
        x: (B, C, h, w).
        shares: (h, w) of `_window_shares`.
    """
    return _sums_of_three(_sums_of_three(x, 3), 2).mul_(shares)


def _window_shares(like: Tensor) -> Tensor:
    """(h, w): one over the pixels of each window of pictures (B, C, h, w)."""
    return _shares_of_three(like.shape[2], like)[:, None] * _shares_of_three(like.shape[3], like)


def _sums_of_three(x: Tensor, dim: int) -> Tensor:
    """Each value and its neighbours along one dimension, added."""
    sums, others = x.clone(), x.shape[dim] - 1
    sums.narrow(dim, 1, others).add_(x.narrow(dim, 0, others))
    sums.narrow(dim, 0, others).add_(x.narrow(dim, 1, others))
    return sums


def _shares_of_three(size: int, like: Tensor) -> Tensor:
    """(size,): one over how many values each of `_sums_of_three` adds."""
    count = torch.full((size,), 3.0, device=like.device, dtype=like.dtype)
    count[0] -= 1
    count[-1] -= 1
    return count.reciprocal()


@dataclass(frozen=True)
class _Windows:
    """Weighted colour statistics of every 3x3 window of one pyramid level."""

    image: Tensor
    shares: Tensor
    weight: Tensor
    total: Tensor
    mean: Tensor
    factors: Tensor

    @classmethod
    def build(cls, image: Tensor, weight: Tensor, regularisation: Tensor) -> _Windows:
        shares = _window_shares(weight)
        total = _box(weight, shares)
        r, g, b = (image - 0.5).unbind(1)  # about the middle, where least is lost to rounding
        centred = torch.stack([r, g, b, r * r, r * g, r * b, g * g, g * b, b * b], 1)
        averaged = _box(weight * centred, shares) / total
        mean, products = averaged[:, :3], averaged[:, 3:]
        r, g, b = mean.unbind(1)
        squares = torch.stack([r * r, r * g, r * b, g * g, g * b, b * b], 1)
        return cls(image, shares, weight, total, mean + 0.5, _factorised(products - squares, regularisation))

    def fit(self, alpha: Tensor) -> Tensor:
        """Coefficients (B, 4, h, w) of each window's weighted regression of alpha on colour."""
        weighted = self.weight * alpha
        moments = _box(torch.cat([weighted, weighted * self.image], 1), self.shares) / self.total
        mean = moments[:, :1]
        slope = _solved(self.factors, *(moments[:, 1:] - self.mean * mean).unbind(1))
        return torch.cat([slope, mean - (slope * self.mean).sum(1, keepdim=True)], 1)

    def relax(self, alpha: Tensor, label: Tensor, known: Tensor, iterations: int) -> Tensor:
        """Coefficients after `iterations` filterings, the known pixels put back before each."""
        if is_plain(alpha) and not torch.is_grad_enabled():
            return self._relaxed_by_kernel(alpha, label, known, iterations)
        coefficients = _box(self.fit(alpha), self.shares)
        for _ in range(iterations - 1):
            alpha = torch.lerp(apply_coefficients(coefficients, self.image).clamp(0, 1), label, known)
            coefficients = _box(self.fit(alpha), self.shares)
        return coefficients

    def _relaxed_by_kernel(self, alpha: Tensor, label: Tensor, known: Tensor, iterations: int) -> Tensor:
        from stfam.core.network.guided_kernel import relax

        found = torch.empty(len(alpha), 4, *alpha.shape[2:])
        shares = self.shares.contiguous().numpy()
        for one, into in enumerate(found):
            planes = (part[one].contiguous().numpy() for part in (self.weight, self.total, self.mean, self.factors))
            weight, total, mean, factors = planes
            given, sure = (part[one, 0].contiguous().numpy() for part in (label, known))
            image, start = self.image[one].contiguous().numpy(), alpha[one, 0].clone().numpy()
            relax(image, shares, weight[0], total[0], mean, factors, given, sure, start, iterations, into.numpy())
        return found


def _noise_variance(image: Tensor) -> Tensor:
    """(B, 1, 1), the typical pixel's, from differences that a linear slope of colour does not show (Immerkaer 1996)."""
    across = image[..., :, :-2] - 2 * image[..., :, 1:-1] + image[..., :, 2:]
    both = across[..., :-2, :] - 2 * across[..., 1:-1, :] + across[..., 2:, :]
    deviation = both[..., ::4, ::4].abs().flatten(1).median(1).values / (6 * 0.6745)
    return deviation.square()[:, None, None]


def _factorised(covariance: Tensor, regularisation: Tensor) -> Tensor:
    """L D L^T of symmetric 3x3 matrices plus the regularisation (B, 1, 1): (B, 6, h, w) of xx, xy, xz, yy, yz, zz to
    (B, 6, h, w) of L's yx, zx, zy and the reciprocals of D.

    Across a clean edge all colours lie on a line. The determinant that an inverse by minors divides by is then smaller
    than what rounding leaves of it; the pivots are not.
    """
    xx, xy, xz, yy, yz, zz = covariance.unbind(1)
    first = xx.clamp_min(0) + regularisation
    yx, zx = xy / first, xz / first
    second = (yy - yx * xy).clamp_min(0) + regularisation
    rest = yz - zx * xy
    zy = rest / second
    third = (zz - zx * xz - zy * rest).clamp_min(0) + regularisation
    return torch.stack([yx, zx, zy, first.reciprocal(), second.reciprocal(), third.reciprocal()], 1)


def _solved(factors: Tensor, x: Tensor, y: Tensor, z: Tensor) -> Tensor:
    """The solutions (B, 3, h, w) of L D L^T a = (x, y, z)."""
    yx, zx, zy, first, second, third = factors.unbind(1)
    y = y - yx * x
    z = z - zx * x - zy * y
    c = z * third
    b = y * second - zy * c
    a = x * first - yx * b - zx * c
    return torch.stack([a, b, c], 1)
