"""Deformable convolution on a CPU: taps gathered a whole pixel at a time, weights as a matrix product."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor

from stfam.core.network.compiling import flat, rows_of, shared_out
from stfam.core.network.deform_kernel import gather, scatter
from stfam.core.network.fused_convolution import pointwise

STRETCH_BYTES = 2**24
"""About as many gathered bytes are multiplied at a time: little enough for the cache, enough to join threads seldom."""


def taps_matrix(x: Tensor, weight: Tensor) -> tuple[Tensor, Tensor | None]:
    """What is gathered, and the matrix (K * C, O) that the taps are multiplied by.

    One tap is a blend of pixels, which may as well be multiplied before: then there is no matrix left.
    """
    outputs, _, kernel, _ = weight.shape
    if kernel == 1:
        return pointwise(x, weight), None
    return x, weight.permute(2, 3, 1, 0).reshape(-1, outputs)


def deform_into(
    pool: ThreadPoolExecutor, out: Tensor, x: Tensor, offset: Tensor, mask: Tensor, weight: Tensor, bias: Tensor | None
) -> None:
    """`deform.deform_conv2d` of one picture, without a gradient: (1, C, H, W) float32 on the CPU to (H, W, O)."""
    seen, matrix = taps_matrix(x, weight)
    taps = _Taps(seen, offset, mask, weight.shape[2])
    if matrix is None:
        taps.shift_into(pool, bias, out.flatten(0, 1)[None])
    else:
        out.copy_(taps.product(pool, matrix, bias)[0].permute(1, 2, 0))


class DeformableProduct(torch.autograd.Function):
    """Gathered taps times a matrix. What was gathered is not kept for the gradient, but gathered again."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, offset: Tensor, mask: Tensor, matrix: Tensor | None, bias: Tensor | None, kernel: int
    ) -> Tensor:
        """See `deform.deform_conv2d`.

        Args:
            ctx: of autograd.
            x: (B, C, H, W) float32 on the CPU, as the others.
            offset: (B, 2 * K, H, W).
            mask: (B, K, H, W).
            matrix: (K * C, O); the identity, for one tap, when None.
            bias: (O,).
            kernel: k.

        Returns:
            (B, O, H, W), channels last.
        """
        ctx.save_for_backward(x, offset, mask, matrix, bias)
        ctx.kernel = kernel
        taps = _Taps(x, offset, mask, kernel)
        with ThreadPoolExecutor(torch.get_num_threads()) as pool:
            return taps.shifted(pool, bias) if matrix is None else taps.product(pool, matrix, bias)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        """Gradients of x, offset, mask, matrix and bias."""
        x, offset, mask, matrix, bias = ctx.saved_tensors
        taps = _Taps(x, offset, mask, ctx.kernel)
        grad = rows_of(grads[0])
        with ThreadPoolExecutor(torch.get_num_threads()) as pool:
            found = taps.gradients(pool, grad, matrix)
            weights = None if matrix is None else taps.matrix_gradient(pool, grad, matrix)
        size = (x.shape[2], x.shape[3])
        added = None if bias is None else grad.sum((0, 1))
        return *(part.unflatten(1, size).permute(0, 3, 1, 2) for part in found), weights, added, None


@dataclass(frozen=True)
class _Stretch:
    """Whole images, or some lines of one, that are gathered at a time."""

    images: slice
    positions: slice


def _gather_share(kernel: Callable[..., None], start: int, target: Tensor, first: int, last: int) -> None:
    """Have `gather` fill the positions first .. last - 1 of a stretch that begins at `start`."""
    kernel(start + first, start + last, flat(target[first:last]))


