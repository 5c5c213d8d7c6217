# SPDX-License-Identifier: GPL-3.0-or-later
"""What is the plate: an image, a clip, a strip or a compositor node of Blender, as files and frame numbers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import bpy

from stfam.core.frame_range import FrameRange
from stfam.core.plate_pattern import is_movie, plate_pattern
from stfam.plugin.blender_host import compat
from stfam.plugin.blender_host.editors import Playback
from stfam.plugin.blender_host.movies import movie_length
from stfam.plugin.blender_host.paths import absolute
from stfam.plugin.frame_path import frames_on_disk
from stfam.plugin.host.interface import HostError, HostPlate, PlateMovedError

KINDS = ("IMAGE", "CLIP", "STRIP", "NODE")
"""Where a plate can come from: an image datablock, a movie clip, a strip of the sequencer, a compositor node."""

OPENCOLORIO_NAMES = {
    "ACEScg": "ACEScg",
    "ACES2065-1": "ACES2065-1",
    "ACEScct": "ACEScct",
    "Linear Rec.2020": "Linear Rec.2020",
    "Linear Rec.709": "Linear Rec.709 (sRGB)",
    "Linear DCI-P3 D65": "Linear P3-D65",
    "sRGB": "sRGB - Texture",
    "Display P3": "sRGB Encoded P3-D65",
    "Rec.1886": "Gamma 2.4 Encoded Rec.709",
}
"""Blender's names of input colour spaces as the pinned OpenColorIO configuration knows them."""

SCAN_SUFFIXES = frozenset({".dpx", ".cin"})
LINEAR_SUFFIXES = frozenset({".exr", ".hdr"}) | SCAN_SUFFIXES
"""What Blender takes for linear unless it is told otherwise."""


def plate(kind: str, name: str, scene: Any, editor: Playback | None = None) -> HostPlate:
    """The plate that a datablock, strip or node stands for.

    Args:
        kind: one of KINDS.
        name: of the datablock, strip or node.
        scene: where strips and nodes are looked for.
        editor: how an image editor plays the image; None plays each file at its own number.

    Raises:
        HostError: there is none, or it cannot be a plate; the sentence says what to change.
        PlateMovedError: its files are gone.
    """
    found = _found(kind, name, scene)
    _check_views(_shown(found) if kind == "NODE" else found, scene)
    if kind == "IMAGE":
        return _in_editor(_of_image(found, None), editor)
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


def is_cyclic(kind: str, name: str, scene: Any, editor: Playback | None) -> bool:
    """Whether a plate begins again after its last frame: an editor or a compositor node may play an image so."""
    if kind == "IMAGE":
        return editor is not None and editor.cyclic
    node = _found(kind, name, scene)
    return kind == "NODE" and node.bl_idname == "CompositorNodeImage" and bool(node.use_cyclic)


def pixel_aspect(kind: str, name: str, scene: Any) -> float:
    """Width of a pixel over its height where masks are drawn over the plate; a strip has no editor for that."""
    if kind == "STRIP":
        return 1.0
    x, y = datablock(kind, name, scene).display_aspect
    return float(x / y)


def numbers(spec: str) -> FrameRange:
    """The frame numbers that a plate's files have, shown or not; none where they are gone."""
    if is_movie(spec):
        return FrameRange.of(range(1, movie_length(Path(spec)) + 1) if Path(spec).is_file() else ())
    return FrameRange.of(frames_on_disk(spec))


def scene_of(kind: str, name: str) -> Any:
    """The scene that a plate is looked for in; a strip's is the sequencer's, where the window's has it not alone."""
    shown, edited = bpy.context.scene, compat.sequencer_scene(bpy.context)
    if kind != "STRIP" or (name in compat.strips(shown) and name not in compat.strips(edited)):
        return shown
    return edited


def _found(kind: str, name: str, scene: Any) -> Any:
    if kind not in KINDS:
        raise HostError(f"'{kind}' is no kind of plate; choose one of {', '.join(KINDS)}.")
    if kind == "IMAGE":
        return _named(bpy.data.images, name, "image")
    if kind == "CLIP":
        return _named(bpy.data.movieclips, name, "movie clip")
    if kind == "STRIP":
        _check_meta(compat.meta_of(scene, name), name)
        return _named(compat.strips(scene), name, "strip")
    return _named(compat.compositor_nodes(scene), name, "compositor node")


def _named(collection: Any, name: str, what: str) -> Any:
    found = collection.get(name)
    if found is None:
        there = ", ".join(collection.keys()) or "none"
        raise HostError(f"There is no {what} named '{name}'; there are: {there}.", name=name)
    return found


def _check_meta(meta: Any, name: str) -> None:
    if meta is not None:
        raise HostError(
            f"The strip {name} lies in the meta strip {meta.name}. Take it out (Strip, UnMeta Strip) and open it again."
        )


def _check_views(source: Any, scene: Any) -> None:
    if scene.render.use_multiview and getattr(source, "use_multiview", False):  # a clip has one view
        raise HostError(
            f"{source.name} is stereoscopic, and its eyes would share mattes that lie over neither. Open a sequence of "
            "each eye, with Use Multi-View off."
        )


def _of_image(image: Any, node: Playback | None) -> HostPlate:
    """An image datablock; `node` says when a compositor node plays it, None plays each file at its own number."""
    path = _absolute(image)
    if image.source not in ("SEQUENCE", "MOVIE"):
        raise HostError(f"The image {image.name} is no plate: set its source to Image Sequence or Movie.")
    if image.source == "SEQUENCE":
        _number(path, image.name)
    frames = node.files if node and image.source == "SEQUENCE" and len(node.files) > 1 else None
    return _plate(path, image.name, frames, node.offset if node else 0, image.colorspace_settings)


