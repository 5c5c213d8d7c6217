# SPDX-License-Identifier: GPL-3.0-or-later
"""Movies as Blender reads them."""

from __future__ import annotations

from pathlib import Path

import bpy


def movie_length(path: Path) -> int:
    """How many frames a movie has."""
    clip = bpy.data.movieclips.load(str(path), check_existing=False)
    try:
        return int(clip.frame_duration)
    finally:
        bpy.data.movieclips.remove(clip)
