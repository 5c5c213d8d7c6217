"""How the picture is shown."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtCore import QObject, Signal

VIEWS = ("plate", "trimap", "overlay", "alpha", "foreground", "comp")


@dataclass(frozen=True)
class View:
    """One way of showing a frame.

    Attributes:
        name: one of VIEWS.
        other: the view right of the wipe line.
        wipe: place of the wipe line, 0 left to 1 right; None for no wipe.
        opacity: of the trimap over the plate.
        background: under the comp: "checker", "#rrggbb" or a plate.
        onion: whether the neighbouring frames' alpha edges are drawn.
    """

    name: str = "overlay"
    other: str = "alpha"
    wipe: float | None = None
    opacity: float = 0.5
    background: str = "checker"
    onion: bool = False


class ViewState(QObject):
    """The view in use; `changed` tells of another."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.view = View()

    def update(self, **values: Any) -> None:
        """Change some of the view's fields."""
        view = replace(self.view, **values)
        if view.name not in VIEWS or view.other not in VIEWS:
            raise ValueError(f"there is no view {view.name!r} or {view.other!r}; there are {', '.join(VIEWS)}")
        if view != self.view:
            self.view = view
            self.changed.emit()