def _in_editor(image: HostPlate, editor: Playback | None) -> HostPlate:
    """An image where its editor plays it; one that plays nothing of it was never set to it."""
    played = editor is not None and any(number in image.frames for number in editor.files)
    if editor is None or not played:
        return image
    frames = FrameRange.of(set(image.frames) & set(editor.files)) if editor.cyclic else image.frames
    return replace(image, frames=frames, offset=editor.offset)


def _of_clip(clip: Any) -> HostPlate:
    path = _absolute(clip)
    first = 1 if clip.source == "MOVIE" else _number(path, clip.name)
    offset = clip.frame_start - clip.frame_offset - first  # a clip's offset skips frames of the file
    return _plate(path, clip.name, None, offset, clip.colorspace_settings)


def _of_strip(strip: Any) -> HostPlate:
    if strip.type not in ("IMAGE", "MOVIE"):
        raise HostError(f"The strip {strip.name} is no plate: select an image sequence or a movie.")
    _check_speed(strip)
    content = strip_content(strip)
    shown = range(strip.frame_final_start, strip.frame_final_end)
    played = {min(max(frame, content[0]), content[-1]) for frame in shown}  # beyond its ends it holds them
    start = content[0] - strip.animation_offset_start
    if strip.type == "MOVIE":
        offset = start - 1
        frames = [frame - offset for frame in played]
        return _plate(_path(strip.filepath), strip.name, frames, offset, strip.colorspace_settings)
    folder = _path(strip.directory)
    numbers = [_number(folder / element.filename, strip.name) for element in strip.elements]
    if numbers != list(range(numbers[0], numbers[0] + len(numbers))):
        raise HostError(f"The strip {strip.name} repeats or skips files: select a plain image sequence.")
    offset = start - numbers[0]
    frames = [frame - offset for frame in played]
    path = folder / strip.elements[0].filename
    return _plate(path, strip.name, frames, offset, strip.colorspace_settings)


def strip_content(strip: Any) -> range:
    """The scene's frames at which a strip has files of its own, trimmed or not."""
    start = int(strip.frame_start)
    return range(start, start + strip.frame_duration)


def _check_speed(strip: Any) -> None:
    effect = next((effect for effect in _above(strip) if effect.type == "SPEED"), None)
    if effect is not None:
        raise HostError(
            f"The strip {strip.name} is retimed by the effect {effect.name}, and its mattes would not be. Delete that, "
            "import the mattes, then put both into a meta strip and add the effect to it."
        )
    if strip.use_reverse_frames or compat.is_retimed(strip) or strip.strobe > 1:
        raise HostError(
            f"The strip {strip.name} is retimed, reversed or strobed: matte it as it was shot, then retime both."
        )
    if strip.type == "MOVIE" and compat.plays_at_scene_rate(strip):
        raise HostError(
            f"The strip {strip.name} is a movie of {strip.fps:g} frames a second, and Blender repeats or drops some at "
            "the scene's rate. Set the scene to the movie's rate, or add the strip without Adjust Playback Rate."
        )


def _above(strip: Any) -> Iterator[Any]:
    """The effects of a strip, and those of these."""
    for effect in compat.strips(strip.id_data):
        if strip in (getattr(effect, "input_1", None), getattr(effect, "input_2", None)):
            yield effect
            yield from _above(effect)


def _of_node(node: Any) -> HostPlate:
    shown = _shown(node)
    return _of_image(shown, Playback.of(node)) if isinstance(shown, bpy.types.Image) else _of_clip(shown)


def _shown(node: Any) -> Any:
    """The image or movie clip of a compositor node."""
    attribute = {"CompositorNodeImage": "image", "CompositorNodeMovieClip": "clip"}.get(node.bl_idname, "")
    found = getattr(node, attribute, None)
    if found is None:
        raise HostError(f"The node {node.name} is no plate: select an Image or Movie Clip node that has one.")
    return found


def _plate(path: Path, source: str, frames: Any, offset: int, colours: Any) -> HostPlate:
    spec = Path(plate_pattern(path)).as_posix()
    there = numbers(spec)
    if not there.frames and path.is_file():
        raise HostError(f"Blender finds no frames in {spec}. Export the movie again.")
    if not there.frames:
        raise PlateMovedError(spec)
    chosen = there if frames is None else FrameRange.of(set(frames) & set(there))
    if not chosen.frames:
        raise HostError(f"None of the frames that {source} shows are on disk: {spec}.")
    return HostPlate(spec, chosen, source, offset, _opencolorio_name(colours, path.suffix.lower()))


def _opencolorio_name(colours: Any, suffix: str) -> str | None:
    """None where the file says it best: Blender reads it as stfam does, or takes a film scan's codes for light.

    Where $OCIO names a configuration, it is Blender's and the worker's, so that its names are for both.
    """
    name = str(colours.name)
    if colours.is_data:
        return "Raw"
    if os.environ.get("OCIO"):
        return None if suffix in SCAN_SUFFIXES else name
    usual = "Linear Rec.709" if suffix in LINEAR_SUFFIXES else "sRGB"
    return None if name == usual else OPENCOLORIO_NAMES.get(name)


def _number(path: Path, source: str) -> int:
    digits = path.stem[len(path.stem.rstrip("0123456789")) :]
    if not digits:
        raise HostError(f"{source} shows {path.name}. Name its files with the frame number last, as name_L.1001.exr.")
    return int(digits)


def _absolute(datablock: Any) -> Path:
    if not datablock.filepath:
        raise HostError(f"{datablock.name} is not in a file. Save it, or choose a plate from disk.")
    return _path(datablock.filepath, datablock.library)


def _path(text: str, library: Any = None) -> Path:
    return Path(absolute(text, library))
