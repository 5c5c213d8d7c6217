# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a pass as Blender's datablocks: one image or clip for a pattern, the same one each time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy

from stfam.core.frame_range import FrameRange
from stfam.plugin.frame_path import frame_path


def image_sequence(pattern: str, frames: FrameRange, colorspace: str | None) -> Any:
    """The image datablock of a pattern or movie, made or updated.

    Args:
        frames: that exist, of which the first stands for the sequence.
        colorspace: Blender's name; None leaves what Blender reads from the file.
    """
    path = frame_path(pattern, frames.frames[0])
    image = next((known for known in bpy.data.images if known.get("stfam") == pattern), None)
    if image is None:
        image = bpy.data.images.load(path, check_existing=False)
        image["stfam"] = pattern
    image.filepath = path
    image.source = "MOVIE" if path == pattern else "SEQUENCE"
    if colorspace is not None:
        image.colorspace_settings.name = colorspace
    image.reload()
    return image


def matte_image(pattern: str, frames: FrameRange) -> Any:
    """The mattes as data: no colour transform, alpha kept apart from the colours."""
    image = image_sequence(pattern, frames, "Non-Color")
    image.alpha_mode = "CHANNEL_PACKED"
    return image


def show_in(user: Any, frames: FrameRange, offset: int) -> None:
    """Let a node play a sequence so that the file numbered f shows at frame f + offset."""
    first, last = frames.frames[0], frames.frames[-1]
    user.frame_start = first + offset
    user.frame_offset = first - 1
    user.frame_duration = last - first + 1


def file_name(pattern: str, frame: int) -> str:
    """The name of a frame's file, without its folder."""
    return Path(frame_path(pattern, frame)).name
