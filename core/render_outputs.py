"""The files of a job: which still hold, and how each frame's are written."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from stfam.core.errors import UsageError, WriteError
from stfam.core.media.frame_meta import FloatImage, FrameMeta
from stfam.core.media.matte_writer import (
    COMPRESSIONS,
    TEMPORARY_PREFIX,
    prepare_folder,
    write_foreground,
    write_matte,
    write_trimap,
)
from stfam.core.media.pattern import FramePattern
from stfam.core.media.readback import read_back
from stfam.core.shot import Output

MATTE, FOREGROUND, TRIMAP = "matte", "foreground", "trimap"
FORMATS = (".exr", ".png", ".tif", ".tiff")
TRIMAP_FORMATS = (".png", ".tif", ".tiff")


@dataclass(frozen=True)
class Passes:
    """What was computed of a frame, as it goes to its files."""

    frame: int
    meta: FrameMeta
    alpha: FloatImage
    """(H, W)."""
    foreground: FloatImage | None = None
    """(H, W, 3), straight."""


@dataclass(frozen=True)
class FrameFiles:
    """One kind of file a frame: where it lies and what it must have been made of."""

    kind: str
    pattern: FramePattern
    record: Callable[[int], str]
    """Hash of what makes a frame."""

    def path(self, frame: int) -> Path:
        """The file of a frame."""
        return self.pattern.path(frame)

    def holds(self, frame: int) -> bool:
        """Whether the frame's file is there, reads back and was made of the same."""
        path = self.path(frame)
        if not path.is_file():
            return False
        written = read_back(path)
        return written is not None and written.finite and written.record == self.record(frame)


class FrameOutputs:
    """All the frame files that a job writes."""

    def __init__(self, output: Output, files: Sequence[FrameFiles]) -> None:
        self._output = output
        self._files = {file.kind: file for file in files}

    def prepare(self, frames: Collection[int]) -> None:
        """Make the folders, and remove what a killed run left of the frames that are to be written.

        Raises:
            OutputError: a folder cannot be made or written to.
        """
        for file in self._files.values():
            folder = file.path(1).parent
            prepare_folder(folder)
            names = {file.path(frame).name for frame in frames}
            for left in folder.glob(f"{TEMPORARY_PREFIX}*"):
                if left.name.removeprefix(TEMPORARY_PREFIX).partition("-")[2] in names:
                    left.unlink(missing_ok=True)

    def unfinished(self, frame: int, overwrite: bool) -> frozenset[str]:
        """The kinds of file that a frame still lacks."""
        return frozenset(kind for kind, file in self._files.items() if overwrite or not file.holds(frame))

    def path(self, kind: str, frame: int) -> Path:
        """The file of a frame."""
        return self._files[kind].path(frame)

    def write_trimap(self, frame: int, trimap: npt.NDArray[np.uint8]) -> Path:
        """Write a frame's trimap.

        Raises:
            WriteError: it could not be written, or does not read back.
        """
        file = self._files[TRIMAP]
        write_trimap(file.path(frame), trimap, record=file.record(frame))
        return self._checked(file, frame)

    def write(self, passes: Passes, kinds: frozenset[str]) -> list[Path]:
        """Write those of a frame's matte and foreground that are asked for.

        Raises:
            WriteError: one could not be written, or does not read back.
        """
        written = []
        if MATTE in kinds:
            file = self._files[MATTE]
            record, compression = file.record(passes.frame), self._output.compression
            write_matte(file.path(passes.frame), passes.alpha, passes.meta, compression=compression, record=record)
            written.append(self._checked(file, passes.frame))
        if FOREGROUND in kinds and passes.foreground is not None:
            written.append(self._write_foreground(passes, passes.foreground))
        return written

    def _write_foreground(self, passes: Passes, foreground: FloatImage) -> Path:
        file = self._files[FOREGROUND]
        write_foreground(
            file.path(passes.frame),
            foreground,
            passes.alpha,
            passes.meta,
            premultiplied=self._output.premultiplied,
            compression=self._output.compression,
            record=file.record(passes.frame),
        )
        return self._checked(file, passes.frame)

    def _checked(self, file: FrameFiles, frame: int) -> Path:
        if not file.holds(frame):
            path = file.path(frame)
            raise WriteError(f"{path} was written but does not read back. Is the disk full?", path=str(path))
        return file.path(frame)


def frame_files(kind: str, pattern: str, record: Callable[[int], str]) -> FrameFiles:
    """Files of a kind under a pattern.

    Raises:
        UsageError: the pattern has no place for the frame number, or its format is not written.
    """
    formats = TRIMAP_FORMATS if kind == TRIMAP else FORMATS
    suffix = Path(pattern).suffix.lower()
    if suffix not in formats:
        raise UsageError(f"A {kind} is written as {', '.join(formats)}; '{Path(pattern).name}' is none of them.")
    return FrameFiles(kind, FramePattern.parse(pattern), record)


def check_output(output: Output) -> None:
    """Check how the files are to be written, before anything is computed.

    Raises:
        UsageError: the compression is unknown.
    """
    if output.compression not in COMPRESSIONS:
        text = f"EXR compression '{output.compression}' is unknown; there are {', '.join(COMPRESSIONS)}."
        raise UsageError(text, compression=output.compression)

