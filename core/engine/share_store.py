"""Trimap shares of frames that are propagated before their turn, kept outside memory."""

from __future__ import annotations

import tempfile

import numpy as np
import torch
from torch import Tensor


class ShareStore:
    """A temporary file of (1, 3, h, w) shares, all of one size; gone when closed or when the process ends."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(prefix="stfam-")  # noqa: SIM115 (closed by close)
        self._slots: dict[int, int] = {}
        self._free: list[int] = []
        self._shape: tuple[int, ...] = ()

    def put(self, frame: int, shares: Tensor) -> None:
        """Keep a frame's shares, uint8."""
        self._shape = tuple(shares.shape)
        data = shares.cpu().contiguous().numpy().tobytes()
        slot = self._free.pop() if self._free else len(self._slots)
        self._file.seek(slot * len(data))
        self._file.write(data)
        self._slots[frame] = slot

    def take(self, frame: int) -> Tensor | None:
        """A frame's shares, which are then forgotten; None where there are none."""
        slot = self._slots.pop(frame, None)
        if slot is None:
            return None
        self._free.append(slot)
        length = int(np.prod(self._shape))
        self._file.seek(slot * length)
        return torch.frombuffer(bytearray(self._file.read(length)), dtype=torch.uint8).reshape(self._shape)

    def close(self) -> None:
        """Delete the file."""
        self._file.close()
