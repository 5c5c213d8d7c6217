# SPDX-License-Identifier: GPL-3.0-or-later
"""The result in the sequencer: a strip with the matte above its source, and the source cut out by it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import uuid4

import bpy

from stfam.core.frame_range import FrameRange
from stfam.core.plate_pattern import is_movie
from stfam.plugin.blender_host import compat, sources
from stfam.plugin.blender_host.paths import kept
from stfam.plugin.blender_host.sequences import PassFiles, file_name
from stfam.plugin.host.interface import HostError, Placement

IDENTITY = "stfam_id"
"""Property of a source strip, by which its matte strip knows it, whatever they are called."""

MARK = "stfam_source"
"""Property of a matte strip: the identity of the strip that it belongs to."""

MODIFIER = "stfam"
"""Name of the mask modifier on the source strip."""

CHANNELS = 128
"""How many channels Blender's sequencer has."""

TRANSFORM = ("offset_x", "offset_y", "scale_x", "scale_y", "rotation", "origin", "filter")
CROP = ("min_x", "max_x", "min_y", "max_y")


def place(placement: Placement, scene: Any) -> str:
    """Put a matte strip above the source strip, or update the one that is there; returns its name.

    Raises:
        HostError: the mattes do not lie where the strip is, have gaps there, or cannot move as it does.
    """
    strips = compat.strips(scene)
    source = strips[placement.plate.source]
    _check(placement, source, scene)
    files = _files(placement, source)
    old = _own_matte(strips, source)
    name, channel = (f"{source.name} matte", 0) if old is None else (old.name, old.channel)
    free = _free_channel([strip for strip in strips if strip != old], source, channel)
    mask = _mask(source) or _new_mask(source, scene)
    if old is not None:
        mask.input_mask_strip = None
        strips.remove(old)
    strip = _new_strip(strips, files, sources.strip_content(source), name, free)
    _show_as_stored(strip, scene)
    strip[MARK] = source[IDENTITY] = source.get(IDENTITY) or uuid4().hex
    strip.mute = True
    _trim(strip, source)
    _lay_over(strip, source)
    mask.input_mask_type = "STRIP"
    mask.input_mask_strip = strip
    source.blend_type = "ALPHA_OVER"
    return str(strip.name)


def _check(placement: Placement, source: Any, scene: Any) -> None:
    shown = placement.plate.frames
    if not set(placement.frames) & set(shown):
        raise HostError(
            f"The mattes are of {placement.frames}, and the strip {source.name} shows {shown}. Matte what it shows."
        )
    path = source.path_from_id()
    moved = (f"{path}.transform.", f"{path}.crop.", f"{path}.use_flip")
    if any(animated.startswith(moved) for animated in compat.animated_paths(scene)):
        raise HostError(
            f"The transform or crop of the strip {source.name} is animated, and its matte cannot follow. Take the "
            "animation out, import the matte, then put both into a meta strip and animate that."
        )


def _files(placement: Placement, source: Any) -> PassFiles:
    """The mattes of what the source shows; all of a movie.

    Raises:
        HostError: some between the others are missing.
    """
    files = PassFiles.of(placement.shot.output.matte, placement)
    if is_movie(files.pattern):
        return files
    shown = [frame for frame in files.frames if frame in placement.plate.frames]
    lacking = set(range(shown[0], shown[-1])) - set(shown)
    if lacking:
        raise HostError(
            f"The strip {source.name} has no matte of {FrameRange.of(lacking).words}, and Blender shows nothing of a "
            "strip of which a file is missing. Matte these frames."
        )
    return replace(files, frames=FrameRange.of(shown))


def _own_matte(strips: Any, source: Any) -> Any:
    """The matte strip of a source; one that masks another strip too, as after a split, belongs to that."""
    identity = source.get(IDENTITY)
    elsewhere = {
        modifier.input_mask_strip.name
        for strip in strips
        if strip != source
        for modifier in strip.modifiers
        if modifier.type == "MASK" and modifier.input_mask_strip is not None
    }
    ours = (strip for strip in strips if identity is not None and strip.get(MARK) == identity)
    return next((strip for strip in ours if strip.name not in elsewhere), None)


def _new_strip(strips: Any, files: PassFiles, content: range, name: str, channel: int) -> Any:
    """The mattes' files at the frames where the source shows theirs, those of a movie in `content` at most."""
    if is_movie(files.pattern):
        strip = strips.new_movie(name, kept(files.first_path), channel, files.start)
        stop = files.start + strip.frame_duration
        strip.animation_offset_start = max(0, content.start - files.start)
        strip.animation_offset_end = max(0, stop - content.stop)
        strip.frame_start = max(files.start, content.start)
    else:
        strip = strips.new_image(name, kept(files.first_path), channel, files.start)
        for frame in files.frames.frames[1:]:
            strip.elements.append(file_name(files.pattern, frame))
    return strip


def _show_as_stored(strip: Any, scene: Any) -> None:
    """Let the values of the files be those of the mask: of stills, the sequencer takes data into its own space, too."""
    if strip.type == "MOVIE":
        strip.colorspace_settings.is_data = True
        return
    strip.colorspace_settings.name = scene.sequencer_colorspace_settings.name
    strip.alpha_mode = "PREMUL"  # the files' alpha is the matte once more


def _trim(strip: Any, source: Any) -> None:
    """Show what the source shows; where that holds its first or last file, so does its matte."""
    content, mattes = sources.strip_content(source), sources.strip_content(strip)
    start, end = source.frame_final_start - mattes.start, mattes.stop - source.frame_final_end
    strip.frame_offset_start = start if mattes.start == content.start else max(0, start)
    strip.frame_offset_end = end if mattes.stop == content.stop else max(0, end)


def _lay_over(strip: Any, source: Any) -> None:
    """Where the source lies in the picture: a mask is drawn there as a strip of its own."""
    for values, names in (("transform", TRANSFORM), ("crop", CROP)):
        for name in names:
            setattr(getattr(strip, values), name, getattr(getattr(source, values), name))
    compat.copy_flips(source, strip)


def _mask(source: Any) -> Any:
    """Our mask modifier, known by its name or by the strip that it shows."""
    masks = (modifier for modifier in source.modifiers if modifier.type == "MASK")
    return next((mask for mask in masks if mask.name == MODIFIER or _shows_ours(mask)), None)


def _shows_ours(mask: Any) -> bool:
    return mask.input_mask_strip is not None and mask.input_mask_strip.get(MARK) is not None


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


def _free_channel(strips: Any, source: Any, wished: int) -> int:
    """The lowest channel above the source where nothing lies at the same time; `wished`, where that is one."""
    taken = {
        strip.channel
        for strip in strips
        if strip.frame_final_start < source.frame_final_end and strip.frame_final_end > source.frame_final_start
    }
    free = [channel for channel in range(source.channel + 1, CHANNELS + 1) if channel not in taken]
    if not free:
        raise HostError(f"No channel above the strip {source.name} is free for its matte. Move the strip down.")
    return wished if wished in free else free[0]
