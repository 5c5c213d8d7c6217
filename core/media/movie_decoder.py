"""Decoding a movie onwards from one place, with an eye on what its decoder cannot read whole."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from typing import Any

import av

from stfam.core.media.movie_index import MovieIndex


class MovieDecoder:
    """Frames in order of presentation, from a key or from the start of the file.

    A frame that comes damaged, or not at all, spoils those after it up to the next key frame: they are made from it.
    """

    def __init__(self, container: Any, stream: Any, index: MovieIndex, key: int | None = None) -> None:
        """Begin where the container stands.

        Args:
            container: opened anew, or sought.
            stream: of it.
            index: of the stream.
            key: time stamp that was sought; None at the start of the file.
        """
        self._stamps = index.stamps
        self._counted = index.counted
        self._frames = self._placed(self._decoded(container, stream))
        self._failed = False
        self._spoiled_by: int | None = None
        self.place = 0 if key is None else bisect_left(index.stamps, key)
        """The frame that should come next, counted from 0."""

    def frame(self, place: int) -> Any:
        """Decode up to a frame; None where it does not come, or not whole.

        Raises:
            av.error.FFmpegError: the file cannot be read on.
        """
        for found, frame in self._frames:
            self._look_at(found, frame)
            self.place = found + 1
            if found >= place:
                return frame if found == place and self._spoiled_by is None else None
        return None

    def to_blame(self, place: int) -> int:
        """The frame whose damage keeps one from being whole: itself, or one that it is made from."""
        return place if self._spoiled_by is None else min(place, self._spoiled_by)

    def _look_at(self, place: int, frame: Any) -> None:
        """Note what a frame, and those that should have come before it, say of the damage from here on."""
        if frame.key_frame:
            self._spoiled_by = None
        elif self._spoiled_by is None and self._failed and place > self.place:
            self._spoiled_by = self.place
        if self._spoiled_by is None and frame.is_corrupt:
            self._spoiled_by = place

    def _placed(self, frames: Iterator[Any]) -> Iterator[tuple[int, Any]]:
        """Frames with their places, from the one that should come next; those that an edit list hides have none."""
        for stamp, frame in enumerate(frames) if self._counted else ((frame.pts, frame) for frame in frames):
            place = -1 if stamp is None else bisect_left(self._stamps, stamp)
            if self.place <= place < len(self._stamps) and self._stamps[place] == stamp:
                yield place, frame

    def _decoded(self, container: Any, stream: Any) -> Iterator[Any]:
        """What the decoder hands out; a packet that it refuses is passed over, unless frames are counted."""
        for packet in container.demux(stream):
            try:
                frames = packet.decode()
            except av.error.FFmpegError:
                if self._counted:
                    raise
                self._failed = True
                continue
            yield from frames
