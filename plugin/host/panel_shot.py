"""The `.stfam` file that a host gives to the panel, and takes back with what the panel saved in it."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Protocol

from stfam.core.errors import InputError, WriteError
from stfam.core.shot import Keyframe, Shot
from stfam.core.whole_file import written_whole
from stfam.plugin.host.interface import Host
from stfam.plugin.host.shot_memory import PanelNote
from stfam.plugin.open_shot import OpenShot


class PanelMemory(Protocol):
    """Where the host's file keeps which shot file the panel has, by plate."""

    def panel_note(self, plate: str) -> PanelNote | None:
        """What was kept; None for nothing."""

    def keep_panel_note(self, plate: str, note: PanelNote) -> None:
        """Keep it with the plate's shot, which is remembered already."""


class PanelHost(Host, PanelMemory, Protocol):
    """A host that opens the panel as a program of its own."""


@dataclass(frozen=True)
class Latest:
    """The newest state of a shot, and what is to be kept of the panel once it is taken."""

    shot: Shot
    note: PanelNote | None = None


class PanelShot:
    """The shot file that the panel has of a plate: what it saved is taken, and the newest state is given to it.

    A file is only written over if the panel was given it for this very plate.
    """

    def __init__(self, memory: PanelMemory, plate: str) -> None:
        self._memory, self._plate = memory, plate

    def latest(self, known: Shot) -> Latest:
        """What the panel saved since the host last wrote or took it; `known` where that is nothing.

        Its trimaps are copies, in `NAME_taken` beside the file: the panel paints on, maybe for another node or script.
        """
        note = self._memory.panel_note(self._plate)
        saved = self._saved(Path(note.path)) if note else None
        if note is None or saved is None:
            return Latest(known, note)
        shot, content = saved
        seen = _digest(shot, content)
        if seen == note.seen:
            return Latest(known, note)
        folder = Path(note.path).with_name(f"{Path(note.path).stem}_taken")
        keys = tuple(_copied(key, folder) for key in shot.keys)
        return Latest(replace(shot, keys=keys), PanelNote(note.path, seen, tuple(key.frame for key in keys)))

    def give(self, shot: OpenShot, folder: Path, name: str) -> Path:
        """Write the shot for the panel and keep that it has it; returns the file.

        Args:
            folder: where a new file goes, whose name no other one has.
            name: of a new file, without its suffix.

        Raises:
            OutputError: it cannot be written.
        """
        note = self._memory.panel_note(self._plate)
        ours = note is not None and self._saved(Path(note.path)) is not None
        path = Path(note.path) if note is not None and ours else _free(folder, name)
        shot.save(path)
        content = path.read_bytes()
        seen = _digest(Shot.load(path), content)
        self._memory.keep_panel_note(self._plate, PanelNote(str(path), seen, note.painted if note else ()))
        return path

    def _saved(self, path: Path) -> tuple[Shot, bytes] | None:
        """The shot of a file and its content, no newer: what the panel saves in between is taken the next time.

        None where it is gone or of something else by now.
        """
        try:
            content = path.read_bytes()
            shot = Shot.load(path)
        except (InputError, OSError):
            return None
        return (shot, content) if Path(shot.plate).resolve() == Path(self._plate).resolve() else None


def _digest(shot: Shot, content: bytes) -> str:
    """Of a file's content and of its trimaps, which the panel paints in place."""
    found = hashlib.sha256(content)
    for key in shot.keys:
        trimap = Path(key.trimap)
        found.update(trimap.read_bytes() if os.path.isfile(trimap) else b"")
    return found.hexdigest()


def _copied(key: Keyframe, folder: Path) -> Keyframe:
    """With its trimap in a file that is named by its content, which nobody writes again."""
    painted = Path(key.trimap)
    try:
        content = painted.read_bytes()
        copy = folder / f"{key.frame:04d}-{hashlib.sha256(content).hexdigest()[:12]}{painted.suffix}"
        if not copy.is_file():
            with written_whole(copy) as temporary:
                temporary.write_bytes(content)
    except (OSError, WriteError):
        return key  # it is gone, which is said when it is looked for; or the folder is one to read from only
    return Keyframe(key.frame, str(copy))


def _free(folder: Path, name: str) -> Path:
    names = (f"{name}.stfam" if number == 1 else f"{name}.{number}.stfam" for number in count(1))
    return next(folder / free for free in names if not (folder / free).exists())
