"""The row above the picture: which view, the other view of the wipe, opacity, background, zoom."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSignalBlocker, Qt
from PySide6.QtGui import QColor, QKeyEvent
from PySide6.QtWidgets import QColorDialog, QComboBox, QFileDialog, QLabel, QSlider, QToolButton, QWidget

from stfam.core.plate_pattern import plate_pattern
from stfam.ui.actions.registry import ActionRegistry
from stfam.ui.controls.wheel_guard import WheelGuard
from stfam.ui.flow_layout import FlowLayout
from stfam.ui.model.view_state import VIEWS, ViewState
from stfam.ui.viewer.viewport import Viewport

_CHECKER, _COLOUR, _PLATE = range(3)
_SLIDER_KEYS = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_End)


class ViewBar(QWidget):
    """Shows and changes the view."""

    def __init__(self, view: ViewState, viewport: Viewport, actions: ActionRegistry) -> None:
        super().__init__()
        self._view = view
        self.setObjectName("bar")
        self.opacity = self._opacity_slider()
        self.background = self._background_box()
        self.other = self._other_box()
        for setting in (self.opacity, self.background, self.other):
            WheelGuard(setting)
        self.zoom = QLabel("100 %")
        self.zoom.setMinimumWidth(48)
        self.zoom.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        flow = FlowLayout(self)
        flow.setContentsMargins(6, 3, 6, 3)
        for names in (VIEWS[:3], VIEWS[3:]):  # what is painted on, and what was solved
            flow.add_group(_button(actions, f"view_{name}", text=True) for name in names)
        flow.add_group((QLabel("Overlay"), self.opacity))
        flow.add_group((QLabel("Comp over"), self.background))
        flow.add_group((_button(actions, "wipe"), self.other), spring=True)
        flow.add_group((*(_button(actions, name) for name in ("onion", "fit", "actual_size")), self.zoom))
        viewport.zoom_changed.connect(self._show_zoom)
        view.changed.connect(self._show)
        self._show()

    def _opacity_slider(self) -> QSlider:
        slider = _KeySlider(Qt.Orientation.Horizontal)
        slider.setMaximum(100)
        slider.setToolTip("Opacity of the trimap over the plate")
        slider.setAccessibleName("Overlay opacity")
        slider.setFixedWidth(80)
        slider.valueChanged.connect(lambda value: self._view.update(opacity=value / 100))
        return slider

    def _background_box(self) -> QComboBox:
        box = QComboBox()
        box.setToolTip("What the comp lies over")
        box.setAccessibleName("Comp background")
        box.addItems(["Checker", "Colour…", "Plate…"])
        box.activated.connect(self._choose_background)
        return box

    def _other_box(self) -> QComboBox:
        box = QComboBox()
        box.setToolTip("The view right of the wipe line")
        box.setAccessibleName("Right view of the wipe")
        for name in VIEWS:
            box.addItem(name.capitalize(), name)
        box.activated.connect(lambda place: self._view.update(other=box.itemData(place)))
        return box

    def _choose_background(self, place: int) -> None:
        if place == _CHECKER:
            self._view.update(background="checker")
        elif place == _COLOUR:
            colour = QColorDialog.getColor(QColor("#808080"), self, "Comp over")
            if colour.isValid():
                self._view.update(background=colour.name())
        else:
            path, _ = QFileDialog.getOpenFileName(self, "Comp over")
            if path:
                self._view.update(background=plate_pattern(path))
        self._show()

    def _show(self) -> None:
        view = self._view.view
        with QSignalBlocker(self.opacity), QSignalBlocker(self.background), QSignalBlocker(self.other):
            self.opacity.setValue(round(view.opacity * 100))
            place = _CHECKER if view.background == "checker" else _COLOUR if view.background[:1] == "#" else _PLATE
            self.background.setCurrentIndex(place)
            self.other.setCurrentIndex(self.other.findData(view.other))
        self.other.setEnabled(view.wipe is not None)

    def _show_zoom(self, scale: float) -> None:
        self.zoom.setText(f"{scale * self.devicePixelRatioF() * 100:.0f} %")


class _KeySlider(QSlider):
    """Keeps the keys that move it from the hotkeys of the frames."""

    def event(self, event: QEvent) -> bool:
        """A key that is taken here is no hotkey."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            event.setAccepted(event.key() in _SLIDER_KEYS and event.modifiers() == Qt.KeyboardModifier.NoModifier)
            return True
        return super().event(event)


def _button(actions: ActionRegistry, action_id: str, text: bool = False) -> QToolButton:
    button = QToolButton()
    button.setDefaultAction(actions[action_id])
    button.setAccessibleName(actions[action_id].text())
    if text:
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
    return button
