# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a .blend file keeps the shots of its plates: in a property of the scene."""

from __future__ import annotations

from typing import Any

from stfam.plugin.host.shot_memory import ShotMemory

KEY = "stfam_shots"


def memory(scene: Any) -> ShotMemory:
    """What the scene remembers."""
    return ShotMemory(str(scene.get(KEY, "")))


def keep(scene: Any, text: str) -> None:
    """Let the scene remember a text of a `ShotMemory`."""
    scene[KEY] = text
