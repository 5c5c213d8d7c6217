"""Movies through PyAV, with exact frames: the index is the packets' own time stamps."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from stfam.core.errors import MissingFrameError, MissingPlateError, UnreadableFrameError
from stfam.core.media.frame_meta import FrameMeta
from stfam.core.media.image_file import DISPLAY
from stfam.core.media.plate import PlateFrame
from stfam.core.media.timecode import timecode_after

FIRST_FRAME = 1
"""Movies number their frames from here."""


class MoviePlate:
    """A movie's video stream; frames are numbered from 1 in order of presentation."""

    def __init__(self, path: Path, *, colorspace: str | None = None) -> None:
        if not path.is_file():
            raise MissingPlateError(f"There is no movie {path}.", path=str(path))
        self._path = path
        self._colorspace = colorspace or DISPLAY
        try:
            self._container: Any = av.open(str(path))
            self._stream = self._container.streams.video[0]
            stamps = {p.pts for p in self._container.demux(self._stream) if p.pts is not None and p.size}
        except (av.error.FFmpegError, IndexError) as error:
            raise UnreadableFrameError(f"{path} cannot be read as a movie: {error}.", path=str(path)) from error
        self._stamps = sorted(stamps)
        if not self._stamps:
            raise UnreadableFrameError(f"{path} holds no video frames.", path=str(path))
        self._stream.thread_type = "AUTO"
        self._decoded: Any = None
        self._next = -1
        self._rewind(0)

    @property
    def frames(self) -> tuple[int, ...]:
        """As many as the container promises, which may be more than are there."""
        return tuple(range(FIRST_FRAME, FIRST_FRAME + max(len(self._stamps), self._stream.frames)))

    @property
    def name(self) -> str:
        """The file."""
        return str(self._path)

    @property
    def named(self) -> None:
        """None: a movie's name says nothing of frames."""
        return None

    def path(self, frame: int) -> Path:
        """The movie."""
        return self._path

    def read(self, frame: int) -> PlateFrame:
        """See Plate."""
        index = frame - FIRST_FRAME
        if index < 0 or index >= len(self.frames):
            raise MissingFrameError(f"{self._path} has no frame {frame}.", frame=frame, path=str(self._path))
        if index >= len(self._stamps):
            last = FIRST_FRAME + len(self._stamps) - 1
            raise UnreadableFrameError(
                f"{self._path} ends early: it promises {len(self.frames)} frames, the last one there is {last}.",
                frame=frame,
                path=str(self._path),
            )
        return PlateFrame(frame, _pixels(self._decode(index, frame)), self._meta(index), 0)

    def identity(self, frame: int) -> str:
        """See Plate."""
        status = self._path.stat()
        return f"{self._path.name}|{status.st_size}|{status.st_mtime_ns}|{frame}|{self._colorspace}"

    def close(self) -> None:
        """Close the file."""
        self._container.close()

    def _decode(self, index: int, frame: int) -> Any:
        stamp = self._stamps[index]
        try:
            if index < self._next or index > self._next + 12:
                self._rewind(index)
            for decoded in self._decoded:
                if decoded.pts is not None and decoded.pts >= stamp:
                    self._next = index + 1
                    if decoded.pts != stamp:
                        break
                    return decoded
            reason = "it is not in the stream"
        except av.error.FFmpegError as error:
            reason = str(error)
        self._next = len(self._stamps) + 1
        raise UnreadableFrameError(
            f"Frame {frame} of {self._path} cannot be decoded: {reason}. Export the movie again.",
            frame=frame,
            path=str(self._path),
        )

    def _rewind(self, index: int) -> None:
        self._container.seek(self._stamps[index], stream=self._stream, backward=True)
        self._decoded = self._container.decode(self._stream)
        self._next = index

    def _meta(self, index: int) -> FrameMeta:
        width, height = self._stream.codec_context.width, self._stream.codec_context.height
        window = (0, 0, width, height)
        rate = Fraction(self._stream.average_rate) if self._stream.average_rate else None
        start = self._stream.metadata.get("timecode") or self._container.metadata.get("timecode")
        return FrameMeta(
            data_window=window,
            display_window=window,
            pixel_aspect=float(self._stream.sample_aspect_ratio or 1) or 1.0,
            fps=rate,
            timecode=timecode_after(start, index, rate) if start and rate else None,
            colorspace=self._colorspace,
        )


def _pixels(frame: Any) -> Any:
    """(H, W, 3) float32 in [0, 1]; the matrix is the stream's, or BT.709 from 720 lines up and BT.601 below."""
    matrices = {1: "ITU709", 5: "ITU601", 6: "ITU601", 9: "ITU709"}
    source = matrices.get(int(frame.colorspace), "ITU709" if frame.height >= 720 else "ITU601")
    deep = frame.format.components[0].bits > 8
    converted = frame.reformat(format="rgb48le" if deep else "rgb24", src_colorspace=source)
    return converted.to_ndarray().astype(np.float32) / np.float32(65535 if deep else 255)
