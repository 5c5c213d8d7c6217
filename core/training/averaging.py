"""Exponential moving average of a network's weights; the average is what is evaluated and shipped."""

from __future__ import annotations

import torch
from torch import Tensor, nn

DECAY = 0.999
"""Share of the average that a step leaves, once there are many."""


class WeightAverage:
    """Running average of a network's trainable parameters and buffers."""

    def __init__(self, network: nn.Module) -> None:
        self.steps = 0
        self.values: dict[str, Tensor] = {k: v.detach().clone() for k, v in network.state_dict().items()}

    @torch.no_grad()
    def update(self, network: nn.Module) -> None:
        """Take one step's weights in; the first steps weigh more, so that the start is forgotten."""
        self.steps += 1
        decay = min(DECAY, (1 + self.steps) / (10 + self.steps))
        state = network.state_dict()
        averaged = [name for name, value in state.items() if value.is_floating_point()]
        torch._foreach_lerp_([self.values[name] for name in averaged], [state[name] for name in averaged], 1 - decay)
        for name in state.keys() - set(averaged):
            self.values[name].copy_(state[name])
