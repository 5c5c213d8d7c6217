"""Movies out through PyAV: ProRes 4444 with alpha for mattes, H.264 for looking at."""

from __future__ import annotations

import math
import os
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any

import av
import numpy as np
import numpy.typing as npt

from stfam.core.errors import WriteError
from stfam.core.media.temporary_file import temporary_path
from stfam.core.media.timecode import timecode_label

_RECORD = "stfam:hash="
_BT709 = 1
"""FFmpeg's number of the matrix, the primaries and the transfer; named in the file, so that nobody takes another."""


def movie_record(path: Path) -> tuple[str | None, int]:
    """The hash that a movie was written with, and its number of frames; (None, 0) when it cannot be read."""
    try:
        with av.open(str(path)) as container:
            comment = container.metadata.get("comment", "")
            frames = sum(1 for packet in container.demux(container.streams.video[0]) if packet.size)
    except (OSError, IndexError, av.error.FFmpegError):
        return None, 0
    return comment.removeprefix(_RECORD).partition(" ")[0] if comment.startswith(_RECORD) else None, frames


class MovieWriter:
    """Frames of one size (H, W), even without alpha, in order; the file appears under its name when it is closed."""

    def __init__(
        self,
        path: Path,
        size: tuple[int, int],
        fps: Fraction,
        *,
        alpha: bool = True,
        record: str | None = None,
        alpha_kind: str | None = None,
        pixel_aspect: float = 1.0,
        timecode: tuple[int, int] | None = None,
    ) -> None:
        self._path = path
        self._temporary = temporary_path(path)
        self._format = "rgba64le" if alpha else "rgb24"
        try:
            self._container: Any = av.open(str(self._temporary), "w", format="mov" if alpha else None)
            self._stream: Any = self._container.add_stream("prores_ks" if alpha else "libx264", rate=fps)
        except (OSError, av.error.FFmpegError) as error:
            raise WriteError(f"{path} could not be written: {error}.", path=str(path)) from error
        said = [f"{_RECORD}{record}"] if record else []
        said += [f"stfam:alpha={alpha_kind}"] if alpha_kind else []
        self._container.metadata["comment"] = " ".join(said)
        label = timecode_label(timecode[0], fps) if timecode else None
        if label:
            self._container.metadata["timecode"] = label
        self._stream.height, self._stream.width = size
        self._stream.pix_fmt = "yuva444p10le" if alpha else "yuv420p"
        if math.isfinite(pixel_aspect) and pixel_aspect > 0:
            self._stream.sample_aspect_ratio = Fraction(pixel_aspect).limit_denominator(10_000)
        context = self._stream.codec_context
        context.colorspace, context.color_primaries, context.color_trc = (_BT709,) * 3
        self._stream.options = {"profile": "4444", "alpha_bits": "16"} if alpha else {"crf": "16"}

    def write(self, pixels: npt.NDArray[np.uint16] | npt.NDArray[np.uint8]) -> None:
        """Add a frame: (H, W, 4) uint16, colours to `LIMITED_WHITE`, alpha `ALPHA_WHITE`; or (H, W, 3) uint8 without.

        Raises:
            WriteError: the disk is full, say.
        """
        given = av.VideoFrame.from_ndarray(pixels, format=self._format)
        # threads would write over each other's pixels where a width is no multiple of eight
        frame = given.reformat(format=self._stream.pix_fmt, dst_colorspace=_BT709, threads=1)
        frame.color_primaries = frame.color_trc = _BT709  # ProRes names them in each frame too, and takes them from it
        self._mux(frame)

    def close(self) -> None:
        """Finish the file and give it its name.

        Raises:
            WriteError: the disk is full, say, or the name is taken by a folder; nothing is left behind.
        """
        self._mux(None)
        try:
            self._container.close()
            os.replace(self._temporary, self._path)
        except (OSError, av.error.FFmpegError) as error:
            raise self._failed(error) from error

    def discard(self) -> None:
        """Leave nothing behind."""
        with suppress(OSError, av.error.FFmpegError):  # what cannot be finished is thrown away all the same
            self._container.close()
        with suppress(OSError):  # it may not have been made
            self._temporary.unlink()

    def __enter__(self) -> MovieWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.discard()

    def _mux(self, frame: Any) -> None:
        try:
            for packet in self._stream.encode(frame):
                self._container.mux(packet)
        except (OSError, av.error.FFmpegError) as error:
            raise self._failed(error) from error

    def _failed(self, error: Exception) -> WriteError:
        self.discard()
        reason = getattr(error, "strerror", None) or error
        return WriteError(f"{self._path} could not be written: {reason}.", path=str(self._path))
