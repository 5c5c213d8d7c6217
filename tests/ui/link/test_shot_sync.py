"""When the worker is given the shot."""

from __future__ import annotations

import os
import shutil
import signal

import pytest
from PySide6.QtCore import Qt

from stfam.core.errors import StfamError
from stfam.core.worker.messages import Configure, Estimate
from stfam.ui.model.frame_states import Lane, State

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def sent(painted, monkeypatch) -> list[int]:
    """How many undo steps the shot had each time when it was sent; what was to be sent before is."""
    painted.settle()
    link, found = painted.work.link, []
    ask = link.ask

    def spy(request, done, failed) -> int:
        if isinstance(request, Configure):
            found.append(painted.work.document.undo.count())
        return ask(request, done, failed)

    monkeypatch.setattr(link, "ask", spy)
    return found


def test_a_stroke_is_sent_when_it_is_whole_and_nobody_waits_for_the_disk(painted, sent, monkeypatch):
    waited = []
    monkeypatch.setattr(painted.work.autosave, "flush", lambda: waited.append(len(sent)))
    viewport, steps = painted.panel.viewport, painted.work.document.undo.count()
    painted.qtbot.mousePress(viewport, LEFT, pos=painted.at(60, 20))
    with painted.qtbot.waitSignal(painted.work.autosave.written, timeout=240_000):
        painted.qtbot.mouseMove(viewport, painted.at(70, 20))
    painted.work.sync.refresh()
    painted.qtbot.wait(200)
    assert sent == [], "half a stroke"
    painted.qtbot.mouseRelease(viewport, LEFT, pos=painted.at(70, 20))
    painted.wait(lambda: sent != [])
    assert sent[0] == steps + 1 and waited == []
    monkeypatch.undo()


def test_what_is_told_of_the_shot_before_an_edit_makes_nothing_fresh(painted, monkeypatch):
    painted.job("propagate_both")
    work, seen, answers = painted.work, [], []
    painted.settle()
    assert work.states.state(Lane.TRIMAP, 1002) is State.FRESH
    ask = work.link.ask

    def spy(request, done, failed) -> int:
        heard = isinstance(request, Configure)
        return ask(request, (lambda result: (done(result), answers.append(result))) if heard else done, failed)

    monkeypatch.setattr(work.link, "ask", spy)
    os.kill(work.link.pid, signal.SIGSTOP)
    try:
        work.sync.send()
        painted.stroke((80, 50))
        work.autosave._timer.stop()  # the worker is not to find the edit on disk
    finally:
        os.kill(work.link.pid, signal.SIGCONT)
    assert work.states.state(Lane.TRIMAP, 1002) is State.STALE
    work.states.changed.connect(lambda: seen.append(work.states.state(Lane.TRIMAP, 1002)))
    painted.wait(lambda: answers != [])
    assert "1002" in answers[0]["status"]["trimap"]["fresh"], "answered of the shot after the edit: nothing was tried"
    work.autosave.write()
    painted.wait(lambda: len(answers) > 1)
    assert set(seen) <= {State.STALE}
    monkeypatch.undo()


def test_an_estimate_of_the_shot_before_an_edit_is_not_shown(painted, monkeypatch):
    work, held = painted.work, []
    ask = work.link.ask

    def hold(request, done, failed) -> int:
        if isinstance(request, Estimate):
            held.append((done, failed))
            return 0
        return ask(request, done, failed)

    monkeypatch.setattr(work.link, "ask", hold)
    for window in (1, 2):
        before = len(held)
        work.document.assign("settings.window", window)
        painted.wait(lambda before=before: len(held) > before)

    def shown(place: int, seconds: float) -> str:
        held[place][0]({"seconds": seconds, "bytes": -1.0})
        return painted.panel.side.estimate.text()

    painted.wait(lambda: shown(-1, 2.0) == "In to out: about 2 s")  # autosave sends the shot again, which is estimated
    assert shown(0, 90.0) == "In to out: about 2 s"
    painted.wait(lambda: held[-1][1](StfamError("It is not known.")) or painted.panel.side.estimate.text() == "")
    monkeypatch.undo()


def test_a_frame_that_is_done_after_the_states_were_asked_for_stays_so(painted):
    """The worker looks at a long plate's frames for a while; what a job has done meanwhile is not in its answer."""
    painted.settle()
    work, states = painted.work, painted.work.states
    for expected in (State.FRESH, State.MISSING):
        os.kill(work.link.pid, signal.SIGSTOP)
        work.sync.send()
        if expected is State.FRESH:
            states.put(Lane.TRIMAP, 1002, State.FRESH)
        with painted.qtbot.waitSignal(work.sync.told, timeout=240_000):
            os.kill(work.link.pid, signal.SIGCONT)
        assert states.state(Lane.TRIMAP, 1002) is expected


def test_a_shot_whose_session_was_cleared_goes_on(painted, sent):
    shutil.rmtree(painted.work.autosave.folder)
    painted.work.document.assign("refinement.blur", 1.0)
    painted.wait(lambda: sent != [])
    assert painted.work.autosave.key_path(1001).is_file() and painted.said == ""


def test_what_is_lost_of_restored_work_is_said(painted, drive, monkeypatch):
    session, plate = painted.work.autosave.folder, painted.work.document.plate.spec
    painted.work.autosave.flush()
    monkeypatch.setattr(painted.work.autosave, "write", lambda: None)  # as if its panel had ended
    painted.work.opener.close()
    painted.work.autosave.key_path(1001).unlink()
    other = drive()
    other.open(plate)
    assert other.work.autosave.folder == session and not other.work.document.keys
    assert "not that of frame 1001" in other.said
