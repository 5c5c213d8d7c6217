# SPDX-License-Identifier: GPL-3.0-or-later
"""Paths as Blender writes them, where `//` stands for the folder of the .blend file."""

from __future__ import annotations

import os
from typing import Any

import bpy

from stfam.plugin.host.interface import HostError


def check_local(datablock: Any) -> None:
    """Check that a datablock is this file's: what is changed of a linked one is not saved.

    Raises:
        HostError: it comes from a library, or overrides what does.
    """
    override = datablock.override_library
    library, how = (override.reference.library, "overrides one") if override else (datablock.library, "is linked")
    if library is not None:
        raise HostError(
            f"{datablock.name} {how} from {library.filepath}, and what is changed of it is not saved here. Make it "
            "local, or do this in that file."
        )


def kept(path: str) -> str:
    """A path as Blender's own dialogs keep it: relative to a saved .blend, unless the preferences say otherwise."""
    if not bpy.data.filepath or not bpy.context.preferences.filepaths.use_relative_paths:
        return path
    try:
        return str(bpy.path.relpath(path))
    except ValueError:  # on another drive
        return path


def absolute(path: str, library: Any = None) -> str:
    """A path that means the same wherever Blender is started; without `..`, so that a plate has one name.

    Args:
        path: of a file or a pattern.
        library: the library that a linked datablock comes from.

    Raises:
        HostError: it is relative to a .blend file that was never saved.
    """
    if path.startswith("//") and library is None and not bpy.data.filepath:
        raise HostError(
            f"{path} is relative to the .blend file, which was never saved. Save it first, or give the whole path."
        )
    resolved: str = bpy.path.abspath(path, library=library)
    return os.path.normpath(os.path.abspath(resolved))
