from __future__ import annotations

from pathlib import Path

import numpy as np
import OpenImageIO as oiio
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent

from stfam.core.render import render
from stfam.core.render_work import RenderWork
from stfam.core.shot import Shot
from stfam.ui.link.frame_store import Wanted
from stfam.ui.model.frame_states import Lane, State

CENTRE = 0.3 * 96
"""Column of the disc on the first frame."""


def fresh(driver, lane: Lane) -> list[int]:
    return driver.work.states.frames(lane, State.FRESH)


def test_from_the_empty_panel_to_exported_mattes_and_back(drive, make_shot_folder, tmp_path, monkeypatch):
    folder = make_shot_folder(count=4)
    driver = drive()
    work, panel = driver.work, driver.panel
    assert "Drop a plate" in panel.status.hint.text()
    drop = QMimeData()
    drop.setUrls([QUrl.fromLocalFile(str(folder.plate_file(1002)))])
    event = QDropEvent(
        QPointF(5, 5), Qt.DropAction.CopyAction, drop, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    with driver.qtbot.waitSignal(work.opener.opened, timeout=240_000):
        panel.dropEvent(event)
    work.document.assign("settings.window", 1)
    assert work.document.plate.frames == (1001, 1002, 1003, 1004) and work.playhead.frame == 1001
    driver.paint_disc(CENTRE)
    assert sorted(work.document.keys) == [1001] and panel.isWindowModified()
    assert {work.document.keys[1001].label(x, 32) for x in (2, int(CENTRE), 48)} == {0, 128, 255}

    driver.job("propagate_both")
    driver.wait(lambda: fresh(driver, Lane.TRIMAP) == [1001, 1002, 1003, 1004])

    _correct(driver)

    work.playhead.go(1002)
    driver.act("view_alpha")
    driver.job("matte_range")
    driver.wait(lambda: fresh(driver, Lane.MATTE) == [1001, 1002, 1003, 1004])
    driver.wait(lambda: work.store.at_hand(Wanted(1002, "alpha", panel.viewport._level())) is not None)
    _look_at_every_view(driver)

    saved = tmp_path / "sh010.stfam"
    assert panel.files.save_to(saved) and not panel.isWindowModified()
    driver.job("export")
    pattern = work.document.value("output.matte")
    assert "v001" in pattern and "Exported 4 frames" in driver.said
    mattes = [Path(pattern.replace("####", str(frame))) for frame in folder.frames]
    assert all(path.is_file() for path in mattes)

    _render_again_computes_nothing(saved, tmp_path, mattes, monkeypatch)
    _reopen(driver, drive, saved)


def _correct(driver) -> None:
    """Copy a propagated trimap to a new key, change it, take the change back and do it again."""
    work = driver.work
    work.playhead.go(1003)
    driver.act("make_key")
    driver.wait(lambda: 1003 in work.document.keys)
    assert (128 in work.document.keys[1003].snapshot()) and work.states.state(Lane.TRIMAP, 1002) is State.STALE
    before = work.document.keys[1003].snapshot()
    driver.brush(128, 14)
    driver.stroke((10, 10), (20, 10))
    after = work.document.keys[1003].snapshot()
    assert before != after
    driver.act("undo")
    assert work.document.keys[1003].snapshot() == before
    driver.act("redo")
    assert work.document.keys[1003].snapshot() == after
    driver.stroke((10, 10), (20, 10), button=Qt.MouseButton.RightButton)
    assert work.document.keys[1003].label(15, 10) == 0
    grown = work.document.keys[1003].snapshot().count(128)
    driver.act("grow")
    driver.wait(lambda: work.document.keys[1003].snapshot().count(128) > grown)


def _look_at_every_view(driver) -> None:
    work, viewport = driver.work, driver.panel.viewport
    shots = {}
    for name in ("plate", "trimap", "overlay", "alpha", "foreground", "comp"):
        driver.act(f"view_{name}")
        layer = "trimap" if name == "overlay" else name
        level = 0 if layer == "trimap" else viewport._level()
        wanted = Wanted(1002, layer, level, "checker" if name == "comp" else "")
        driver.wait(lambda wanted=wanted: work.store.picture(wanted) is not None, 90_000)
        shots[name] = viewport.grab().toImage()
    same = [(a, b) for a in shots for b in shots if a < b and shots[a] == shots[b]]
    assert not same, f"these views look the same: {same}"
    driver.act("view_plate")
    driver.act("wipe")
    work.view.update(other="alpha", wipe=0.25)
    viewport.repaint()
    left, middle = int(viewport.width() * 0.1), viewport.height() // 2
    wiped = viewport.grab().toImage()
    assert wiped.pixel(left, middle) == shots["plate"].pixel(left, middle)
    right = int(viewport.width() * 0.6)
    assert wiped.pixel(right, middle) == shots["alpha"].pixel(right, middle)
    driver.qtbot.mousePress(viewport, Qt.MouseButton.LeftButton, pos=QPointF(viewport.width() * 0.25, 300).toPoint())
    driver.qtbot.mouseMove(viewport, QPointF(viewport.width() * 0.5, 300).toPoint())
    driver.qtbot.mouseRelease(viewport, Qt.MouseButton.LeftButton)
    assert abs(work.view.view.wipe - 0.5) < 0.01
    driver.act("wipe")
    driver.act("onion")
    driver.wait(lambda: work.store.picture(Wanted(1001, "edge", viewport._level())) is not None)


def _render_again_computes_nothing(saved: Path, tmp_path: Path, mattes, monkeypatch) -> None:
    from dataclasses import replace

    shot = Shot.load(saved)
    elsewhere = replace(shot, output=replace(shot.output, matte=str(tmp_path / "final" / "m.####.exr")))
    monkeypatch.setattr(RenderWork, "frames", lambda self: (_ for _ in ()).throw(AssertionError("computed again")))
    assert render(elsewhere).rendered == (1001, 1002, 1003, 1004)
    for path, frame in zip(mattes, range(1001, 1005)):
        again = oiio.ImageInput.open(str(tmp_path / "final" / f"m.{frame}.exr")).read_image(oiio.FLOAT)
        assert np.array_equal(again, oiio.ImageInput.open(str(path)).read_image(oiio.FLOAT))


def _reopen(driver, drive, saved: Path) -> None:
    keys = {frame: canvas.snapshot() for frame, canvas in driver.work.document.keys.items()}
    driver.panel.close()
    second = drive()
    second.open(saved)
    assert {frame: canvas.snapshot() for frame, canvas in second.work.document.keys.items()} == keys
    second.wait(lambda: fresh(second, Lane.MATTE) == [1001, 1002, 1003, 1004])
    assert second.work.document.value("settings.window") == 1 and not second.panel.isWindowModified()
    assert second.work.recent.paths[0] == str(saved)
