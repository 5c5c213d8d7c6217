"""A job and the shot that changes under it."""

from __future__ import annotations

import os
import signal
from cProfile import Profile

from stfam.core.worker.protocol import Event
from stfam.ui.model.frame_states import Lane, State


def test_frames_made_from_a_key_that_was_changed_in_the_job_are_stale(drive, make_shot_folder):
    driver = drive()
    work = driver.work
    driver.open(make_shot_folder(count=24).plate)
    driver.paint_disc(28.8)
    driver.brush(128, 10)
    driver.settle()
    os.kill(work.link.pid, signal.SIGSTOP)
    driver.act("propagate_both")
    driver.stroke((10, 10))
    work.autosave._timer.stop()  # the worker is not to find the edit on disk before it has begun
    seen: list[int] = []
    work.states.changed.connect(lambda: seen.extend(work.states.frames(Lane.TRIMAP, State.FRESH)))
    with driver.qtbot.waitSignal(work.jobs.finished, timeout=240_000):
        os.kill(work.link.pid, signal.SIGCONT)
    assert work.states.state(Lane.TRIMAP, 1024) is State.STALE
    with driver.qtbot.waitSignal(work.sync.told, timeout=240_000):
        pass
    assert work.states.state(Lane.TRIMAP, 1024) is State.STALE and set(seen) <= {1001}
    driver.job("propagate_both")
    driver.wait(lambda: len(work.states.frames(Lane.TRIMAP, State.FRESH)) >= 23)


def test_frames_that_come_when_the_edit_was_undone_are_fresh(painted):
    work = painted.work
    os.kill(work.link.pid, signal.SIGSTOP)
    painted.act("propagate_both")

    def arrive() -> State:
        work.link.said.emit(Event("frame_done", work.jobs.current.id, {"frame": 1002, "stage": "trimap"}))
        return work.states.state(Lane.TRIMAP, 1002)

    assert arrive() is State.FRESH
    painted.stroke((80, 50))
    assert arrive() is State.STALE
    profile = Profile()
    profile.runcall(lambda: [arrive() for _ in range(50)])
    calls = {entry.code.co_name: entry.callcount for entry in profile.getstats() if not isinstance(entry.code, str)}
    assert calls["_take_frame"] == 50 and "span" not in calls, "all frames are looked at for each that is told"
    assert sum(entry.callcount for entry in profile.getstats()) < 50 * 250, "of a long clip all may be told at once"
    painted.act("undo")
    assert arrive() is State.FRESH
    os.kill(work.link.pid, signal.SIGCONT)


def test_the_frame_that_a_job_ends_with_counts_when_another_is_begun_but_in_no_other_shot(painted):
    work = painted.work
    os.kill(work.link.pid, signal.SIGSTOP)
    painted.act("propagate_both")
    first = work.jobs.current.id
    painted.act("matte_frame")
    done = Event("frame_done", first, {"frame": 1002, "stage": "trimap"})
    work.link.said.emit(done)
    assert work.states.state(Lane.TRIMAP, 1002) is State.FRESH and work.jobs.current.kind == "matte"
    work.document.opened.emit()
    work.states.clear()
    work.link.said.emit(done)
    assert work.states.state(Lane.TRIMAP, 1002) is State.MISSING
    os.kill(work.link.pid, signal.SIGCONT)
