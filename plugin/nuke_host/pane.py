"""The panel as a dockable pane of Nuke, which Nuke restores with the workspace by this class's name."""

from __future__ import annotations

from PySide6.QtGui import QHideEvent

from stfam.ui.panel import Panel


class StfamPane(Panel):
    """The panel with the worker of the environment that Nuke finds."""

    def hideEvent(self, event: QHideEvent) -> None:
        """A pane that is closed goes without a close event; paint is on disk by then."""
        self.workplace.autosave.flush()
        super().hideEvent(event)
