"""Mattes and foregrounds as one ProRes 4444 movie: it appears when all its frames are there, and holds as a whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt

from stfam.core.errors import WriteError
from stfam.core.media.frame_meta import FloatImage, within_data_window
from stfam.core.media.movie_white import ALPHA_WHITE, LIMITED_WHITE
from stfam.core.media.movie_writer import MovieWriter, movie_record
from stfam.core.render_passes import Passes
from stfam.core.settings_hash import digest

DEFAULT_RATE = Fraction(24)
"""Frames a second, where the plate does not say."""
SUFFIX = ".mov"
_WHITE = np.array([LIMITED_WHITE, LIMITED_WHITE, LIMITED_WHITE, ALPHA_WHITE], np.float32)


@dataclass
class MovieFile:
    """A movie of one pass; frames are added in order."""

    target: Path
    frames: Sequence[int]
    """All that it is to hold."""
    record: Callable[[int], str]
    """Hash of what makes a frame."""
    colours: Callable[[Passes], FloatImage]
    """(H, W, 3) in [0, 1] of a frame; its alpha goes with it."""
    alpha_kind: str | None = None
    """Of a foreground, straight or premultiplied; its metadata says so."""
    _writer: MovieWriter | None = None
    _written: int = 0
    _held: bool | None = field(default=None, init=False)

    def path(self, frame: int) -> Path:
        """The movie."""
        return self.target

    def holds(self, frame: int) -> bool:
        """Whether the movie is there, with all its frames, made of the same."""
        if self._held is None:
            self._held = self.target.is_file() and movie_record(self.target) == (self._record(), len(self.frames))
        return self._held

    def write(self, passes: Passes) -> Path:
        """Add a frame; the last one finishes the movie.

        Raises:
            WriteError: the disk is full, say, or the finished movie does not read back.
        """
        if self._writer is None:
            self._writer = self._start(passes)
        self._writer.write(_sixteen_bit(self.colours(passes), passes))
        self._written += 1
        if self._written == len(self.frames):
            self._finish(self._writer)
        return self.target

    def close(self) -> None:
        """Leave nothing of a movie that was not finished."""
        if self._writer is not None:
            self._writer.discard()
            self._writer = None

    def _start(self, first: Passes) -> MovieWriter:
        meta = first.meta
        return MovieWriter(
            self.target,
            first.alpha.shape,
            meta.fps or DEFAULT_RATE,
            record=self._record(),
            alpha_kind=self.alpha_kind,
            pixel_aspect=meta.pixel_aspect,
            timecode=meta.timecode,
        )

    def _finish(self, writer: MovieWriter) -> None:
        writer.close()
        self._writer = self._held = None
        if not self.holds(self.frames[-1]):
            raise WriteError(f"{self.target} was written but does not read back. Is the disk full?")

    def _record(self) -> str:
        return digest("movie", [self.record(frame) for frame in self.frames])


def _sixteen_bit(colours: FloatImage, passes: Passes) -> npt.NDArray[np.uint16]:
    """(H, W, 4); a movie carries no windows, so it is clear outside the data window."""
    pixels = within_data_window(np.concatenate([colours, passes.alpha[..., None]], 2), passes.meta)
    return (pixels.clip(0, 1) * _WHITE + 0.5).astype(np.uint16)
