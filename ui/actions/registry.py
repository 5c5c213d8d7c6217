"""The actions as Qt has them: built from the table, bound to handlers, with hotkeys that can be rebound."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QObject, QSettings, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from stfam.ui.actions.table import ACTIONS, MENUS, ActionSpec
from stfam.ui.theme.icons import icon


class ActionRegistry(QObject):
    """All actions of one panel; their hotkeys work while the panel or a widget in it has the focus.

    Signals:
        rebound(id): an action has another hotkey.
    """

    rebound = Signal(str)

    def __init__(self, panel: QWidget, settings: QSettings) -> None:
        super().__init__(panel)
        self._settings = settings
        self._specs = {spec.id: spec for spec in ACTIONS}
        self._actions = {spec.id: self._made(spec, panel) for spec in ACTIONS}

    def __getitem__(self, action_id: str) -> QAction:
        return self._actions[action_id]

    @property
    def specs(self) -> Sequence[ActionSpec]:
        """The table that the actions were built from."""
        return tuple(self._specs.values())

    def connect_handlers(self, handlers: Mapping[str, Callable[[], object]]) -> None:
        """Bind actions to what they do.

        Raises:
            KeyError: an id that no action has.
        """
        for action_id, handler in handlers.items():
            self._actions[action_id].triggered.connect(lambda checked=False, handler=handler: handler())

    def enable(self, *, opened: bool, editable: bool) -> None:
        """Turn off what makes no sense without a plate, or in a read-only panel."""
        always = {"open_plate", "open_shot", "show_queue", "hotkeys", "settings", "restart"}
        for action_id, action in self._actions.items():
            usable = editable if self._specs[action_id].edits else opened
            action.setEnabled(action_id in always or usable)

    def hotkey(self, action_id: str) -> str:
        """The key of an action, portable; empty for none."""
        return self._actions[action_id].shortcut().toString(QKeySequence.SequenceFormat.PortableText)

    def rebind(self, action_id: str, hotkey: str) -> None:
        """Give an action another key, kept for the next start; an action that had the key loses it."""
        for other, action in self._actions.items():
            if hotkey and other != action_id and self.hotkey(other) == hotkey:
                action.setShortcut(QKeySequence())
                self._settings.setValue(f"hotkeys/{other}", "")
                self._describe(other)
        self._actions[action_id].setShortcut(QKeySequence(hotkey))
        self._settings.setValue(f"hotkeys/{action_id}", hotkey)
        self._describe(action_id)
        self.rebound.emit(action_id)

    def reset_hotkeys(self) -> None:
        """Give every action the key that it comes with."""
        for spec in self._specs.values():
            self._settings.remove(f"hotkeys/{spec.id}")
            self._actions[spec.id].setShortcut(QKeySequence(spec.hotkey))
            self._describe(spec.id)
            self.rebound.emit(spec.id)

    def fill_menu_bar(self, bar: QMenuBar) -> dict[str, QMenu]:
        """Put every action into its menu; returns the menus by name."""
        menus = {name: bar.addMenu(f"&{name}") for name in MENUS}
        sections: dict[str, int] = {}
        for spec in self._specs.values():
            if sections.setdefault(spec.menu, spec.section) != spec.section:
                menus[spec.menu].addSeparator()
                sections[spec.menu] = spec.section
            menus[spec.menu].addAction(self._actions[spec.id])
        return menus

    def _made(self, spec: ActionSpec, panel: QWidget) -> QAction:
        action = QAction(spec.text, panel, checkable=spec.checkable)
        if spec.icon:
            action.setIcon(icon(spec.icon))
        action.setObjectName(spec.id)
        action.setShortcut(QKeySequence(str(self._settings.value(f"hotkeys/{spec.id}", spec.hotkey))))
        action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        panel.addAction(action)
        action.setToolTip(_tip(spec, action))
        return action

    def _describe(self, action_id: str) -> None:
        self._actions[action_id].setToolTip(_tip(self._specs[action_id], self._actions[action_id]))


def _tip(spec: ActionSpec, action: QAction) -> str:
    key = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    return f"{spec.tip} ({key})" if key else spec.tip
