"""The menu of the shots and plates that were open lately."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QMenu, QWidget

from stfam.ui.model.recent import RecentFiles


class RecentMenu(QMenu):
    """Filled anew each time it is shown."""

    def __init__(self, recent: RecentFiles, open_path: Callable[[str], None], parent: QWidget) -> None:
        super().__init__("Open Recent", parent)
        self._recent, self._open = recent, open_path
        self.aboutToShow.connect(self._fill)

    def _fill(self) -> None:
        self.clear()
        for path in self._recent.paths:
            self.addAction(path.replace("&", "&&")).triggered.connect(lambda checked=False, path=path: self._open(path))
        if not self._recent.paths:
            self.addAction("Nothing yet").setEnabled(False)
