# SPDX-License-Identifier: GPL-3.0-or-later
"""The result in the sequencer: a strip with the matte above its source, and the source cut out by it."""

from __future__ import annotations

from typing import Any

import bpy

from stfam.core.frame_range import FrameRange
from stfam.plugin.blender_host import compat
from stfam.plugin.blender_host.sequences import file_name
from stfam.plugin.frame_path import frame_path
from stfam.plugin.host.interface import HostError, Placement

MARK = "stfam_source"
"""Property of a matte strip: the name of the strip that it belongs to."""

MODIFIER = "stfam"
"""Name of the mask modifier on the source strip."""


def place(placement: Placement, scene: Any) -> str:
    """Put a matte strip above the source strip, or update the one that is there; returns its name.

    Raises:
        HostError: the source strip is gone.
    """
    strips = compat.strips(scene)
    source = strips.get(placement.plate.source)
    if source is None:
        raise HostError(f"The strip {placement.plate.source} is gone. Select the plate's strip and open it again.")
    old = next((strip for strip in strips if strip.get(MARK) == source.name), None)
    channel, name = (old.channel, old.name) if old else (None, f"{source.name} matte")
    if old:
        _unlink(source)
        strips.remove(old)
    strip = _new_strip(strips, placement, name, channel or _free_channel(strips, source))
    strip[MARK] = source.name
    strip.mute = True
    _trim(strip, source)
    _cut_out(source, strip, scene)
    return str(strip.name)


def _new_strip(strips: Any, placement: Placement, name: str, channel: int) -> Any:
    """The mattes' files at the frames where the source shows theirs."""
    pattern, frames = placement.shot.output.matte, placement.frames
    first = frames.frames[0]
    start = first + placement.plate.offset
    path = frame_path(pattern, first)
    if path == pattern:
        strip = strips.new_movie(name, path, channel, 1 + placement.plate.offset)
    else:
        strip = strips.new_image(name, path, channel, start)
        for frame in _run(frames)[1:]:
            strip.elements.append(file_name(pattern, frame))
    strip.colorspace_settings.name = "Non-Color"
    return strip


def _run(frames: FrameRange) -> range:
    """From the first to the last: a gap stays a gap, and shows as missing."""
    return range(frames.frames[0], frames.frames[-1] + 1)


def _trim(strip: Any, source: Any) -> None:
    """Show what the source shows."""
    strip.frame_offset_start = max(0, source.frame_final_start - int(strip.frame_start))
    strip.frame_offset_end = max(0, int(strip.frame_start) + strip.frame_duration - source.frame_final_end)


def _cut_out(source: Any, strip: Any, scene: Any) -> None:
    mask = source.modifiers.get(MODIFIER) or _new_mask(source, scene)
    mask.input_mask_type = "STRIP"
    mask.input_mask_strip = strip
    source.blend_type = "ALPHA_OVER"


def _new_mask(source: Any, scene: Any) -> Any:
    """By the operator: `modifiers.new` ends Blender 5.0.1 with a segmentation fault."""
    editor, workspace = scene.sequence_editor, bpy.context.workspace
    active, shown = editor.active_strip, getattr(workspace, "sequencer_scene", None)
    editor.active_strip = source
    if hasattr(workspace, "sequencer_scene"):
        workspace.sequencer_scene = scene
    try:
        bpy.ops.sequencer.strip_modifier_add(type="MASK")
    finally:
        editor.active_strip = active
        if hasattr(workspace, "sequencer_scene"):
            workspace.sequencer_scene = shown
    mask = source.modifiers[-1]
    mask.name = MODIFIER
    return mask


def _unlink(source: Any) -> None:
    mask = source.modifiers.get(MODIFIER)
    if mask is not None:
        mask.input_mask_strip = None


def _free_channel(strips: Any, source: Any) -> int:
    """The lowest channel above the source where nothing lies at the same time."""
    taken = {
        strip.channel
        for strip in strips
        if strip.frame_final_start < source.frame_final_end and strip.frame_final_end > source.frame_final_start
    }
    return next(channel for channel in range(source.channel + 1, source.channel + 129) if channel not in taken)
