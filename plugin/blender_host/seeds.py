# SPDX-License-Identifier: GPL-3.0-or-later
"""Trimap seeds: mask datablocks with splines and feather, and painted images, as image files."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy

from stfam.plugin.blender_host import compat
from stfam.plugin.host.interface import HostError, Seed


def seeds() -> tuple[Seed, ...]:
    """Masks, and images that were painted in Blender."""
    masks = [Seed(mask.name, "mask") for mask in bpy.data.masks]
    painted = [Seed(image.name, "image") for image in bpy.data.images if image.source in ("GENERATED", "FILE")]
    return (*masks, *painted)


@dataclass(frozen=True)
class Canvas:
    """What masks and images are drawn over: the plate.

    Attributes:
        width, height: in pixels.
        aspect: width of a pixel over its height.
    """

    width: int
    height: int
    aspect: float = 1.0

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.width, self.height


def write_seed(name: str, canvas: Canvas, scene_frame: int, path: Path) -> None:
    """Write a seed as it stands at a frame of the scene; a mask wins over an image of the same name.

    Args:
        canvas: the plate, which a mask is drawn over and whose size an image has to have.
        scene_frame: the frame at which an animated mask is taken.
        path: .exr.

    Raises:
        HostError: there is no such mask or image, or it has no pixels, or others than the plate.
    """
    mask, image = bpy.data.masks.get(name), bpy.data.images.get(name)
    if mask is not None:
        _render_mask(mask, canvas, scene_frame, path)
    elif image is not None:
        _write_image(image, canvas.size, path)
    else:
        there = ", ".join(seed.name for seed in seeds()) or "none"
        raise HostError(f"There is no mask or painted image named '{name}'; there are: {there}.", name=name)


def _render_mask(mask: Any, canvas: Canvas, scene_frame: int, path: Path) -> None:
    """By Blender's own mask rasteriser, in a scene of its own, so that feather and animation are Blender's."""
    shown = bpy.context.scene
    before, part = shown.frame_current, shown.frame_subframe
    scene = bpy.data.scenes.new("stfam seed")
    try:
        shown.frame_set(scene_frame)  # animation reaches a mask through the scene that is shown
        compat.show_node(scene, "CompositorNodeMask").mask = mask
        render = scene.render
        render.resolution_x, render.resolution_y = canvas.size
        render.pixel_aspect_x, render.pixel_aspect_y = max(1, canvas.aspect), max(1, 1 / canvas.aspect)
        render.resolution_percentage = 100
        render.use_compositing, render.use_sequencer = True, False
        _float_exr(scene, path)
        bpy.ops.render.render(write_still=True, scene=scene.name)
    finally:
        shown.frame_set(before, subframe=part)
        compat.drop_scene(scene)
    if not path.is_file():
        raise HostError(f"Blender did not render the mask {mask.name}. Is another render running?")


def _write_image(image: Any, size: tuple[int, int], path: Path) -> None:
    """What is painted now, saved or not, as a file has it: its alpha where that says something, else its red."""
    if image.source in ("SEQUENCE", "MOVIE"):
        raise HostError(f"The image {image.name} has a picture for each frame. Make each key of its frame's file.")
    values = array("f", bytes(4 * len(image.pixels)))
    if not values:
        raise HostError(f"The image {image.name} has no pixels. Is its file gone?")
    if tuple(image.size) != size:
        found, wanted = ("{}x{}".format(*pixels) for pixels in (image.size, size))
        raise HostError(f"The image {image.name} has {found} pixels, and the plate {wanted}. Paint one of that size.")
    image.pixels.foreach_get(values)
    alpha = values[3::4]
    opaque = min(alpha) >= 1
    drawn = values[0::4] if opaque else alpha
    for channel in range(3):
        values[channel::4] = drawn
    values[3::4] = array("f", [1.0]) * len(drawn)
    copy = bpy.data.images.new("stfam seed", *image.size, float_buffer=True, is_data=True)
    scene = bpy.data.scenes.new("stfam seed")
    try:
        _float_exr(scene, path)
        if opaque and image.is_float and not image.colorspace_settings.is_data:  # Blender has made light of its values
            scene.render.image_settings.color_management = "OVERRIDE"
            scene.render.image_settings.linear_colorspace_settings.name = image.colorspace_settings.name
        copy.pixels.foreach_set(values)
        copy.save_render(str(path), scene=scene)
    finally:
        bpy.data.scenes.remove(scene)
        bpy.data.images.remove(copy)


def _float_exr(scene: Any, path: Path) -> None:
    render = scene.render
    render.filepath = str(path)
    render.use_file_extension = False
    render.image_settings.file_format = "OPEN_EXR"
    render.image_settings.color_mode = "RGB"
    render.image_settings.color_depth = "32"
