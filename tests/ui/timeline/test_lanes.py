"""The lanes of the timeline show the states as they are, and are not drawn anew for a move of the playhead."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QWheelEvent
from PySide6.QtWidgets import QApplication

from stfam.core.shot import Output, Shot
from stfam.ui.model.document import Document
from stfam.ui.model.frame_states import FrameStates, Lane, State
from stfam.ui.model.plate_info import PlateInfo
from stfam.ui.model.playhead import Playhead
from stfam.ui.model.trimap_canvas import TrimapCanvas
from stfam.ui.theme.palette import Colour
from stfam.ui.timeline.timeline import HEAD, LANE, Timeline


@pytest.fixture
def timeline(qtbot) -> Timeline:
    """Five thousand frames."""
    document, playhead, states = Document(), Playhead(), FrameStates()
    made = Timeline(document, playhead, states)
    qtbot.addWidget(made)
    made.resize(1000, made.height())
    plate = PlateInfo("/p/plate.####.exr", tuple(range(1, 5001)), 40, 30)
    document.load(plate, Shot(plate.spec, Output("")), {}, None)
    playhead.load(plate.frames, 24)
    return made


def _shown(timeline: Timeline, lane: int, frame: int) -> QColor:
    image = timeline.grab().toImage()  # which lays it out
    return image.pixelColor(round(timeline.scale.x(frame)), timeline._lane_top(lane) + LANE // 2)


def test_what_is_shown_follows_states_keys_and_zoom(timeline):
    states, document = timeline._states, timeline._document
    assert _shown(timeline, 0, 2500) == Colour.FIELD
    states.put_all(Lane.TRIMAP, dict.fromkeys(range(2490, 2511), State.FRESH))
    assert _shown(timeline, 0, 2500) == Colour.FRESH and _shown(timeline, 1, 2500) == Colour.FIELD
    document.put_key(2500, TrimapCanvas(40, 30))
    turn = QWheelEvent(
        QPointF(timeline.scale.x(2500), 40), QPointF(), QPoint(), QPoint(0, 4800), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(timeline, turn)
    assert timeline.scale.pixels_a_frame > 10, "zoomed in"
    assert _shown(timeline, 0, 2500) == Colour.KEY and _shown(timeline, 0, 2501) == Colour.FRESH
    timeline.show_all()
    timeline.resize(HEAD + 500, timeline.height())
    assert _shown(timeline, 0, 4000) == Colour.FIELD


def test_a_move_of_the_playhead_looks_at_no_frame_of_a_long_clip(timeline, monkeypatch):
    timeline.grab()
    looked_at = []
    monkeypatch.setattr(timeline._states, "lane", lambda lane: looked_at.append(lane) or {})
    timeline._playhead.go(4000)
    timeline.grab()
    assert looked_at == []


def test_each_frame_that_failed_is_seen_on_a_long_clip(timeline):
    """Five frames share a pixel there."""
    timeline._states.put_all(Lane.MATTE, dict.fromkeys(range(1, 5001), State.FRESH))
    failed = range(501, 4501, 401)
    for frame in failed:
        timeline._states.put(Lane.MATTE, frame, State.FAILED, "The disk is full.")
    image, y = timeline.grab().toImage(), timeline._lane_top(1) + LANE // 2
    for frame in failed:
        x = timeline.scale.x(frame)
        assert Colour.FAILED in [image.pixelColor(int(x) + step, y) for step in (0, 1)]
    assert sum(image.pixelColor(x, y) == Colour.FRESH for x in range(image.width())) > 900


@pytest.mark.parametrize(("by", "in_out"), [(-3, (2400, 2503)), (3, (2500, 2600))], ids=["in", "out"])
def test_of_two_brackets_that_are_near_the_nearer_is_taken(qtbot, timeline, by, in_out):
    document, scale, left = timeline._document, timeline.scale, Qt.MouseButton.LeftButton
    document.assign_range((2500, 2503))
    at = scale.x(2502) + by
    qtbot.mousePress(timeline, left, pos=QPointF(at, 5).toPoint())
    timeline._drag(QPointF(scale.middle(in_out[0] if by < 0 else in_out[1]), 5))
    assert document.in_out == in_out
