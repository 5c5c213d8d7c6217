"""Undo, tools, labels, keyframes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtWidgets import QWidget

from stfam.ui.actions.registry import ActionRegistry
from stfam.ui.commands.import_dialog import ImportDialog
from stfam.ui.model.brush_state import TOOLS
from stfam.ui.model.trimap_canvas import BACKGROUND, FOREGROUND, UNKNOWN
from stfam.ui.workplace import Workplace

LABELS = {"label_foreground": FOREGROUND, "label_unknown": UNKNOWN, "label_background": BACKGROUND}

SIZE_STEP = 1.2
GROW_STEP = 2
"""Pixels that the unknown band grows or shrinks by each time."""


class PaintCommands:
    """The Edit and Paint menus."""

    def __init__(self, panel: QWidget, workplace: Workplace, actions: ActionRegistry) -> None:
        self._panel, self._workplace, self._actions = panel, workplace, actions
        workplace.brush.changed.connect(self._show)
        undo = workplace.document.undo
        undo.canUndoChanged.connect(actions["undo"].setEnabled)
        undo.canRedoChanged.connect(actions["redo"].setEnabled)
        undo.undoTextChanged.connect(lambda text: actions["undo"].setText(f"Undo {text}".strip()))
        undo.redoTextChanged.connect(lambda text: actions["redo"].setText(f"Redo {text}".strip()))
        self._show()

    def handlers(self) -> dict[str, Callable[[], object]]:
        """What each action does."""
        work = self._workplace
        frame = work.playhead
        tools = {f"tool_{tool}": partial(work.brush.take, tool) for tool in TOOLS}
        labels = {name: partial(self._choose, label) for name, label in LABELS.items()}
        return {
            **tools,
            **labels,
            "undo": partial(self._step, work.document.undo.undo),
            "redo": partial(self._step, work.document.undo.redo),
            "brush_smaller": lambda: work.brush.update(size=work.brush.brush.size / SIZE_STEP),
            "brush_larger": lambda: work.brush.update(size=work.brush.brush.size * SIZE_STEP),
            "grow": lambda: work.worker_edits.adjust(frame.frame, GROW_STEP),
            "shrink": lambda: work.worker_edits.adjust(frame.frame, -GROW_STEP),
            "import_trimap": self._import,
            "make_key": lambda: work.keys.make(frame.frame),
            "remove_key": partial(self._step, lambda: work.keys.remove(frame.frame)),
            "remove_strays": partial(self._step, work.keys.remove_strays),
        }

    def _step(self, step: Callable[[], None]) -> None:
        """Undo, redo or remove a key; a stroke that is drawn ends first, or its step would hold what is gone."""
        self._workplace.hand.finish()
        step()

    def _choose(self, label: int) -> None:
        self._workplace.brush.update(label=label)

    def _import(self) -> None:
        dialog = ImportDialog(self._panel)
        if dialog.exec():
            inner, outer = dialog.widths
            self._workplace.worker_edits.import_from(self._workplace.playhead.frame, dialog.path, inner, outer)
        dialog.deleteLater()

    def _show(self) -> None:
        brush = self._workplace.brush
        for tool in TOOLS:
            self._actions[f"tool_{tool}"].setChecked(brush.tool == tool)
        for name, label in LABELS.items():
            self._actions[name].setChecked(brush.brush.label == label)
