"""What arithmetic a device runs the networks in, and how pictures get there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import torch
from torch import Tensor

HALF_PRECISION: dict[str, torch.dtype] = {"cuda": torch.float16}
"""Devices whose matrix units take half precision. float16 and not bfloat16, whose eight bits would show in an alpha."""


@contextmanager
def inference(device: torch.device) -> Iterator[None]:
    """No gradients, and half precision where the device is faster at it.

    Guidance and refinement, which make the alpha, stay in float32 (`MattingNetwork`), as do softmax and norms.
    """
    dtype = HALF_PRECISION.get(device.type)
    with torch.inference_mode(), torch.autocast(device.type, dtype) if dtype else nullcontext():
        yield


def to_device(tensor: Tensor, device: torch.device) -> Tensor:
    """A tensor of the CPU on a device; to CUDA by pinned memory, so that the copy runs beside the computing.

    Pinned buffers come from torch's cache, which hands one out again only when its copy has been made.
    """
    if device.type == "cuda":
        return tensor.pin_memory().to(device, non_blocking=True)
    return tensor.to(device)
