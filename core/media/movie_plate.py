"""Movies through PyAV, with exact frames: the index is the packets' own time stamps."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.stream import Disposition
from av.video.reformatter import Interpolation

from stfam.core.errors import MissingFrameError, MissingPlateError, UnreadableFrameError
from stfam.core.media.display_matrix import Turn
from stfam.core.media.frame_meta import FrameMeta
from stfam.core.media.image_file import DISPLAY, read_as
from stfam.core.media.movie_decoder import MovieDecoder
from stfam.core.media.movie_index import MovieIndex, read_index
from stfam.core.media.movie_white import sixteen_bit_white
from stfam.core.media.plate import PlateFrame, file_identity
from stfam.core.media.timecode import timecode_after

FIRST_FRAME = 1
"""Movies number their frames from here."""

_BT709, _BT601 = 1, 5
_MATRICES = (_BT709, 4, _BT601, 6, 7, 9)
"""Those that FFmpeg's scaler knows, by FFmpeg's numbers; the others are FCC, BT.601, SMPTE 240M, BT.2020."""

_STRANGE_MATRICES = {8: "YCgCo", 14: "ICtCp", 15: "IPT-C2", 16: "YCgCo", 17: "YCgCo"}
"""Those that it does not know and that are far from the others, by FFmpeg's numbers."""

_FULL_CHROMA = 1 << 13
"""FFmpeg's flag for the scaler to spread chroma in full, which PyAV names from 18 on."""

_TRANSFERS = {8: "in linear light", 16: "in PQ", 18: "in HLG"}
_PRIMARIES = {9: "of BT.2020's primaries", 11: "of P3's primaries", 12: "of P3's primaries"}
"""Those that are far from sRGB's, by FFmpeg's numbers."""

_INTERLACED = (
    "says that it is interlaced, and is read with both fields of a frame as one picture. Where they show two moments, "
    "deinterlace it first."
)

_NEAR = 12
"""Frames that are sooner decoded on the way than sought."""


class MoviePlate:
    """A movie's track that is no cover picture; frames are numbered from 1 in order of presentation."""

    def __init__(self, path: Path, *, colorspace: str | None = None) -> None:
        if not path.is_file():
            raise MissingPlateError(f"There is no movie {path}.", path=str(path))
        self._path = path
        self._assumed, self._colorspace = colorspace is None, colorspace or DISPLAY
        self._decoder: MovieDecoder | None = None
        self._damage: dict[int, int] = {}
        """The first damaged frame of a group, by the number of keys up to it."""
        self._open()
        try:
            self._index = self._read_index()
        except BaseException:
            self._container.close()
            raise

    @property
    def frames(self) -> tuple[int, ...]:
        """As many as the container promises, which may be more than are there."""
        return tuple(range(FIRST_FRAME, FIRST_FRAME + self._index.promised))

    @property
    def steady(self) -> bool:
        """By the stamps of its frames."""
        return self._index.steady

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
        if index >= len(self._index.stamps):
            last = FIRST_FRAME + len(self._index.stamps) - 1
            raise UnreadableFrameError(
                f"{self._path} ends early: it promises {len(self.frames)} frames, the last one there is {last}. "
                "Export it again.",
                frame=frame,
                path=str(self._path),
            )
        decoded = self._decode(index, frame)
        turn = Turn.of(decoded)
        image = turn.upright(_pixels(decoded))
        return PlateFrame(frame, image, self._meta(index, decoded, turn), 0)

    def identity(self, frame: int) -> str:
        """See Plate."""
        return file_identity(self._path, frame, str(frame), self._colorspace)

    def close(self) -> None:
        """Close the file."""
        self._container.close()

    def _open(self) -> None:
        try:
            container: Any = av.open(str(self._path), metadata_errors="replace")
        except av.error.FFmpegError as error:
            raise self._unreadable(error) from error
        stream = _plate_track(container)
        held = "no video frames" if stream is None else _not_read(stream)
        if held is not None:
            container.close()
            raise self._without(held)
        self._container, self._stream = container, stream
        self._stream.thread_type = "AUTO"
        if self._stream.codec_context.name == "mjpeg":  # else it draws grey over what it cannot read, and says nothing
            self._stream.codec_context.options = {"err_detect": "explode"}

    def _read_index(self) -> MovieIndex:
        try:
            index = read_index(self._container, self._stream)
        except av.error.FFmpegError as error:
            raise self._unreadable(error) from error
        if not index.promised:
            raise self._without("no video frames")
        return index

    def _without(self, held: str) -> UnreadableFrameError:
        return UnreadableFrameError(f"{self._path} holds {held}.", path=str(self._path))

    def _unreadable(self, error: Exception) -> UnreadableFrameError:
        reason = getattr(error, "strerror", None) or error
        text = f"{self._path} cannot be read as a movie: {reason}. Copy it again, or export it as frames."
        return UnreadableFrameError(text, path=str(self._path))

    def _decode(self, index: int, frame: int) -> Any:
        group = bisect_right(self._index.keys, self._index.stamps[index])
        to_blame, reason = self._damage.get(group, index + 1), None
        if to_blame > index:
            for begin in self._beginnings(index):
                self._decoder = begin()
                try:
                    decoded = self._decoder.frame(index)
                except av.error.FFmpegError as error:
                    decoded, reason = None, error.strerror
                if decoded is not None:
                    return decoded
                to_blame = self._decoder.to_blame(index)
            if not self._index.counted:
                self._damage[group] = to_blame
        raise self._damaged(frame, FIRST_FRAME + to_blame, reason)

    def _damaged(self, frame: int, to_blame: int, reason: str | None) -> UnreadableFrameError:
        why = reason or "it is damaged, or not in the stream"
        if to_blame < frame:
            why = f"it is made from frame {to_blame}, which is damaged"
        text = f"Frame {frame} of {self._path} cannot be decoded: {why}. Export the movie again."
        return UnreadableFrameError(text, frame=frame, path=str(self._path))

    def _beginnings(self, index: int) -> Iterator[Callable[[], MovieDecoder]]:
        """Where decoding may begin to come to a frame: where it stands, at the last keys, at the start of the file.

        A key that is presented after the frame is none for it: the frames between, of an open group, need the group
        before. Where frames are counted there is no entering at a key, and what came before is from the start.
        """
        current, counted = self._decoder, self._index.counted
        if current is not None and current.place <= index and (counted or index <= current.place + _NEAR):
            yield lambda: current
            if counted:
                return
        if not counted:
            first = bisect_right(self._index.keys, self._index.stamps[index])
            yield from (partial(self._seek, key) for key in reversed(self._index.keys[max(0, first - 2) : first]))
        yield self._restart

    def _seek(self, key: int) -> MovieDecoder:
        try:
            self._container.seek(key, stream=self._stream, backward=True)
        except av.error.FFmpegError:  # the file's own index is damaged
            return self._restart()
        return MovieDecoder(self._container, self._stream, self._index, key)

    def _restart(self) -> MovieDecoder:
        before = self._container
        self._open()  # where that fails, on a disk that is away say, what is open can be asked again
        before.close()
        return MovieDecoder(self._container, self._stream, self._index)

    def _meta(self, index: int, decoded: Any, turn: Turn) -> FrameMeta:
        height, width = (decoded.width, decoded.height) if turn.swapped else (decoded.height, decoded.width)
        window = (0, 0, width, height)
        aspect = float(self._stream.sample_aspect_ratio or 1) or 1.0
        found = self._stream.average_rate or self._stream.guessed_rate  # an MXF of JPEG 2000 has the second alone
        rate = Fraction(found) if found else None  # PyAV 19 has a class of its own
        start = self._stream.metadata.get("timecode") or self._container.metadata.get("timecode")
        return FrameMeta(
            data_window=window,
            display_window=window,
            pixel_aspect=1 / aspect if turn.swapped else aspect,
            fps=rate,
            timecode=timecode_after(start, index, rate) if start and rate else None,
            colorspace=self._colorspace,
            caveat=_INTERLACED if decoded.interlaced_frame else None,
            colour_caveat=self._colour_caveat,
        )

    @property
    def _colour_caveat(self) -> str | None:
        context = self._stream.codec_context
        named = (_TRANSFERS.get(int(context.color_trc)), _PRIMARIES.get(int(context.color_primaries)))
        said = " and ".join(filter(None, named)) if self._assumed else ""
        return f"says that it is {said}, {read_as(DISPLAY)}" if said else None


