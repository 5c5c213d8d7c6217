"""Devices and their memory: which one to use, and giving back what it holds."""

from __future__ import annotations

import gc

import torch

from stfam.core.device_name import device_name
from stfam.core.errors import UsageError
from stfam.core.kept_memory import give_memory_back


def choose_device(name: str) -> torch.device:
    """The device of "auto", "cpu", "cuda", "cuda:N" or "mps".

    Automatic is CUDA, else the CPU: nothing was tried on Apple's GPU, and older torch lacks operators there.

    Raises:
        UsageError: the name is unknown, or this machine has no such device.
    """
    kind, index = device_name(name)
    if kind == "auto":
        return torch.device("cuda" if cuda_devices() else "cpu")
    present = {"cpu": 1, "cuda": cuda_devices(), "mps": int(torch.backends.mps.is_available())}[kind]
    if index >= present:
        found = f"{present} {kind} device{'s' if present != 1 else ''}"
        raise UsageError(f"The device '{name}' is not on this machine ({found} found). Choose auto.", device=name)
    return torch.device(name)


def cuda_devices() -> int:
    """How many CUDA devices torch can use; it counts them also where the driver is too old for it."""
    return torch.cuda.device_count() if torch.cuda.is_available() else 0


def free_cached_memory(device: torch.device) -> None:
    """Give back what the allocators hold, after an out-of-memory error."""
    gc.collect()
    give_memory_back()
    if device.type == "cuda":
        torch.cuda.empty_cache()
