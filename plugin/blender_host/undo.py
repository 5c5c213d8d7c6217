# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps Blender's undo from taking back what the scenes remember: keys are made in the worker, where they stay."""

from __future__ import annotations

from typing import Any

import bpy

from stfam.plugin.blender_host import memory


class MemoryGuard:
    """Carries what each scene remembers over Blender's undo and redo."""

    def __init__(self) -> None:
        self._texts: dict[int, str] = {}

    def register(self) -> None:
        """Let Blender call this before and after undo and redo."""
        for handlers, handler in self._handlers():
            handlers.append(handler)

    def unregister(self) -> None:
        """Be called no more."""
        for handlers, handler in self._handlers():
            handlers.remove(handler)

    def _handlers(self) -> tuple[tuple[list[Any], Any], ...]:
        blender = bpy.app.handlers
        return (
            (blender.undo_pre, self._take),
            (blender.redo_pre, self._take),
            (blender.undo_post, self._give_back),
            (blender.redo_post, self._give_back),
        )

    @bpy.app.handlers.persistent  # type: ignore[untyped-decorator]
    def _take(self, *_: Any) -> None:
        self._texts = {scene.session_uid: memory.text(scene) for scene in bpy.data.scenes}

    @bpy.app.handlers.persistent  # type: ignore[untyped-decorator]
    def _give_back(self, *_: Any) -> None:
        for scene in bpy.data.scenes:  # one that the undo brought back has what it had
            before = self._texts.get(scene.session_uid)
            if before is not None and before != memory.text(scene):
                memory.keep(scene, before)