def _plate_track(container: Any) -> Any:
    """The first video stream that is no cover picture, by its mark or as a single picture beside moving ones."""
    tracks = [stream for stream in container.streams.video if not stream.disposition & Disposition.attached_pic]
    return next((track for track in tracks if track.frames != 1), tracks[0] if tracks else None)


def _not_read(stream: Any) -> str | None:
    """What a stream holds that is not read, and what to do about it; None where it is read."""
    if stream.codec_context is None:
        return "video of a codec that is not known here. Export it as ProRes, H.264 or EXR frames"
    pixels = stream.format.name if stream.format else ""
    raw = "ProRes RAW" if stream.codec_context.name == "prores_raw" else pixels if "bayer" in pixels else ""
    if raw:
        return f"a camera's raw picture ({raw}), which is not read. Develop it to ProRes, or to EXR frames"
    if "f16" in pixels or "f32" in pixels:
        return f"floating-point pixels ({pixels}), which are not read. Export it as EXR frames"
    matrix = _STRANGE_MATRICES.get(int(stream.codec_context.colorspace))
    return matrix and f"colours in {matrix}, which are not read. Export it by the matrix of BT.709, or as EXR frames"


def _pixels(frame: Any) -> Any:
    """(H, W, 3) float32 in [0, 1]; the matrix is the stream's, or BT.709 from 720 lines up and BT.601 below."""
    matrix = int(frame.colorspace)
    if matrix not in _MATRICES:
        matrix = _BT709 if frame.height >= 720 else _BT601
    deep = frame.format.components[0].bits > 8
    kind, interpolation = "rgb48le" if deep else "rgb24", _interpolation(frame, deep)
    converted = frame.reformat(format=kind, src_colorspace=matrix, interpolation=interpolation).to_ndarray()
    white = sixteen_bit_white(frame) if deep else 255
    return np.minimum(converted.astype(np.float32) / np.float32(white), np.float32(1))


def _interpolation(frame: Any, deep: bool) -> int:
    """How the scaler is to spread chroma, past its faults.

    Bilinear, it takes another colour for that of 4:2:0 in 16 bits where the width is odd. In 8 bits its short way with
    4:1:1, odd heights, and luma and chroma that lie side by side leaves white at 0.992; spreading chroma in full is the
    long way, which planes of 4:2:0 and 4:2:2 do not need.
    """
    if deep:
        return Interpolation.BICUBIC if frame.width % 2 else Interpolation.BILINEAR
    return int(Interpolation.BILINEAR) | _FULL_CHROMA
