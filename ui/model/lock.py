"""One panel a shot: the first may change it, the next open it read-only."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QLockFile


class ShotLock:
    """The lock of the shot that is open; the lock of a process that died is taken over."""

    def __init__(self) -> None:
        self._file: QLockFile | None = None

    def take(self, session: Path) -> bool:
        """Give up the lock that is held and take the one of another session; False where another panel holds it.

        Raises:
            OSError: the session's folder cannot be made.
        """
        self.give_up()
        session.mkdir(parents=True, exist_ok=True)
        lock = QLockFile(str(session / "panel.lock"))
        lock.setStaleLockTime(0)
        if not lock.tryLock(0):
            return False
        self._file = lock
        return True

    def give_up(self) -> None:
        """Let another panel take the shot."""
        if self._file is not None:
            self._file.unlock()
            self._file = None
