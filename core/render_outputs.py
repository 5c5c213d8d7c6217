"""The files of a job: which still hold, and how each frame's are written."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from stfam.core.errors import UsageError, WriteError
from stfam.core.media.matte_writer import (
    alpha_kind,
    check_colour_kind,
    check_compression,
    prepare_folder,
    write_foreground,
    write_matte,
    write_trimap,
)
from stfam.core.media.pattern import FramePattern
from stfam.core.media.readback import read_back, recorded
from stfam.core.media.temporary_file import remove_abandoned
from stfam.core.render_movie import SUFFIX, MovieFile
from stfam.core.render_passes import Passes, foreground_colours, goes_beyond_white_or_black, matte_colours
from stfam.core.shot import Output

MATTE, FOREGROUND, TRIMAP = "matte", "foreground", "trimap"
FORMATS = (".exr", ".png", ".tif", ".tiff")
TRIMAP_FORMATS = (".png", ".tif", ".tiff")

Record = Callable[[int], str]
"""Hash of what makes a frame."""
Write = Callable[[], list[Path]]
"""Writes a frame's files and says which they are."""


@dataclass(frozen=True)
class FrameFiles:
    """One kind of file a frame: where it lies and what it must have been made of."""

    pattern: FramePattern
    record: Record

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

    def check_own(self, frame: int) -> None:
        """Raise for a frame's file that somebody else wrote, or that was corrected since: it is not to be lost.

        Raises:
            UsageError: it is a whole image without a hash of this program.
        """
        path = self.path(frame)
        written = read_back(path) if path.is_file() else None
        if written is not None and written.record is None:
            raise UsageError(
                f"{path} was not written here, or was corrected since, and would be replaced. Make it a keyframe, "
                f"--key {frame}={path}, and write the trimaps elsewhere, or use --overwrite.",
                frame=frame,
                path=str(path),
            )

    def write(self, frame: int, save: Callable[[Path, str], None]) -> Path:
        """Write a frame's file, by a function that gets its path and its hash.

        Raises:
            WriteError: it could not be written, or does not read back.
        """
        path, record = self.path(frame), self.record(frame)
        save(path, record)
        if recorded(path) != record:
            raise WriteError(f"{path} was written but does not read back. Is the disk full?", path=str(path))
        return path


class FrameOutputs:
    """All the files that a job writes."""

    def __init__(self, output: Output, files: Mapping[str, FrameFiles | MovieFile]) -> None:
        self._output = output
        self._files = files
        self.cut_off: Path | None = None
        """The first foreground whose colours beyond 0 to 1 its format did not keep; None while there is none."""

    @property
    def in_order(self) -> bool:
        """Whether frames have to be written in order, and all of them: a movie is among the files."""
        return any(isinstance(file, MovieFile) for file in self._files.values())

    def prepare(self, frames: Collection[int]) -> None:
        """Make the folders, and remove what a killed run left of the frames that are to be written.

        Raises:
            OutputError: a folder cannot be made or written to.
        """
        for file in self._files.values():
            folder = file.path(1).parent
            prepare_folder(folder)
            remove_abandoned(folder, {file.path(frame).name for frame in frames})

    def unfinished(self, frame: int, overwrite: bool) -> frozenset[str]:
        """The kinds of file that a frame still lacks.

        Raises:
            UsageError: a trimap that was corrected by hand would be written over.
        """
        kinds = frozenset(kind for kind, file in self._files.items() if overwrite or not file.holds(frame))
        if TRIMAP in kinds and not overwrite:
            self._trimaps.check_own(frame)
        return kinds

    def write_trimap(self, frame: int, trimap: npt.NDArray[np.uint8]) -> Path:
        """Write a frame's trimap.

        Raises:
            WriteError: it could not be written, or does not read back.
        """
        return self._trimaps.write(frame, lambda path, record: write_trimap(path, trimap, record=record))

    def write(self, passes: Passes, kinds: frozenset[str]) -> list[Path]:
        """Write those of a frame's matte and foreground that are asked for.

        Raises:
            WriteError: one could not be written, or does not read back.
        """
        written = []
        for kind, save in ((MATTE, self._save_matte), (FOREGROUND, self._save_foreground)):
            if kind in kinds:
                file = self._files[kind]
                if isinstance(file, MovieFile):
                    written.append(file.write(passes))
                else:
                    written.append(file.write(passes.frame, partial(save, passes)))
        if FOREGROUND in kinds and self.cut_off is None and written[-1].suffix.lower() != ".exr":
            colours = foreground_colours(passes, premultiplied=self._output.premultiplied)
            self.cut_off = written[-1] if goes_beyond_white_or_black(colours) else None
        return written

    @property
    def _trimaps(self) -> FrameFiles:
        file = self._files[TRIMAP]
        assert isinstance(file, FrameFiles)
        return file

    def close(self) -> None:
        """Leave nothing of movies that were not finished."""
        for file in self._files.values():
            if isinstance(file, MovieFile):
                file.close()

    def _save_matte(self, passes: Passes, path: Path, record: str) -> None:
        write_matte(path, passes.alpha, passes.meta, compression=self._output.compression, record=record)

    def _save_foreground(self, passes: Passes, path: Path, record: str) -> None:
        assert passes.foreground is not None
        write_foreground(
            path,
            passes.foreground,
            passes.alpha,
            passes.meta,
            premultiplied=self._output.premultiplied,
            compression=self._output.compression,
            record=record,
        )


