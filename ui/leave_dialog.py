"""Asks before unsaved paint is left or a job is stopped."""

from __future__ import annotations

from enum import Enum

from PySide6.QtWidgets import QMessageBox, QWidget


class Leaving(Enum):
    """What the artist wants."""

    SAVE = "save"  # save, then go on
    DISCARD = "discard"  # go on without saving; a job that runs is stopped
    STAY = "stay"  # do not go on


def ask_to_leave(parent: QWidget, verb: str, *, unsaved: bool, busy: bool) -> Leaving:
    """Ask once about both.

    Args:
        verb: what is to be done, as a button says it: Open, Close.
        unsaved: whether the shot has changes that are not saved.
        busy: whether the worker works on a job.
    """
    buttons = QMessageBox.StandardButton
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.Question)
    box.setWindowTitle("stfam")
    unsaved_text, busy_text = "The shot has unsaved changes.", "The worker is busy; finished frames stay."
    box.setText(" ".join(text for text, said in ((unsaved_text, unsaved), (busy_text, busy)) if said))
    box.setStandardButtons(buttons.Discard | buttons.Cancel | (buttons.Save if unsaved else buttons.NoButton))
    box.setDefaultButton(buttons.Cancel)
    if not unsaved:
        box.button(buttons.Discard).setText(f"Stop and {verb}")
    return {buttons.Save: Leaving.SAVE, buttons.Discard: Leaving.DISCARD}.get(buttons(box.exec()), Leaving.STAY)
