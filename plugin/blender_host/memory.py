# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a .blend file keeps the shots of its plates: in a property of the scene."""

from __future__ import annotations

from typing import Any

import bpy

from stfam.core.shot import Shot
from stfam.plugin.host.shot_memory import ShotMemory

KEY = "stfam_shots"


def text(scene: Any) -> str:
    """What the scene remembers, as it is kept."""
    return str(scene.get(KEY, ""))


def memory(scene: Any) -> ShotMemory:
    """What the scene remembers."""
    return ShotMemory(text(scene))


def keep(scene: Any, remembered: str) -> None:
    """Let the scene remember a text of a `ShotMemory`."""
    scene[KEY] = remembered


def shots() -> list[Shot]:
    """What all scenes of the file remember."""
    return [shot for scene in bpy.data.scenes for shot in memory(scene).shots]


def forget(plate: str) -> None:
    """Let no scene of the file remember the plate of a path; any plate where that is empty."""
    for scene in bpy.data.scenes:
        if KEY in scene:
            keep(scene, memory(scene).without(plate) if plate else "")
