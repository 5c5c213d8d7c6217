"""A host as another thread may use it: each call is carried to the main thread, so that Nuke goes on meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TypeVar

from stfam.core.shot import Shot
from stfam.plugin.host.interface import HostPlate, Placement, Progress, Seed
from stfam.plugin.host.panel_shot import PanelHost
from stfam.plugin.host.shot_memory import PanelNote

T = TypeVar("T")


class FromThread:
    """Passes each call of a method on to the host that it has, on the main thread."""

    def __init__(self, host: PanelHost) -> None:
        self._host = host

    @property
    def name(self) -> str:
        """The host and its version."""
        return self._host.name

    def plate(self) -> HostPlate:
        """See `Host`."""
        return self.on_main_thread(self._host.plate)

    def seeds(self) -> tuple[Seed, ...]:
        """See `Host`."""
        return self.on_main_thread(self._host.seeds)

    def write_seed(self, seed: str, plate: HostPlate, frame: int, folder: Path) -> Path:
        """See `Host`."""
        return self.on_main_thread(lambda: self._host.write_seed(seed, plate, frame, folder))

    def place(self, placement: Placement) -> str:
        """See `Host`."""
        return self.on_main_thread(lambda: self._host.place(placement))

    def progress(self, title: str) -> AbstractContextManager[Progress]:
        """On the calling thread: Nuke's progress bar may be used on any."""
        return self._host.progress(title)

    def on_main_thread(self, act: Callable[[], T]) -> T:
        """See `Host`."""
        return self._host.on_main_thread(act)

    def remember(self, shot: Shot) -> None:
        """See `Host`."""
        self.on_main_thread(lambda: self._host.remember(shot))

    def remembered(self) -> Shot | None:
        """See `Host`."""
        return self.on_main_thread(self._host.remembered)

    def panel_note(self, plate: str) -> PanelNote | None:
        """See `PanelMemory`."""
        return self.on_main_thread(lambda: self._host.panel_note(plate))

    def keep_panel_note(self, plate: str, note: PanelNote) -> None:
        """See `PanelMemory`."""
        self.on_main_thread(lambda: self._host.keep_panel_note(plate, note))