class _Taps:
    """Inputs of one call as the kernels read them."""

    def __init__(self, x: Tensor, offset: Tensor, mask: Tensor, kernel: int) -> None:
        self.kernel = kernel
        self.batch, self.channels, self.height, self.width = x.shape
        self.x, self.offset, self.mask = (rows_of(tensor.detach()) for tensor in (x, offset, mask))

    @property
    def row(self) -> int:
        """Gathered values of one position."""
        return self.kernel * self.kernel * self.channels

    def gather(self, pool: ThreadPoolExecutor, stretch: _Stretch, out: Tensor, base: Tensor | None = None) -> None:
        """Gather a stretch of b images and n positions into (b, n, K * C), plus `base` (C,), shared out to threads."""
        shape, start = (self.height, self.width, self.channels, self.kernel), stretch.positions.start
        added = flat(torch.zeros(self.channels) if base is None else base)
        for image, target in zip(range(stretch.images.start, stretch.images.stop), out):
            x, offset, mask = (flat(part[image]) for part in (self.x, self.offset, self.mask))
            kernel = partial(gather, x, *shape, offset, mask, added)
            shared_out(pool, len(target), partial(_gather_share, kernel, start, target))

    def shifted(self, pool: ThreadPoolExecutor, base: Tensor | None) -> Tensor:
        """What the one tap of every position gathers, plus `base` (C,): (B, C, H, W)."""
        out = torch.empty(self.batch, self.height * self.width, self.row)
        self.shift_into(pool, base, out)
        return self._pictures(out)

    def shift_into(self, pool: ThreadPoolExecutor, base: Tensor | None, out: Tensor) -> None:
        """`shifted`, written to (B, H * W, C)."""
        self.gather(pool, _Stretch(slice(0, self.batch), slice(0, self.height * self.width)), out, base)

    def product(self, pool: ThreadPoolExecutor, matrix: Tensor, bias: Tensor | None) -> Tensor:
        """Gather and multiply stretch by stretch, (B, O, H, W): large images' taps are never held as a whole."""
        weight = matrix.T[:, :, None, None]
        stretches = self._stretches()
        if len(stretches) == 1:
            return self._convolved(pool, *stretches[0], weight, bias)
        out = torch.empty(self.batch, self.height * self.width, len(weight))
        for stretch, into in stretches:
            out[stretch.images, stretch.positions] = rows_of(self._convolved(pool, stretch, into, weight, bias))
        return self._pictures(out)

    def matrix_gradient(self, pool: ThreadPoolExecutor, grad: Tensor, matrix: Tensor) -> Tensor:
        """(B, H * W, O) -> (K * C, O)."""
        total = torch.zeros_like(matrix)
        for stretch, into in self._stretches():
            self.gather(pool, stretch, into)
            total.addmm_(into.flatten(0, 1).T, grad[stretch.images, stretch.positions].flatten(0, 1))
        return total

    def gradients(self, pool: ThreadPoolExecutor, grad: Tensor, matrix: Tensor | None) -> Sequence[Tensor]:
        """(B, H * W, O) -> gradients of x, offset and mask as rows; each thread has an image of its own."""
        found = torch.zeros_like(self.x), torch.empty_like(self.offset), torch.empty_like(self.mask)
        shape = self.height, self.width, self.channels, self.kernel
        threads = torch.get_num_threads()
        for first in range(0, len(grad), threads):
            pending = []
            for image in range(first, min(first + threads, len(grad))):
                taps = grad[image] if matrix is None else grad[image] @ matrix.T
                sources = [flat(part[image]) for part in (self.offset, self.mask, self.x)]
                targets = [flat(part[image]) for part in found]
                pending.append(pool.submit(scatter, flat(taps), *shape, *sources, *targets))
            for work in pending:
                work.result()
        return found

    def _convolved(
        self, pool: ThreadPoolExecutor, stretch: _Stretch, into: Tensor, weight: Tensor, bias: Tensor | None
    ) -> Tensor:
        """A stretch's products: convolutions are faster than matrix products on some CPUs."""
        self.gather(pool, stretch, into)
        return pointwise(self._pictures(into), weight, bias)

    def _pictures(self, rows: Tensor) -> Tensor:
        """(b, h * W, C) -> (b, C, h, W), no copy."""
        return rows.unflatten(1, (-1, self.width)).permute(0, 3, 1, 2)

    def _stretches(self) -> list[tuple[_Stretch, Tensor]]:
        """As many whole images as fit, or whole lines of one; and where their taps go."""
        positions = self.height * self.width
        lines = max(1, STRETCH_BYTES // (4 * self.row * self.width))
        images, length = max(1, min(self.batch, lines // self.height)), min(lines, self.height) * self.width
        buffer = torch.empty(images * length, self.row)
        stretches = []
        for first in range(0, self.batch, images):
            last = min(first + images, self.batch)
            for start in range(0, positions, length):
                stop = min(start + length, positions)
                into = buffer[: (last - first) * (stop - start)].unflatten(0, (last - first, -1))
                stretches.append((_Stretch(slice(first, last), slice(start, stop)), into))
        return stretches
