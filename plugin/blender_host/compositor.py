# SPDX-License-Identifier: GPL-3.0-or-later
"""The result in the compositor: a node group with plate, matte, Set Alpha and a foreground switch."""

from __future__ import annotations

from typing import Any

import bpy

from stfam.core.frame_range import FrameRange
from stfam.plugin.blender_host import compat
from stfam.plugin.blender_host.sequences import image_sequence, matte_image, show_in
from stfam.plugin.host.interface import HostPlate, Placement

MARK = "stfam_plate"
"""Property of our node groups and nodes: the plate that they belong to."""


def place(placement: Placement, plate_image: Any, scene: Any) -> str:
    """Put the mattes into the scene's compositor, or update what is there; returns the group's name.

    Args:
        plate_image: the image or movie clip datablock of the plate.
    """
    spec = placement.plate.spec
    group = next((known for known in bpy.data.node_groups if known.get(MARK) == spec), None)
    if group is None:
        group = _new_group(placement.plate)
    _fill(group, placement, plate_image)
    _show(group, compat.compositor_tree(scene))
    return str(group.name)


def _new_group(plate: HostPlate) -> Any:
    group = bpy.data.node_groups.new(f"stfam {plate.source}", "CompositorNodeTree")
    group[MARK] = plate.spec
    switch = group.interface.new_socket("Clean Foreground", in_out="INPUT", socket_type="NodeSocketBool")
    switch.description = "Show the estimated foreground colours in place of the plate's, where they were written"
    group.interface.new_socket("Image", in_out="OUTPUT", socket_type="NodeSocketColor")
    group.interface.new_socket("Matte", in_out="OUTPUT", socket_type="NodeSocketFloat")
    group.interface.new_socket("Plate", in_out="OUTPUT", socket_type="NodeSocketColor")
    inside = {
        name: _node(group, kind, name, place)
        for name, kind, place in (
            ("Input", "NodeGroupInput", (-600, -200)),
            ("Matte", "CompositorNodeImage", (-600, 0)),
            ("Cut Plate", "CompositorNodeSetAlpha", (-200, 200)),
            ("Switch", "CompositorNodeSwitch", (100, 100)),
            ("Output", "NodeGroupOutput", (400, 100)),
        )
    }
    link = group.links.new
    link(inside["Matte"].outputs["Image"], inside["Cut Plate"].inputs["Alpha"])
    link(inside["Cut Plate"].outputs["Image"], inside["Switch"].inputs["Off"])
    link(inside["Cut Plate"].outputs["Image"], inside["Switch"].inputs["On"])
    link(inside["Switch"].outputs["Image"], inside["Output"].inputs["Image"])
    link(inside["Matte"].outputs["Image"], inside["Output"].inputs["Matte"])
    compat.set_alpha_type(inside["Cut Plate"], multiply=True)
    if compat.NEW:
        link(inside["Input"].outputs["Clean Foreground"], inside["Switch"].inputs["Switch"])
    return group


def _fill(group: Any, placement: Placement, plate_image: Any) -> None:
    plate, shot = placement.plate, placement.shot
    source = _plate_node(group, plate_image)
    if source.bl_idname == "CompositorNodeImage":
        show_in(source, plate.frames, plate.offset)
    matte = group.nodes["Matte"]
    matte.image = matte_image(shot.output.matte, placement.frames)
    show_in(matte, placement.frames, plate.offset)
    group.links.new(source.outputs["Image"], group.nodes["Cut Plate"].inputs["Image"])
    group.links.new(source.outputs["Image"], group.nodes["Output"].inputs["Plate"])
    if shot.output.foreground:
        _fill_foreground(group, placement, placement.frames)


def _plate_node(group: Any, datablock: Any) -> Any:
    kind = "CompositorNodeImage" if isinstance(datablock, bpy.types.Image) else "CompositorNodeMovieClip"
    node = group.nodes.get("Plate")
    if node is not None and node.bl_idname != kind:
        group.nodes.remove(node)
        node = None
    node = node or _node(group, kind, "Plate", (-600, 300))
    setattr(node, "image" if kind == "CompositorNodeImage" else "clip", datablock)
    return node


def _fill_foreground(group: Any, placement: Placement, frames: FrameRange) -> None:
    """A second Set Alpha for the estimated foreground: straight colour is multiplied, premultiplied is not again."""
    source = group.nodes.get("Foreground") or _node(group, "CompositorNodeImage", "Foreground", (-600, -400))
    cut = group.nodes.get("Cut Foreground") or _node(group, "CompositorNodeSetAlpha", "Cut Foreground", (-200, -200))
    output = placement.shot.output
    source.image = image_sequence(str(output.foreground), frames, None)
    source.image.alpha_mode = "NONE"  # alpha comes from the matte alone
    show_in(source, frames, placement.plate.offset)
    compat.set_alpha_type(cut, multiply=not output.premultiplied)
    link = group.links.new
    link(source.outputs["Image"], cut.inputs["Image"])
    link(group.nodes["Matte"].outputs["Image"], cut.inputs["Alpha"])
    link(cut.outputs["Image"], group.nodes["Switch"].inputs["On"])


def _show(group: Any, tree: Any) -> None:
    """One node of the group in the scene's compositor; it feeds the output where nothing else does."""
    if any(getattr(node, "node_tree", None) == group for node in tree.nodes):
        return
    node = tree.nodes.new("CompositorNodeGroup")
    node.node_tree = group
    node.name = node.label = group.name
    output = compat.output_node(tree)
    node.location = (output.location[0] - 300, output.location[1])
    if not output.inputs[0].is_linked:
        tree.links.new(node.outputs["Image"], output.inputs[0])


def _node(group: Any, kind: str, name: str, place: tuple[int, int]) -> Any:
    node = group.nodes.new(kind)
    node.name = node.label = name
    node.location = place
    return node
