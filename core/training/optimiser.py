"""What moves the weights: Muon for the kernels, AdamW for all else.

Muon (Jordan et al. 2024) steps along the nearest orthogonal matrix of the momentum, so that every direction of a kernel
learns at the same rate. Per step it learns more than AdamW, which counts where a step takes a second.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from torch import Tensor, nn
from torch.optim import AdamW, Optimizer

from stfam.core.training.grouped_muon import GroupedMuon

SMALLEST_SIDE = 8
"""Kernels with fewer rows or columns than this, depthwise ones say, are left to AdamW."""


class KernelOptimiser:
    """The optimisers of one network, stepped together at one learning rate.

    Muon knows matrices alone: it works on views of the kernels, (O, kh * kw * I), that share their memory. What is only
    to be tuned, a pretrained encoder say, is left to AdamW with all its kernels: Muon would turn every direction of
    them alike, also those that were learnt from far more pictures.
    """

    def __init__(
        self, network: nn.Module, learning_rate: float, *, tuned: nn.Module | None = None, tuned_rate: float = 1.0
    ) -> None:
        """Optimises what requires a gradient.

        Args:
            network: whose parameters are moved.
            learning_rate: of the first step.
            tuned: a part of it that learns by AdamW alone.
            tuned_rate: its learning rate over the others'.
        """
        parts = [] if tuned is None else [p for p in tuned.parameters() if p.requires_grad]
        apart = {id(p) for p in parts}
        parameters = [p for p in network.parameters() if p.requires_grad and id(p) not in apart]
        kernels = [p for p in parameters if _is_kernel(p)]
        others = [p for p in parameters if not _is_kernel(p)]
        self.kernels = [(p, nn.Parameter(_as_matrix(p.detach()))) for p in kernels]
        self.parts: list[Optimizer] = []
        if others:
            self.parts.append(_adamw(others, learning_rate))
        if kernels:
            views = [view for _, view in self.kernels]
            self.parts.append(GroupedMuon(views, lr=learning_rate, weight_decay=1e-2, adjust_lr_fn="match_rms_adamw"))
        if parts:
            self.parts.append(_adamw(parts, learning_rate, share=tuned_rate))

    def set_learning_rate(self, rate: float) -> None:
        """The same for all but what is tuned; Muon's steps are scaled to the size of AdamW's."""
        for group in chain.from_iterable(part.param_groups for part in self.parts):
            group["lr"] = rate * group.get("share", 1.0)

    def zero_grad(self) -> None:
        """Forget all gradients."""
        for part in self.parts:
            part.zero_grad(set_to_none=True)
        for kernel, _ in self.kernels:
            kernel.grad = None

    def step(self) -> None:
        """Move every parameter that has a gradient."""
        for kernel, view in self.kernels:
            view.grad = None if kernel.grad is None else _as_matrix(kernel.grad)
        for part in self.parts:
            part.step()


def _adamw(parameters: Sequence[nn.Parameter], rate: float, *, share: float = 1.0) -> AdamW:
    """`share`: the learning rate of these over that of all."""
    group = {"params": parameters, "share": share}
    return AdamW([group], lr=rate * share, betas=(0.9, 0.99), weight_decay=1e-4, fused=True)


def _is_kernel(parameter: Tensor) -> bool:
    return parameter.dim() >= 2 and min(parameter.shape[0], parameter[0].numel()) >= SMALLEST_SIDE


def _as_matrix(kernel: Tensor) -> Tensor:
    """(O, I) or (O, I, kh, kw) -> (O, columns), a view if it lies channels last."""
    return kernel if kernel.dim() == 2 else kernel.permute(0, 2, 3, 1).flatten(1)
