"""The marks in the corner of the picture, as they are drawn."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QImage, QPainter

from stfam.core.errors import StfamError
from stfam.core.shot import Output, Shot
from stfam.ui.link.frame_store import FrameStore
from stfam.ui.model.document import Document
from stfam.ui.model.frame_states import FrameStates, Lane, State
from stfam.ui.model.plate_info import PlateInfo
from stfam.ui.model.playhead import Playhead
from stfam.ui.model.view_state import ViewState
from stfam.ui.viewer import scene as scene_module
from stfam.ui.viewer.layers import Layers
from stfam.ui.viewer.view_transform import ViewTransform

SIZE = 20


class AnsweringLink:
    """A worker that hands out proxies, and refuses one layer."""

    alive = True

    def __init__(self, folder, refused: str = "") -> None:
        self.folder, self.refused = folder, refused

    def ask(self, request, done, failed) -> int:
        if request.layer == self.refused:
            failed(StfamError("The black point must lie below the white point."))
            return 1
        path = self.folder / "picture.raw"
        path.write_bytes(bytes(SIZE * SIZE * 4))
        answer = {"path": str(path), "width": SIZE, "height": SIZE, "stride": SIZE * 4, "format": "rgb32"}
        done({**answer, "stale": False, "proxy": request.layer == "alpha"})
        return 1


class Stage:
    """A scene of frame 1 and the marks that it draws."""

    def __init__(self, link) -> None:
        self.states, self.view, self.document = FrameStates(), ViewState(), Document()
        store, playhead = FrameStore(link), Playhead()
        self.document.load(PlateInfo("/p/plate.####.exr", (1, 2), SIZE, SIZE), Shot("/p", Output("")), {}, None)
        playhead.load((1, 2), 24.0)
        layers = Layers(self.document, store)
        self.scene = scene_module.Scene(self.document, playhead, self.view, self.states, layers)

    def marks(self, monkeypatch) -> list[str]:
        drawn: list[str] = []
        monkeypatch.setattr(scene_module, "draw_badges", lambda painter, marks: drawn.extend(t for t, _ in marks))
        image = QImage(SIZE, SIZE, QImage.Format.Format_RGB32)
        painter = QPainter(image)
        self.scene.draw(painter, QRect(0, 0, SIZE, SIZE), QSize(SIZE, SIZE), ViewTransform(), 0)
        painter.end()
        return drawn


def test_both_sides_of_a_wipe_are_marked(qapp, tmp_path, monkeypatch):
    stage = Stage(AnsweringLink(tmp_path))
    stage.states.put(Lane.MATTE, 1, State.STALE)
    stage.view.update(name="plate", other="alpha", wipe=0.5)
    assert stage.marks(monkeypatch) == ["1", "ALPHA: PROXY", "ALPHA: STALE"]
    stage.view.update(name="alpha", other="plate")
    assert stage.marks(monkeypatch) == ["1", "ALPHA: PROXY", "ALPHA: STALE"]
    stage.view.update(name="comp", other="alpha")
    assert stage.marks(monkeypatch) == ["1", "COMP: STALE", "ALPHA: PROXY", "ALPHA: STALE"]


@pytest.mark.parametrize("wipe", [None, 0.5], ids=["one view", "wipe"])
def test_a_view_that_cannot_be_shown_says_why(qapp, tmp_path, monkeypatch, wipe):
    stage = Stage(AnsweringLink(tmp_path, refused="comp"))
    stage.states.put(Lane.MATTE, 1, State.FRESH)
    stage.view.update(name="comp" if wipe is None else "plate", other="comp", wipe=wipe)
    whose = "" if wipe is None else "COMP: "
    assert stage.marks(monkeypatch) == ["1", f"{whose}NOT SHOWN: The black point must lie below the white point."]


def test_what_failed_is_said_once(qapp, tmp_path, monkeypatch):
    stage = Stage(AnsweringLink(tmp_path))
    stage.states.put(Lane.MATTE, 1, State.FAILED, "No memory.")
    stage.view.update(name="overlay", other="comp", wipe=0.5)
    assert stage.marks(monkeypatch) == ["1", "FAILED: No memory."]
