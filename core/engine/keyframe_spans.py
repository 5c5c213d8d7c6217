"""Spans between keyframes: which keyframes a frame's trimap comes from, and how.

Every frame belongs to the span between the keyframes before and after it. Within KEY_NEIGHBOURHOOD frames of its
nearest keyframe it depends on that one alone, so that a keyframe's own window, and therefore its matte, does not
change when another keyframe is corrected. Beyond, both keyframes of the span are in the memory; the frames of the first
half are reached forwards and those of the second half backwards, and around the middle the two passes are faded into
each other.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass

KEY_NEIGHBOURHOOD = 3
"""Frames next to a keyframe whose trimaps depend on it alone."""
FADE = 4
"""Frames before and after the middle of a span that both passes reach."""


@dataclass(frozen=True)
class Lending:
    """The frames that may show a frame its background (`engine.borrow`): from `first` to `last`, where there is one."""

    first: int | None = None
    last: int | None = None

    def allows(self, frame: int) -> bool:
        """Whether a frame is among them."""
        return (self.first is None or frame >= self.first) and (self.last is None or frame <= self.last)


@dataclass(frozen=True)
class Span:
    """The frames strictly between two keyframes, or on one side of the first or last."""

    frames: tuple[int, ...]
    """In order, at least one."""
    before: int | None
    """Keyframe before them; None ahead of the first."""
    after: int | None
    """Keyframe after them; None behind the last."""

    @property
    def forward(self) -> tuple[int, ...]:
        """Frames that the forward pass reaches, in its order."""
        if self.before is None:
            return ()
        return self.frames if self.after is None else self.frames[: self._middle + self._fade]

    @property
    def backward(self) -> tuple[int, ...]:
        """Frames that the backward pass reaches, in its order."""
        if self.after is None:
            return ()
        return self.frames[::-1] if self.before is None else self.frames[self._middle - self._fade :][::-1]

    @property
    def faded(self) -> tuple[int, ...]:
        """Frames that both passes reach, in order."""
        return self.frames[self._middle - self._fade : self._middle + self._fade] if self._two_sided else ()

    @property
    def last_of_before(self) -> int:
        """The last frame whose trimap comes from the keyframe before alone."""
        assert self.before is not None
        return self.frames[min(KEY_NEIGHBOURHOOD, self._middle if self._two_sided else len(self.frames)) - 1]

    @property
    def first_of_after(self) -> int:
        """The first frame whose trimap comes from the keyframe after alone, or else that keyframe."""
        assert self.after is not None
        many = min(KEY_NEIGHBOURHOOD, len(self.frames) - self._middle if self._two_sided else len(self.frames))
        return self.frames[-many] if many else self.after

    @property
    def _two_sided(self) -> bool:
        return self.before is not None and self.after is not None

    @property
    def _middle(self) -> int:
        return (len(self.frames) + 1) // 2

    @property
    def _fade(self) -> int:
        """Shorter in a short span: the frames next to a keyframe belong to it alone."""
        return max(0, min(FADE, len(self.frames) // 2 - KEY_NEIGHBOURHOOD))

    def weight(self, frame: int) -> float:
        """Share of the forward pass in a faded frame, falling from the keyframe before to the one after."""
        position = self.faded.index(frame) + 1
        return 1.0 - position / (len(self.faded) + 1)


def keyframe_spans(frames: Sequence[int], keys: Sequence[int]) -> tuple[Span, ...]:
    """The spans of a clip, in order; empty ones are left out.

    Args:
        frames: of the clip, in order.
        keys: keyframes, in order, each one of the frames.
    """
    groups: dict[int, list[int]] = {}
    painted = set(keys)
    for frame in frames:
        if frame not in painted:
            groups.setdefault(bisect_right(keys, frame), []).append(frame)
    return tuple(
        Span(tuple(group), keys[i - 1] if i > 0 else None, keys[i] if i < len(keys) else None)
        for i, group in sorted(groups.items())
    )


def deciding_keys(keys: Sequence[int], frames: Collection[int]) -> Sequence[int]:
    """The keyframes that decide anything of some frames, and of those between them.

    These are the keyframes among them and two on each side: the nearest one is carried to them, and the span behind it
    limits what is lent.

    Args:
        keys: in order.
        frames: with the halo of what is matted.
    """
    if not frames:
        return ()
    return keys[max(0, bisect_left(keys, min(frames)) - 2) : bisect_right(keys, max(frames)) + 2]


def lenders(reach: int) -> int:
    """Frames on each side that a frame's background is looked for in, with a window of `reach` on each side."""
    return 2 * reach


def halo(reach: int) -> int:
    """Frames on each side that a matte depends on: its window's, and those that the window's frames borrow from."""
    return reach + lenders(reach)


def lending(frame: int, spans: Sequence[Span], reach: int) -> Lending:
    """Which frames may lend to one, so that a key that is painted anew changes no matte beyond the keys beside it.

    A matte on the other side of a keyframe depends on what the frames of its window borrow. The frames up to `reach`
    beyond a keyframe are in such windows, and borrow from that span only what the keyframe alone decides. Where each
    frame has a trimap there is no span, and no limit.

    Args:
        frame: that borrows.
        spans: of the clip, in order.
        reach: n of the window.
    """
    if reach == 0:
        return Lending()
    behind = spans[: bisect_right(spans, frame, key=lambda span: span.frames[-reach:][0])]
    ahead = spans[bisect_left(spans, frame, key=lambda span: span.frames[:reach][-1]) :]
    before = next((span for span in reversed(behind) if span.after is not None), None)
    after = next((span for span in ahead if span.before is not None), None)
    return Lending(None if before is None else before.first_of_after, None if after is None else after.last_of_before)


def forward_frames(span: Span, wanted: Collection[int]) -> tuple[int, ...]:
    """Frames that the forward pass has to go through to reach all wanted ones."""
    return _reaching(span.forward, wanted)


def backward_frames(span: Span, wanted: Collection[int]) -> tuple[int, ...]:
    """Frames that the backward pass has to go through to reach all wanted ones."""
    return _reaching(span.backward, wanted)


def _reaching(order: tuple[int, ...], wanted: Collection[int]) -> tuple[int, ...]:
    last = max((index for index, frame in enumerate(order) if frame in wanted), default=-1)
    return order[: last + 1]
