"""What is there of each frame: trimap and matte, fresh, stale or failed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from enum import Enum

from PySide6.QtCore import QObject, Signal


class State(Enum):
    """The state of one result of one frame."""

    MISSING = "missing"  # nothing was computed
    PROXY = "proxy"  # a small preview is shown until the full size is there
    FRESH = "fresh"  # computed from what is set now
    STALE = "stale"  # computed from an earlier key, parameter or plate
    FAILED = "failed"  # the frame could not be read, computed or written


class Lane(Enum):
    """The results that a frame has."""

    PLATE = "plate"
    TRIMAP = "trimap"
    MATTE = "matte"


class FrameStates(QObject):
    """The states of all frames of the open plate.

    Signals:
        changed: some states are new.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._states: dict[Lane, dict[int, State]] = {lane: {} for lane in Lane}
        self._reasons: dict[int, str] = {}
        self._news: set[tuple[Lane, int]] = set()

    def clear(self) -> None:
        """Nothing is known of any frame."""
        for states in self._states.values():
            states.clear()
        self._reasons.clear()
        self._news.clear()
        self.changed.emit()

    def state(self, lane: Lane, frame: int) -> State:
        """The state of one result."""
        return self._states[lane].get(frame, State.MISSING)

    def lane(self, lane: Lane) -> Mapping[int, State]:
        """The states of a lane, for who looks at many frames; those that are not there are missing."""
        return self._states[lane]

    def reason(self, frame: int) -> str:
        """Why a frame failed; empty where it did not."""
        return self._reasons.get(frame, "")

    def frames(self, lane: Lane, state: State) -> list[int]:
        """The frames of a lane in a state, ascending."""
        return sorted(frame for frame, value in self._states[lane].items() if value is state)

    def put(self, lane: Lane, frame: int, state: State, reason: str = "") -> None:
        """Set one state."""
        self._news.add((lane, frame))
        self._set(lane, frame, state)
        if state is State.FAILED:
            self._reasons[frame] = reason
        self.changed.emit()

    def expect_all(self) -> None:
        """The states of all frames are asked for: what is put from now on may be newer than they are."""
        self._news.clear()

    def put_all(self, lane: Lane, states: Mapping[int, State], painted: Collection[int] = ()) -> None:
        """Set the states that were asked for; those put since stay, and failed ones until they are computed anew.

        Args:
            painted: frames whose result was painted, which says nothing of their plates.
        """
        known = self._states[lane]
        for frame, state in states.items():
            may_differ = known.get(frame) is not State.FAILED and (lane, frame) not in self._news
            if may_differ or state is State.FRESH:
                self._set(lane, frame, state, made=frame not in painted)
        self.changed.emit()

    def _set(self, lane: Lane, frame: int, state: State, made: bool = True) -> None:
        """What was made and is fresh was made from a plate that could be read."""
        self._states[lane][frame] = state
        if made and state is State.FRESH and self.state(Lane.PLATE, frame) is State.FAILED:
            self._states[Lane.PLATE][frame] = State.FRESH
        if frame in self._reasons and not any(self.state(other, frame) is State.FAILED for other in Lane):
            del self._reasons[frame]

    def mark_stale(self, results: Iterable[tuple[Lane, int]]) -> None:
        """What is fresh of these results is stale now."""
        for lane, frame in results:
            if self.state(lane, frame) in (State.FRESH, State.PROXY):
                self._states[lane][frame] = State.STALE
        self.changed.emit()