def output_files(
    output: Output, step: str, frames: Sequence[int], records: Mapping[str, Record]
) -> dict[str, FrameFiles | MovieFile]:
    """The files of a step, by their kind.

    Args:
        output: of the shot.
        step: "render", "propagate" or "matte".
        frames: that are asked for.
        records: hash of what makes a frame, by kind of file.

    Raises:
        UsageError: a pattern has no place for the frame number, or a format or compression is not written, or a
            foreground's format does not hold premultiplied colour.
    """
    check_compression(output.compression)
    files: dict[str, FrameFiles | MovieFile] = {}
    for kind, pattern in ((MATTE, output.matte), (FOREGROUND, output.foreground)):
        if pattern and step != "propagate":
            files[kind] = _pass_files(kind, pattern, _taken(records[kind], frames), frames, output.premultiplied)
    if step == "propagate" or (output.trimaps and step == "render"):
        files[TRIMAP] = trimap_files(output.trimaps or output.matte, _taken(records[TRIMAP], frames))
    return files


def _taken(record: Record, frames: Sequence[int]) -> Record:
    """The hashes as they are before anything is read: what changes from then on makes the files stale."""
    return {frame: record(frame) for frame in frames}.__getitem__


def trimap_files(pattern: str, record: Record) -> FrameFiles:
    """Trimaps, a file a frame.

    Raises:
        UsageError: the pattern has no place for the frame number, or its format is not written.
    """
    _check_format(TRIMAP, pattern, TRIMAP_FORMATS)
    return FrameFiles(FramePattern.parse(pattern), record)


def _pass_files(
    kind: str, pattern: str, record: Record, frames: Sequence[int], premultiplied: bool
) -> FrameFiles | MovieFile:
    _check_format(kind, pattern, (*FORMATS, SUFFIX))
    if Path(pattern).suffix.lower() == SUFFIX:
        if kind == MATTE:
            return MovieFile(Path(pattern), frames, record, matte_colours)
        colours = partial(foreground_colours, premultiplied=premultiplied)
        return MovieFile(Path(pattern), frames, record, colours, alpha_kind(premultiplied=premultiplied))
    if kind == FOREGROUND:
        check_colour_kind(Path(pattern), premultiplied=premultiplied)
    return FrameFiles(FramePattern.parse(pattern), record)


def _check_format(kind: str, pattern: str, formats: Sequence[str]) -> None:
    if Path(pattern).suffix.lower() not in formats:
        raise UsageError(f"A {kind} is written as {', '.join(formats)}; '{Path(pattern).name}' is none of them.")
