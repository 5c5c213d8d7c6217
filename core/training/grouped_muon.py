"""Muon with matrices of like size orthogonalised together: torch's steps by a tenth of its launches.

torch's takes them one by one, some forty small kernels each: on a GPU that was four fifths of a training step.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.optim import Muon

SMALLEST = 16
"""Sides are padded to a power of two of at least this, so that there are few groups; padding changes nothing."""


class GroupedMuon(Muon):
    """As `torch.optim.Muon` with `adjust_lr_fn="match_rms_adamw"`; its states are the same."""

    @torch.no_grad()
    def step(self, closure: Any = None) -> Any:
        """One step of every matrix that has a gradient, after `closure` if there is one; its answer."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            matrices = [p for p in group["params"] if p.grad is not None]
            if matrices:
                self._move(matrices, group)
        return loss

    def _move(self, matrices: list[Tensor], group: dict[str, Any]) -> None:
        gradients = [m.grad for m in matrices if m.grad is not None]
        averages = [self._average(m) for m in matrices]
        torch._foreach_lerp_(averages, gradients, 1 - group["momentum"])
        wanted = torch._foreach_lerp(gradients, averages, group["momentum"]) if group["nesterov"] else averages
        directions = orthogonalised(wanted, group["ns_coefficients"], group["ns_steps"], group["eps"])
        lengths = [-group["lr"] * 0.2 * max(m.shape) ** 0.5 for m in matrices]
        torch._foreach_mul_(matrices, 1 - group["lr"] * group["weight_decay"])
        torch._foreach_add_(matrices, torch._foreach_mul(directions, lengths))

    def _average(self, matrix: Tensor) -> Tensor:
        """Of its gradients so far."""
        state = self.state[matrix]
        if "momentum_buffer" not in state:
            state["momentum_buffer"] = torch.zeros_like(matrix)
        average: Tensor = state["momentum_buffer"]
        return average


def orthogonalised(
    matrices: Sequence[Tensor], coefficients: tuple[float, float, float], steps: int, eps: float
) -> list[Tensor]:
    """The nearly orthogonal matrix next to each, by Newton and Schulz's iteration in bfloat16 (Jordan et al. 2024).

    Args:
        matrices: of any shapes.
        coefficients: of the iteration's polynomial.
        steps: of the iteration.
        eps: the least norm that a matrix is divided by.

    Returns:
        Float32, in the order of `matrices`.
    """
    wide = [m.T if m.shape[0] > m.shape[1] else m for m in matrices]
    groups: dict[tuple[int, int], list[int]] = {}
    for index, matrix in enumerate(wide):
        groups.setdefault((_padded(matrix.shape[0]), _padded(matrix.shape[1])), []).append(index)
    found: dict[int, Tensor] = {}
    for size, members in groups.items():
        stack = torch.zeros(len(members), *size, dtype=torch.bfloat16, device=wide[0].device)
        parts = [stack[place, : wide[i].shape[0], : wide[i].shape[1]] for place, i in enumerate(members)]
        torch._foreach_copy_(parts, [wide[i] for i in members])
        turned = _iterated(stack, coefficients, steps, eps).float()
        for place, i in enumerate(members):
            part = turned[place, : wide[i].shape[0], : wide[i].shape[1]]
            found[i] = part if wide[i] is matrices[i] else part.T
    return [found[i] for i in range(len(matrices))]


def _iterated(stack: Tensor, coefficients: tuple[float, float, float], steps: int, eps: float) -> Tensor:
    """(N, R, C), R <= C, bfloat16."""
    linear, cubic, quintic = coefficients
    x = stack / stack.float().flatten(1).norm(dim=1).clamp_min(eps)[:, None, None].to(stack.dtype)
    for _ in range(steps):
        gram = x @ x.mT
        x = torch.baddbmm(x, torch.baddbmm(gram, gram, gram, beta=cubic, alpha=quintic), x, beta=linear)
    return x


def _padded(side: int) -> int:
    return max(SMALLEST, 1 << (side - 1).bit_length())
