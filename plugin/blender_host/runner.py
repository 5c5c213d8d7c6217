# SPDX-License-Identifier: GPL-3.0-or-later
"""The shot that Blender works on: one session, pumped by a timer in a window and by waiting without one."""

from __future__ import annotations

from typing import Any

import bpy

from stfam.core.errors import Cancelled, StfamError
from stfam.core.worker.client import WorkerGone
from stfam.plugin.blender_host.host import BlenderHost
from stfam.plugin.host.session import HostSession, describe
from stfam.plugin.shot_job import Job

TICK = 0.2
"""Seconds between two looks at the worker."""


class Runner:
    """Has the session and at most one job that runs behind Blender's back."""

    def __init__(self) -> None:
        self.session: HostSession | None = None
        self.host: BlenderHost | None = None
        self.job: Job | None = None
        self.text = ""
        self.failed = False
        self.relink = ""  # the plate that is gone, while the artist is asked whether its keys go on
        self.keyless = ""  # the plate whose keys have lost their trimaps, which can be cleared
        self.timer = self._tick  # one object: Blender knows its timers by identity

    @property
    def busy(self) -> bool:
        """Whether a job runs."""
        return self.job is not None and not self.job.ended

    def begin(self, host: BlenderHost, session: HostSession) -> None:
        """Take over a session that is open; the one before ends."""
        self.close()
        self.host, self.session = host, session
        self.say(f"{session.shot.shot.frames} of {session.shot.shot.plate}")

    def start(self, kind: str, frames: str | None) -> None:
        """Start a job and the timer that watches it.

        Raises:
            StfamError: no shot is open, or a job runs.
        """
        self.check_idle()
        self.job = self.working().begin(kind, frames)
        self.say(f"{kind} …")
        bpy.app.timers.register(self.timer, first_interval=TICK)

    def required(self) -> HostSession:
        """The session.

        Raises:
            StfamError: no shot is open.
        """
        if self.session is None:
            raise StfamError("No shot is open. Open a plate first.")
        return self.session

    def working(self) -> HostSession:
        """The session with a worker that runs; one that ended is replaced.

        Raises:
            StfamError: no shot is open.
        """
        session = self.required()
        if not session.shot.alive:
            session.shot.restart()
        return session

    def check_idle(self) -> None:
        """Check that nothing runs behind Blender's back.

        Raises:
            StfamError: a job does.
        """
        if self.busy:
            raise StfamError("A job is running. Cancel it first.")

    def say(self, text: str, failed: bool = False) -> None:
        """Show a sentence in the panels."""
        self.text, self.failed, self.relink, self.keyless = text, failed, "", ""
        _redraw()

    def close(self) -> None:
        """End the worker and the timer."""
        if bpy.app.timers.is_registered(self.timer):
            bpy.app.timers.unregister(self.timer)
        if self.session is not None:
            self.session.close()
        self.session = self.host = self.job = None
        self.text, self.failed, self.relink, self.keyless = "", False, "", ""

    def _tick(self) -> float | None:
        """Called by Blender; None ends the timer."""
        session, job = self.session, self.job
        if session is None or job is None:
            return None
        session.shot.pump()
        if not job.ended:
            self.say(describe(job))
            return TICK
        try:
            done = job.result().done
            self.say(f"{job.kind}: {done} frames. Import the result to see it in the graph.")
        except Cancelled as error:
            self.say(str(error))
        except WorkerGone as error:
            self.say(worker_gone(error), failed=True)
        except StfamError as error:
            self.say(str(error), failed=True)
        return None


def worker_gone(error: WorkerGone) -> str:
    """What to do about a worker that ended: nothing but the work again."""
    said = f" It last said: {error.last_lines[-1]}" if error.last_lines else ""
    return f"The worker process ended (status {error.status}). Do it again: another one starts by itself.{said}"


def _redraw() -> None:
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas if window.screen else ():
            area.tag_redraw()


current = Runner()
"""Blender's one runner; `registration` ends it."""


@bpy.app.handlers.persistent  # type: ignore[untyped-decorator]
def close_before_load(*_: Any) -> None:
    """Handler: another file is about to be opened."""
    current.close()
