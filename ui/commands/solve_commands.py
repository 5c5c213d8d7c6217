"""Propagate, matte, stop, restart; and moving along the shot."""

from __future__ import annotations

from collections.abc import Callable

from stfam.ui.commands.ready import ready_to_solve
from stfam.ui.model.edits import set_range
from stfam.ui.workplace import Workplace


class SolveCommands:
    """The Solve and Go menus."""

    def __init__(self, workplace: Workplace) -> None:
        self._workplace = workplace

    def handlers(self) -> dict[str, Callable[[], object]]:
        """What each action does."""
        work = self._workplace
        head = work.playhead
        return {
            "propagate_back": lambda: self._propagate(lambda f: f <= head.frame),
            "propagate_both": lambda: self._propagate(lambda f: True),
            "propagate_forward": lambda: self._propagate(lambda f: f >= head.frame),
            "propagate_frame": lambda: self._propagate(lambda f: f == head.frame),
            "matte_range": lambda: self._matte(work.document.range_frames),
            "matte_frame": lambda: self._matte((head.frame,)),
            "stop": self._stop,
            "restart": self._restart,
            "play": head.toggle,
            "step_back": lambda: head.step(-1),
            "step_forward": lambda: head.step(1),
            "first": lambda: head.go(work.document.in_out[0]),
            "last": lambda: head.go(work.document.in_out[1]),
            "key_previous": lambda: head.go_to_previous(sorted(work.document.keys)),
            "key_next": lambda: head.go_to_next(sorted(work.document.keys)),
            "set_in": lambda: set_range(work.document, head.frame, max(head.frame, work.document.in_out[1])),
            "set_out": lambda: set_range(work.document, min(head.frame, work.document.in_out[0]), head.frame),
        }

    def _restart(self) -> None:
        """Start the worker again; an interrupted job goes on."""
        self._workplace.messages.clear()
        self._workplace.jobs.interrupt()
        self._workplace.link.stop()
        self._workplace.link.start()

    def _propagate(self, chosen: Callable[[int], bool]) -> None:
        document = self._workplace.document
        self._start("propagate", tuple(f for f in document.range_frames if chosen(f) and f not in document.keys))

    def _matte(self, frames: tuple[int, ...]) -> None:
        self._start("matte", frames)

    def _start(self, kind: str, frames: tuple[int, ...]) -> None:
        if ready_to_solve(self._workplace, frames):
            self._workplace.jobs.start(kind, frames)

    def _stop(self) -> None:
        self._workplace.playhead.stop()
        self._workplace.jobs.stop()
