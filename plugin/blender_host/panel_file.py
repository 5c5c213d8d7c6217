# SPDX-License-Identifier: GPL-3.0-or-later
"""Which panel's files are a scene's own: of a copied scene, or a .blend saved as another one, two scenes know them."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Any

import bpy

from stfam.core.errors import WriteError
from stfam.plugin.blender_host import memory
from stfam.plugin.host.panel_files import PanelFiles

_files = PanelFiles()


def claim(path: str, scene: Any) -> None:
    """Let the file be the scene's.

    Raises:
        WriteError: its folder cannot be written to.
    """
    _files.claim(path, _document(), scene.name)


def is_of(path: str, scene: Any, plate: str) -> bool:
    """Whether the file, which the scene knows of a plate, is its own, or nobody's that is known.

    A scene that was renamed takes its file along, as an open .blend does that is saved under another name.
    """

    def knows(name: str) -> bool:
        other = bpy.data.scenes.get(name)
        note = memory.memory(other).note(plate) if other is not None else None
        return note is not None and note.path == path

    return not _files.is_claimed(path) or _files.is_of(path, _document(), scene.name, knows)


@bpy.app.handlers.persistent  # type: ignore[untyped-decorator]
def claim_as_saved(*_: Any) -> None:
    """The files in hand go along with a .blend that has another name now."""
    with suppress(WriteError):  # they stay with the first one; what is in hand is the open one's all the same
        _files.claim_again(_document())


@bpy.app.handlers.persistent  # type: ignore[untyped-decorator]
def forget(*_: Any) -> None:
    """Another .blend is opened."""
    _files.forget()


def _document() -> str:
    return os.path.realpath(bpy.data.filepath) if bpy.data.filepath else ""
