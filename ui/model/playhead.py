"""The current frame, and playing from it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from PySide6.QtCore import QElapsedTimer, QObject, Qt, QTimer, Signal


class Playhead(QObject):
    """Where the artist is among the plate's frames.

    Signals:
        moved(frame): another frame is current.
        playing_changed(playing): playing started or stopped.
    """

    moved = Signal(int)
    playing_changed = Signal(bool)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.frame = 0
        self._frames: tuple[int, ...] = ()
        self._loop = (0, 0)
        self._interval = 1000 / 24
        self._timer = QTimer(self, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._clock = QElapsedTimer()
        self._shown = 0

    @property
    def playing(self) -> bool:
        """Whether frames advance by themselves."""
        return self._timer.isActive()

    @property
    def neighbours(self) -> tuple[int | None, int | None]:
        """The frames before and after the current one; None at the ends."""
        place = bisect_left(self._frames, self.frame)
        before = self._frames[place - 1] if place else None
        after = self._frames[place + 1] if place + 1 < len(self._frames) else None
        return before, after

    def load(self, frames: tuple[int, ...], fps: float) -> None:
        """Another plate."""
        self.stop()
        self._frames, self._interval = frames, 1000 / (fps or 24.0)
        self._loop = (frames[0], frames[-1]) if frames else (0, 0)
        self.frame = frames[0] if frames else 0
        self.moved.emit(self.frame)

    def set_loop(self, in_out: tuple[int, int]) -> None:
        """Play between these frames."""
        self._loop = in_out

    def go(self, frame: int) -> None:
        """Make the plate's frame nearest to `frame` current."""
        if not self._frames:
            return
        place = min(bisect_left(self._frames, frame), len(self._frames) - 1)
        if place and frame - self._frames[place - 1] < self._frames[place] - frame:
            place -= 1
        if self._frames[place] != self.frame:
            self.frame = self._frames[place]
            self.moved.emit(self.frame)

    def step(self, count: int) -> None:
        """Go `count` of the plate's frames on (below 0: back), staying at the ends."""
        if self._frames:
            place = bisect_left(self._frames, self.frame) + count
            self.go(self._frames[min(max(place, 0), len(self._frames) - 1)])

    def go_to_next(self, frames: list[int]) -> None:
        """Go to the next of `frames`, sorted; stay where there is none."""
        place = bisect_right(frames, self.frame)
        if place < len(frames):
            self.go(frames[place])

    def go_to_previous(self, frames: list[int]) -> None:
        """Go to the previous of `frames`, sorted; stay where there is none."""
        place = bisect_left(frames, self.frame)
        if place:
            self.go(frames[place - 1])

    def toggle(self) -> None:
        """Play or stop; one frame alone does not play."""
        if self.playing:
            self.stop()
            return
        if len(self._frames) > 1:
            self._shown = 0
            self._clock.start()
            self._timer.start(round(self._interval))
        self.playing_changed.emit(self.playing)

    def stop(self) -> None:
        """Stop playing."""
        if self.playing:
            self._timer.stop()
            self.playing_changed.emit(False)

    def _tick(self) -> None:
        """Keep to the clock: frames are dropped where drawing is late."""
        due = int(self._clock.elapsed() / self._interval)
        advance, self._shown = max(1, due - self._shown), max(due, self._shown + 1)
        loop = [f for f in self._frames if self._loop[0] <= f <= self._loop[1]] or list(self._frames)
        place = bisect_left(loop, self.frame) if loop[0] <= self.frame <= loop[-1] else -advance
        self.go(loop[(place + advance) % len(loop)])
