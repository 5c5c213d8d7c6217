"""The row of buttons and the timeline, with and without a plate."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from stfam.ui.theme.palette import Colour


def test_without_a_plate_the_frame_fields_are_empty_and_off(drive, make_shot_folder):
    driver = drive()
    transport = driver.panel.transport
    fields = (transport.in_field, transport.frame_field, transport.out_field)
    assert not any(field.isEnabled() for field in fields) and {field.text() for field in fields} == {"–"}
    driver.open(make_shot_folder(count=3).plate)
    assert all(field.isEnabled() and field.toolTip() for field in fields)
    assert [field.value() for field in fields] == [1001, 1001, 1003]


def test_a_read_only_panel_moves_but_does_not_change_in_and_out(drive, make_shot_folder, tmp_path):
    folder = make_shot_folder(count=3)
    first, second = drive(), drive()
    first.open(folder.plate)
    second.open(folder.plate)
    transport = second.panel.transport
    assert transport.frame_field.isEnabled() and not transport.in_field.isEnabled()
    assert "Read-only" in second.panel.status.hint.text()
    assert second.panel.files.save_to(tmp_path / "copy.stfam")
    assert transport.in_field.isEnabled()


def test_the_timeline_shows_that_it_has_the_focus(drive, qtbot):
    panel = drive(wait=False).panel
    panel.activateWindow()
    qtbot.waitUntil(panel.isActiveWindow, timeout=240_000)
    timeline = panel.timeline
    assert timeline.grab().toImage().pixelColor(0, 30) != Colour.ACCENT
    timeline.setFocus(Qt.FocusReason.TabFocusReason)
    assert timeline.grab().toImage().pixelColor(0, 30) == Colour.ACCENT


@pytest.mark.parametrize("name", ["timeline", "side.brush.pressure"])
def test_a_control_says_what_it_is_for(drive, name):
    widget = drive(wait=False).panel
    for part in name.split("."):
        widget = getattr(widget, part)
    assert widget.toolTip()


def test_one_frame_alone_does_not_play(drive, make_shot_folder):
    driver = drive()
    driver.open(make_shot_folder(count=1).plate)
    driver.act("play")
    assert not driver.work.playhead.playing and not driver.panel.actions_by_id["play"].isChecked()
