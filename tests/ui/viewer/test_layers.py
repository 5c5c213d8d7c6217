"""Which picture stands for a frame: its own, or, while it is on its way, the one before; never another's for good."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor, QImage, QPainter

from stfam.core.errors import StfamError
from stfam.core.shot import Output, Shot
from stfam.ui.link.frame_store import FrameStore, Wanted
from stfam.ui.model.document import Document
from stfam.ui.model.frame_states import FrameStates, Lane, State
from stfam.ui.model.plate_info import PlateInfo
from stfam.ui.model.view_state import View
from stfam.ui.viewer.badges import view_badges
from stfam.ui.viewer.layers import Layers
from stfam.ui.viewer.view_transform import ViewTransform

SIZE = 20


class StillLink:
    """A worker that answers when the test says so."""

    def __init__(self) -> None:
        self.alive = True
        self.asked = []

    def ask(self, request, done, failed) -> int:
        self.asked.append((request, done, failed))
        return len(self.asked)


class Desk:
    """Layers over a store and a still worker."""

    def __init__(self, folder) -> None:
        self.folder, self.link = folder, StillLink()
        self.store, self.document = FrameStore(self.link), Document()
        plate = PlateInfo("/p/plate.####.exr", (1, 2), SIZE, SIZE)
        self.document.load(plate, Shot(plate.spec, Output("")), {}, None)
        self.layers = Layers(self.document, self.store)

    def seen(self, name: str, frame: int) -> QColor:
        """The colour in the middle of a view."""
        image = QImage(SIZE, SIZE, QImage.Format.Format_RGB32)
        image.fill(QColor("red"))
        painter = QPainter(image)
        self.layers.draw(painter, name, frame, View(), ViewTransform(), 0)
        painter.end()
        return image.pixelColor(SIZE // 2, SIZE // 2)

    def send(self, value: int) -> None:
        """Answer the newest request with a flat grey picture."""
        path = self.folder / f"{len(self.link.asked)}.raw"
        path.write_bytes(bytes([value]) * (SIZE * SIZE * 4))
        answer = {"path": str(path), "width": SIZE, "height": SIZE, "stride": SIZE * 4, "format": "rgb32"}
        self.link.asked[-1][1]({**answer, "stale": False, "proxy": False})

    def refuse(self, text: str) -> None:
        """Refuse the newest request."""
        self.link.asked[-1][2](StfamError(text))


@pytest.fixture
def desk(qapp, tmp_path) -> Desk:
    return Desk(tmp_path)


@pytest.mark.parametrize("layer", ["plate", "alpha"])
def test_the_picture_before_is_shown_while_the_next_is_on_its_way_and_black_where_it_is_refused(desk, layer):
    assert desk.seen(layer, 1) == QColor("black")
    desk.send(90)
    assert desk.seen(layer, 1).red() == 90
    assert desk.seen(layer, 2).red() == 90, "frame 2 is on its way"
    desk.refuse("Frame 2 cannot be read.")
    assert desk.seen(layer, 2) == QColor("black")
    assert desk.seen(layer, 1).red() == 90


def test_without_a_worker_no_other_frame_is_shown(desk):
    desk.seen("plate", 1)
    desk.send(90)
    desk.link.alive = False
    assert desk.seen("plate", 2) == QColor("black") and desk.seen("plate", 1).red() == 90


def test_a_picture_that_cannot_be_made_is_said_and_one_that_is_not_there_yet_is_not(desk):
    states = FrameStates()
    desk.seen("alpha", 1)
    desk.refuse("The black point must lie below the white point.")

    def said() -> list[str]:
        refusals = desk.layers.refusals("alpha", 1, View("alpha"), 0)
        return [text for text, _ in view_badges(states, "alpha", 1, [], refusals)]

    assert said() == ["NO MATTE YET"]
    states.put(Lane.MATTE, 1, State.FRESH)
    assert said() == ["NOT SHOWN: The black point must lie below the white point."]


def test_a_picture_is_current_when_nothing_newer_is_on_its_way(desk):
    wanted = Wanted(1, "plate")
    assert desk.store.current(wanted) is None
    desk.send(10)
    assert desk.store.current(wanted) is not None
    desk.store.outdate([1], ["plate"])
    assert desk.store.picture(wanted) is not None and desk.store.current(wanted) is None
    desk.send(20)
    assert desk.store.current(wanted).image.pixelColor(0, 0).red() == 20


def test_what_was_refused_of_a_frame_that_was_done_meanwhile_is_asked_anew(desk):
    wanted = Wanted(1, "alpha")
    desk.store.failed.connect(pytest.fail)
    desk.store.picture(wanted)
    desk.store.outdate([1], ["alpha"])
    desk.refuse("Frame 1 has no matte yet.")
    assert len(desk.link.asked) == 2 and not desk.store.refusal(wanted)
    desk.send(20)
    assert desk.store.current(wanted).image.pixelColor(0, 0).red() == 20


def test_a_picture_that_its_worker_did_not_live_to_replace_is_asked_of_the_next(desk):
    wanted = Wanted(1, "plate")
    desk.store.picture(wanted)
    desk.send(10)
    desk.store.outdate([1], ["plate"])
    desk.store.picture(wanted)
    desk.link.alive = False
    desk.store.forget_requests()
    assert desk.store.current(wanted) is None
    desk.store._note_slow()
    assert not desk.store.is_slow(wanted)  # nobody is at it
    desk.link.alive = True
    desk.store.picture(wanted)
    desk.store._note_slow()
    assert desk.store.is_slow(wanted)
    desk.send(20)
    assert desk.store.current(wanted).image.pixelColor(0, 0).red() == 20
