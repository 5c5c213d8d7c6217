"""Trimap shares of frames that are propagated before their turn, kept outside memory."""

from __future__ import annotations

import math
import tempfile
from contextlib import suppress
from dataclasses import dataclass

import torch
from torch import Tensor

from stfam.core.errors import WriteError
from stfam.core.network.box import Box


@dataclass(frozen=True)
class Carried:
    """A propagated trimap at proxy size."""

    shares: Tensor
    """(1, 3, h, w) uint8, of `trimap_growth.quantised`."""
    view: Box
    """What they cover of the frame; all else is background."""


class ShareStore:
    """A temporary file of propagated trimaps; gone when closed or when the process ends.

    Raises:
        WriteError: there is no folder for temporary files.
    """

    def __init__(self) -> None:
        try:
            self._file = tempfile.TemporaryFile(prefix="stfam-")  # noqa: SIM115 (closed by close)
        except OSError as error:
            raise _no_room(error) from error
        self._kept: dict[int, tuple[int, torch.Size, Box]] = {}
        self._free: dict[int, list[int]] = {}
        self._end = 0

    def put(self, frame: int, carried: Carried) -> None:
        """Keep a frame's trimap.

        Raises:
            WriteError: the disk of temporary files is full, say.
        """
        data = carried.shares.cpu().contiguous().numpy().tobytes()
        free = self._free.get(len(data))
        start = free.pop() if free else self._end
        self._end = max(self._end, start + len(data))
        try:
            self._file.seek(start)
            self._file.write(data)
            self._file.flush()
        except OSError as error:
            raise _no_room(error) from error
        self._kept[frame] = start, carried.shares.shape, carried.view

    def take(self, frame: int) -> Carried | None:
        """A frame's trimap, which is then forgotten; None where there is none."""
        if frame not in self._kept:
            return None
        start, shape, view = self._kept.pop(frame)
        length = math.prod(shape)
        self._free.setdefault(length, []).append(start)
        self._file.seek(start)
        shares = torch.frombuffer(bytearray(self._file.read(length)), dtype=torch.uint8).reshape(shape)
        return Carried(shares, view)

    def close(self) -> None:
        """Delete the file."""
        with suppress(OSError):  # what a full disk did not take is not wanted any more
            self._file.close()


def _no_room(error: OSError) -> WriteError:
    folder = tempfile.tempdir or "a temporary folder"
    return WriteError(
        f"Trimaps that are carried ahead could not be kept in {folder}: {error.strerror or error}. "
        "Free some space, or let TMPDIR name another folder.",
        path=folder,
    )
