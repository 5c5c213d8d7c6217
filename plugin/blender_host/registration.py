# SPDX-License-Identifier: GPL-3.0-or-later
"""What the add-on adds to Blender, and takes away again."""

from __future__ import annotations

from typing import Any

import bpy

from stfam.plugin.blender_host import operators, panel_file, panels
from stfam.plugin.blender_host.preferences import StfamPreferences
from stfam.plugin.blender_host.runner import close_before_load, current
from stfam.plugin.blender_host.undo import MemoryGuard

CLASSES = (StfamPreferences, *operators.CLASSES, *panels.CLASSES)
GUARD = MemoryGuard()


def register(package: str = "stfam") -> None:
    """Add operators, panels, preferences and the handlers.

    Args:
        package: the add-on's own name, which its preferences are kept under.
    """
    StfamPreferences.bl_idname = package
    for cls in CLASSES:
        bpy.utils.register_class(cls)
    for handlers, handler in _handlers():
        handlers.append(handler)
    GUARD.register()


def unregister() -> None:
    """Stop the worker and take everything away."""
    current.close()
    GUARD.unregister()
    for handlers, handler in _handlers():
        handlers.remove(handler)
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)


def _handlers() -> tuple[tuple[list[Any], Any], ...]:
    blender = bpy.app.handlers
    return (
        (blender.load_pre, close_before_load),
        (blender.load_pre, panel_file.forget),
        (blender.save_post, panel_file.claim_as_saved),
    )
