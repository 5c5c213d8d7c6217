"""The shots and plates that were open lately."""

from __future__ import annotations

from PySide6.QtCore import QSettings

LENGTH = 10


class RecentFiles:
    """A list kept in the user's settings, newest first."""

    def __init__(self, settings: QSettings) -> None:
        self._settings = settings

    @property
    def paths(self) -> list[str]:
        """The paths, newest first."""
        value = self._settings.value("recent", [])
        return [value] if isinstance(value, str) else [str(path) for path in (value or [])]  # type: ignore[attr-defined]

    def add(self, path: str) -> None:
        """Put a path first."""
        self._settings.setValue("recent", [path, *(p for p in self.paths if p != path)][:LENGTH])
