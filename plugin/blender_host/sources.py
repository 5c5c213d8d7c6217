# SPDX-License-Identifier: GPL-3.0-or-later
"""What is the plate: an image, a clip, a strip or a compositor node of Blender, as files and frame numbers."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import bpy

from stfam.core.frame_range import FrameRange
from stfam.core.plate_pattern import MOVIES, plate_pattern
from stfam.plugin.blender_host import compat
from stfam.plugin.blender_host.movies import movie_length
from stfam.plugin.frame_path import frames_on_disk
from stfam.plugin.host.interface import HostError, HostPlate, PlateMovedError

KINDS = ("IMAGE", "CLIP", "STRIP", "NODE")
"""Where a plate can come from: an image datablock, a movie clip, a strip of the sequencer, a compositor node."""

OPENCOLORIO_NAMES = {
    "ACEScg": "ACEScg",
    "ACES2065-1": "ACES2065-1",
    "ACEScct": "ACEScct",
    "Linear Rec.2020": "Linear Rec.2020",
    "sRGB": "sRGB - Texture",
    "Non-Color": "Raw",
}
"""Blender's names of input colour spaces as the pinned OpenColorIO configuration knows them."""

FLOAT_SUFFIXES = frozenset({".exr", ".hdr"})


def plate(kind: str, name: str, scene: Any) -> HostPlate:
    """The plate that a datablock, strip or node stands for.

    Args:
        kind: one of KINDS.
        name: of the datablock, strip or node.
        scene: where strips and nodes are looked for.

    Raises:
        HostError: there is none, or it cannot be a plate; the sentence says what to change.
        PlateMovedError: its files are gone.
    """
    found = _found(kind, name, scene)
    if kind == "IMAGE":
        return _of_image(found, None)
    if kind == "CLIP":
        return _of_clip(found)
    return _of_strip(found) if kind == "STRIP" else _of_node(found)


def datablock(kind: str, name: str, scene: Any) -> Any:
    """The image or movie clip that a plate comes from; a node shows one, a strip does not.

    Raises:
        HostError: it is gone.
    """
    found = _found(kind, name, scene)
    return _shown(found) if kind == "NODE" else found


def _found(kind: str, name: str, scene: Any) -> Any:
    if kind == "IMAGE":
        return _named(bpy.data.images, name, "image")
    if kind == "CLIP":
        return _named(bpy.data.movieclips, name, "movie clip")
    if kind == "STRIP":
        return _named(compat.strips(scene), name, "strip")
    return _named(compat.compositor_tree(scene).nodes, name, "compositor node")


def _named(collection: Any, name: str, what: str) -> Any:
    found = collection.get(name)
    if found is None:
        there = ", ".join(item.name for item in collection) or "none"
        raise HostError(f"There is no {what} named '{name}'; there are: {there}.", name=name)
    return found


def _of_image(image: Any, user: Any) -> HostPlate:
    """An image datablock; `user` says at which frame it plays, None plays each file at its own number."""
    path = _absolute(image)
    if image.source == "MOVIE":
        offset = user.frame_start - user.frame_offset - 1 if user else 0
        return _plate(path, image.name, None, offset, image.colorspace_settings.name)
    if image.source != "SEQUENCE":
        raise HostError(f"The image {image.name} is no plate: set its source to Image Sequence or Movie.")
    offset = user.frame_start - user.frame_offset - 1 if user else 0
    frames = None
    if user and user.frame_duration > 1:
        first = user.frame_offset + 1
        frames = range(first, first + user.frame_duration)
    return _plate(path, image.name, frames, offset, image.colorspace_settings.name)


def _of_clip(clip: Any) -> HostPlate:
    path = _absolute(clip)
    first = 1 if clip.source == "MOVIE" else _number(path, clip.name)
    offset = clip.frame_start - clip.frame_offset - first  # a clip's offset skips frames of the file
    return _plate(path, clip.name, None, offset, clip.colorspace_settings.name)


def _of_strip(strip: Any) -> HostPlate:
    if strip.type not in ("IMAGE", "MOVIE"):
        raise HostError(f"The strip {strip.name} is no plate: select an image sequence or a movie.")
    if getattr(strip, "use_reverse_frames", False) or len(getattr(strip, "retiming_keys", ())) > 0:
        raise HostError(f"The strip {strip.name} is retimed or reversed: matte it as it was shot, then retime both.")
    shown = range(strip.frame_final_start, strip.frame_final_end)
    start = int(strip.frame_start)
    if strip.type == "MOVIE":
        offset = start - 1 - getattr(strip, "animation_offset_start", 0)
        frames = [frame - offset for frame in shown]
        return _plate(_path(strip.filepath), strip.name, frames, offset, strip.colorspace_settings.name)
    folder = _path(strip.directory)
    numbers = [_number(folder / element.filename, strip.name) for element in strip.elements]
    if numbers != list(range(numbers[0], numbers[0] + len(numbers))):
        raise HostError(f"The strip {strip.name} repeats or skips files: select a plain image sequence.")
    offset = start - numbers[0]
    frames = [frame - offset for frame in shown]
    path = folder / strip.elements[0].filename
    return _plate(path, strip.name, frames, offset, strip.colorspace_settings.name)


def _of_node(node: Any) -> HostPlate:
    shown = _shown(node)
    return _of_image(shown, node) if isinstance(shown, bpy.types.Image) else _of_clip(shown)


def _shown(node: Any) -> Any:
    """The image or movie clip of a compositor node."""
    attribute = {"CompositorNodeImage": "image", "CompositorNodeMovieClip": "clip"}.get(node.bl_idname, "")
    found = getattr(node, attribute, None)
    if found is None:
        raise HostError(f"The node {node.name} is no plate: select an Image or Movie Clip node that has one.")
    return found


def _plate(path: Path, source: str, frames: Any, offset: int, colorspace: str) -> HostPlate:
    spec = Path(plate_pattern(path)).as_posix()
    if path.suffix.lower() in MOVIES:
        if not path.is_file():
            raise PlateMovedError(spec)
        chosen = FrameRange.of(frames if frames is not None else range(1, movie_length(path) + 1))
    else:
        there = frames_on_disk(spec)
        if not there:
            raise PlateMovedError(spec)
        chosen = FrameRange.of(there if frames is None else set(frames) & set(there))
    if not chosen.frames:
        raise HostError(f"None of the frames that {source} shows are on disk: {spec}.")
    return HostPlate(spec, chosen, source, offset, _opencolorio_name(colorspace, path))


def _opencolorio_name(colorspace: str, path: Path) -> str | None:
    """None where Blender reads the file as stfam does by itself."""
    usual = "Linear Rec.709" if path.suffix.lower() in FLOAT_SUFFIXES else "sRGB"
    return None if colorspace == usual else OPENCOLORIO_NAMES.get(colorspace)


def _number(path: Path, source: str) -> int:
    digits = path.stem[len(path.stem.rstrip("0123456789")) :]
    if not digits:
        raise HostError(f"{source} shows {path.name}, whose name has no frame number.")
    return int(digits)


def _absolute(datablock: Any) -> Path:
    if not datablock.filepath:
        raise HostError(f"{datablock.name} is not in a file. Save it, or choose a plate from disk.")
    return _path(datablock.filepath, datablock.library)


def _path(text: str, library: Any = None) -> Path:
    """Without `..`: a path that is relative to the .blend file names the same plate wherever that is saved."""
    return Path(os.path.normpath(os.path.abspath(bpy.path.abspath(text, library=library))))
