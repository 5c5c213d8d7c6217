"""What the panel does with little room, and that it does not take more by itself."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QSlider, QToolButton, QWidget

from stfam.ui.elided_label import ElidedLabel
from stfam.ui.flow_layout import FlowLayout
from stfam.ui.message_bar import LINES, newest, wrappable

PATH = "/mnt/" + "projects_of_this_year" * 20 + "/plate.####.exr"


def _settled(panel) -> QSize:
    QApplication.processEvents()
    return panel.minimumSizeHint()


def test_the_panel_fits_a_small_dock_and_keeps_to_it(drive, make_shot_folder):
    driver = drive()
    panel = driver.panel
    smallest = _settled(panel)
    assert smallest.width() <= 640 and smallest.height() <= 600
    panel.resize(640, 600)
    driver.open(make_shot_folder(count=2).plate)
    assert _settled(panel).width() == smallest.width() and panel.size() == QSize(640, 600)
    driver.work.messages.warn(f"{PATH} was not saved: no space is left.", "restart")
    driver.work.jobs.device = "A device of a very long name, with tiles of 256 px after a fallback"
    driver.work.jobs.changed.emit()
    assert _settled(panel).width() == smallest.width() and panel.size() == QSize(640, 600)
    for widget in (panel.viewport, panel.side, panel.timeline, panel.status.hint):
        whole = widget.visibleRegion().boundingRect().size()
        assert whole == widget.size() and not widget.size().isEmpty()


def test_a_small_window_cuts_off_neither_a_message_nor_the_bars(drive, make_shot_folder):
    driver = drive()
    panel = driver.panel
    driver.open(make_shot_folder(count=2).plate)
    driver.work.messages.warn(
        "The worker process ended (status -9). Start it again to go on. Your paint and the finished frames are safe. "
        "12 frames are left to do.",
        "restart",
    )
    panel.resize(640, 480)
    for _ in range(2):
        assert _settled(panel).height() <= 480 and panel.size() == QSize(640, 480)
        for widget in (panel.message_bar.text, panel.view_bar, panel.transport):
            assert widget.height() >= widget.heightForWidth(widget.width()), widget
            assert widget.visibleRegion().boundingRect().size() == widget.size()
        assert panel.viewport.height() > 40
        panel.actions_by_id["settings"].trigger()


@pytest.mark.parametrize("settings", [True, False], ids=["settings", "no settings"])
def test_the_smallest_window_cuts_off_neither_bars_nor_the_button_of_the_settings(drive, settings):
    panel = drive(wait=False).panel
    if not settings:
        panel.actions_by_id["settings"].trigger()
    for width in (640, 500, _settled(panel).width()):
        panel.resize(width, 200)
        QApplication.processEvents()
        assert panel.height() <= 480
        for widget in (panel.view_bar, panel.transport):
            assert widget.height() >= widget.heightForWidth(widget.width()), widget
        button = panel.menu_bar.cornerWidget()
        assert button.visibleRegion().boundingRect().size() == button.size()


def test_the_settings_give_their_room_to_the_picture(drive):
    panel = drive(wait=False).panel
    assert panel.menu_bar.cornerWidget().isVisible()
    before, smallest = panel.viewport.width(), _settled(panel).width()
    panel.actions_by_id["settings"].trigger()
    QApplication.processEvents()
    assert not panel.side.isVisible() and panel.viewport.width() > before + 250
    assert _settled(panel).width() < smallest
    panel.actions_by_id["settings"].trigger()
    assert panel.side.isVisible()


def test_nothing_of_the_settings_lies_under_their_scroll_bar(drive):
    panel = drive(wait=False).panel
    panel.resize(panel.minimumSizeHint())
    QApplication.processEvents()
    bar = panel.side.page.verticalScrollBar()
    assert bar.isVisible()
    edge = bar.mapTo(panel.side, QPoint(0, 0)).x()
    for kind in (QComboBox, QSlider):
        for widget in panel.side.findChildren(kind):
            assert widget.mapTo(panel.side, QPoint(widget.width(), 0)).x() <= edge, widget.accessibleName()


def test_the_row_of_the_status_keeps_its_height_when_progress_comes(drive):
    status = drive(wait=False).panel.status
    height = status.sizeHint().height()
    status.progress.show()
    assert status.sizeHint().height() == height


@pytest.mark.parametrize(("width", "tops"), [(400, [0, 0, 0]), (230, [0, 0, 1]), (120, [0, 1, 2])], ids=str)
def test_groups_go_on_below_where_there_is_no_room(qtbot, width, tops):
    bar = QWidget()
    qtbot.addWidget(bar)
    flow = FlowLayout(bar)
    flow.setContentsMargins(0, 0, 0, 0)
    labels = [QLabel(str(place)) for place in range(3)]
    for place, label in enumerate(labels):
        label.setFixedSize(100, 20)
        flow.add_group([label], spring=place == 1)
    bar.resize(width, flow.heightForWidth(width))
    bar.show()
    rows = sorted({label.mapTo(bar, QPoint(0, 0)).y() for label in labels})
    assert [rows.index(label.mapTo(bar, QPoint(0, 0)).y()) for label in labels] == tops
    assert bar.height() >= 20 * len(rows)
    if width == 400:
        right = labels[2].mapTo(bar, QPoint(100, 0)).x()
        assert right == bar.width(), "the spring takes what is left"


def test_a_label_ends_in_an_ellipsis_where_it_is_too_long(qtbot):
    label = ElidedLabel("Carry the trimap through the shot, or matte at once")
    qtbot.addWidget(label)
    label.resize(2000, 20)
    assert label.shown == label.text()
    label.resize(80, 20)
    assert label.shown.endswith("…") and label.minimumSizeHint().width() < 80


def test_of_many_errors_the_newest_are_shown_and_the_rest_counted():
    lines = [f"Frame {frame} is missing." for frame in range(1001, 1001 + LINES + 2)]
    assert newest("\n".join(lines[:LINES])).splitlines() == lines[:LINES]
    assert newest("\n".join(lines)).splitlines() == ["2 more, and:", *lines[2:]]


def test_a_path_may_go_on_in_the_next_line():
    told = wrappable(f"{PATH} is gone. Look for it.")
    assert max(map(len, told.replace(" ", "\u200b").split("\u200b"))) <= 25
    assert told.replace("\u200b", "") == f"{PATH} is gone. Look for it."


def test_menus_that_have_no_room_are_behind_a_button_that_is_seen(drive):
    panel = drive(wait=False).panel
    panel.actions_by_id["settings"].trigger()
    panel.resize(_settled(panel).width(), 600)
    QApplication.processEvents()
    more = panel.menu_bar.findChild(QToolButton, "qt_menubar_ext_button")
    assert more.isVisible()
    seen = panel.grab(QRect(more.mapTo(panel, QPoint()), QSize(8, more.height()))).toImage()
    assert max(seen.pixelColor(x, y).lightness() for x in range(8) for y in range(seen.height())) > 100


def test_a_desktop_that_reads_from_right_to_left_turns_neither_time_nor_words_around(drive, make_shot_folder):
    QApplication.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    try:
        driver = drive()
        driver.open(make_shot_folder(count=2).plate)
        panel, hint = driver.panel, driver.panel.status.hint
        transport, side = panel.transport, panel.side
        assert transport.in_field.x() < transport.frame_field.x() < transport.out_field.x()
        assert side.mapTo(panel, QPoint()).x() > panel.viewport.mapTo(panel, QPoint()).x()
        turned = [widget.grab().toImage() for widget in (panel.timeline, hint)]
    finally:
        QApplication.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
    assert turned == [widget.grab().toImage() for widget in (panel.timeline, hint)]
