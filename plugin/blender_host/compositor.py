# SPDX-License-Identifier: GPL-3.0-or-later
"""The result in the compositor: a node group with plate, matte, Set Alpha and a foreground switch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import bpy

from stfam.core.frame_range import FrameRange
from stfam.plugin.blender_host import compat
from stfam.plugin.blender_host.paths import check_local
from stfam.plugin.blender_host.sequences import PassFiles, image_sequence, matte_image, show_image, show_in
from stfam.plugin.host.interface import HostError, HostPlate, Placement

MARK = "stfam_plate"
"""Property of our node groups: the plate that they belong to."""

PART = "stfam_part"
"""Property of the nodes in our groups: what they are there for, whatever they are called."""


def place(placement: Placement, source: Any, scene: Any, *, cyclic: bool = False) -> str:
    """Put the mattes into the scene's compositor, or update what is there; returns the group's name.

    A scene has a group of its own for a plate: the plate may play at another frame in another scene.

    Args:
        source: the image or movie clip datablock of the plate.
        cyclic: the plate begins again after its last frame, and its mattes do.

    Raises:
        HostError: Blender cannot play the files, the compositor is linked, or a group of ours was taken apart.
    """
    if cyclic:
        _check_whole(placement)
    output = placement.shot.output
    matte = PassFiles.of(output.matte, placement)
    foreground = PassFiles.of(output.foreground, placement) if output.foreground else None
    for files in (matte, foreground):
        if files is not None:
            files.check_playable()
    tree = compat.compositor_tree(scene)
    check_local(tree)
    group = _own_group(tree, placement.plate.spec, source)
    if group is None:
        group = _new_group(placement.plate)
        _show(group, tree)
    elif group.library is not None or _is_elsewhere(group, scene, tree):
        group = _apart(group, tree)
    _finish(group)
    _fill(group, placement.plate, source, matte)
    if foreground is None:
        _show_if_on(group, "Cut Plate")
    else:
        _fill_foreground(group, foreground, source.colorspace_settings.name, premultiplied=output.premultiplied)
    for node in group.nodes:
        if node.get(PART) is not None and node.bl_idname == "CompositorNodeImage":
            node.use_cyclic = cyclic
    return str(group.name)


def _check_whole(placement: Placement) -> None:
    lacking = set(placement.plate.frames) - set(placement.frames)
    if lacking:
        raise HostError(
            f"The node {placement.plate.source} is cyclic, and its mattes could not begin again with it: there is none "
            f"of {FrameRange.of(lacking).words}. Matte these frames, or switch Cyclic off."
        )


def _own_group(tree: Any, spec: str, source: Any) -> Any:
    """The group of a plate in a compositor: it shows the same datablock, wherever that lies now, or the same files."""
    groups = [group for _, group in _placed(tree)]
    same = (group for group in groups if _shows(group, source))
    return next(same, None) or next((group for group in groups if group[MARK] == spec), None)


def _placed(tree: Any) -> Iterator[tuple[Any, Any]]:
    """The nodes of our groups in a compositor, and in the artist's groups of this file there, with these groups."""
    for node in tree.nodes:
        inner = getattr(node, "node_tree", None)
        if inner is not None and inner.get(MARK) is not None:
            yield node, inner
        elif inner is not None and inner.library is None:
            yield from _placed(inner)


def _shows(group: Any, source: Any) -> bool:
    plate = _part(group, "Plate")
    return plate is not None and source in (getattr(plate, "image", None), getattr(plate, "clip", None))


def _is_elsewhere(group: Any, scene: Any, tree: Any) -> bool:
    """Whether another scene shows a group by a node of its own: in a group of the artist's, two scenes share one."""
    own = [node for node, _ in _placed(tree)]
    others = (shown for other in compat.other_compositors(scene) for shown in _placed(other))
    return any(used == group and node not in own for node, used in others)


def _apart(group: Any, tree: Any) -> Any:
    """A copy for this compositor alone."""
    copy = group.copy()
    for node, used in list(_placed(tree)):
        if used == group:
            node.node_tree = copy
    return copy


def _new_group(plate: HostPlate) -> Any:
    group = bpy.data.node_groups.new(f"stfam {plate.source}", "CompositorNodeTree")
    group[MARK] = plate.spec
    switch = compat.new_switch_input(group, "Clean Foreground")
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
            ("Output", "NodeGroupOutput", (600, 100)),
        )
    }
    group.links.new(inside["Matte"].outputs["Image"], inside["Cut Plate"].inputs["Alpha"])
    group.links.new(inside["Matte"].outputs["Image"], inside["Output"].inputs["Matte"])
    compat.set_alpha_type(inside["Cut Plate"], multiply=True)
    return group


def _finish(group: Any) -> None:
    """The switch between both cuts, and behind it the matte as alpha, whatever alpha a plate's files have.

    A group that another version made gets them too.
    """
    switch, alpha = _part(group, "Switch"), _part(group, "Alpha")
    if switch is not None and switch.bl_idname == compat.SWITCH and alpha is not None:
        return
    for node in (switch, alpha):
        if node is not None:
            group.nodes.remove(node)
    switch = _node(group, compat.SWITCH, "Switch", (100, 100))
    alpha = _node(group, "CompositorNodeSetAlpha", "Alpha", (350, 100))
    compat.set_alpha_type(alpha, multiply=False)
    link = group.links.new
    link(_required(group, "Input").outputs["Clean Foreground"], switch.inputs[compat.CHOICE])
    link(_required(group, "Cut Plate").outputs["Image"], switch.inputs[compat.OFF])
    link(switch.outputs["Image"], alpha.inputs["Image"])
    link(_required(group, "Matte").outputs["Image"], alpha.inputs["Alpha"])
    link(alpha.outputs["Image"], _required(group, "Output").inputs["Image"])


def _fill(group: Any, plate: HostPlate, source: Any, files: PassFiles) -> None:
    group[MARK] = plate.spec
    shown = _plate_node(group, source)
    if shown.bl_idname == "CompositorNodeImage":
        show_in(shown, plate.frames, plate.offset)
    matte = _required(group, "Matte")
    show_image(matte, matte_image(files))
    show_in(matte, files.frames, files.offset)
    colour = shown.outputs.get("Image") or shown.outputs["Combined"]  # of an EXR with further layers
    group.links.new(colour, _required(group, "Cut Plate").inputs["Image"])
    group.links.new(colour, _required(group, "Output").inputs["Plate"])


def _plate_node(group: Any, datablock: Any) -> Any:
    kind = "CompositorNodeImage" if isinstance(datablock, bpy.types.Image) else "CompositorNodeMovieClip"
    node = _part(group, "Plate")
    if node is not None and node.bl_idname != kind:
        group.nodes.remove(node)
        node = None
    node = node or _node(group, kind, "Plate", (-600, 300))
    setattr(node, "image" if kind == "CompositorNodeImage" else "clip", datablock)
    return node


def _fill_foreground(group: Any, files: PassFiles, colorspace: str, *, premultiplied: bool) -> None:
    """A second Set Alpha for the estimated foreground: straight colour is multiplied, premultiplied is not again.

    Args:
        colorspace: the plate's, whose values the files have in any format.
    """
    source = _part(group, "Foreground") or _node(group, "CompositorNodeImage", "Foreground", (-600, -400))
    cut = _part(group, "Cut Foreground") or _node(group, "CompositorNodeSetAlpha", "Cut Foreground", (-200, -200))
    show_image(source, image_sequence(files, colorspace))
    # Alpha comes from the matte alone; a file's own is what its colours are divided by before they are converted.
    source.image.alpha_mode = "PREMUL" if premultiplied else "NONE"
    show_in(source, files.frames, files.offset)
    compat.set_alpha_type(cut, multiply=not premultiplied)
    link = group.links.new
    link(source.outputs["Image"], cut.inputs["Image"])
    link(_required(group, "Matte").outputs["Image"], cut.inputs["Alpha"])
    _show_if_on(group, "Cut Foreground")


def _show_if_on(group: Any, part: str) -> None:
    group.links.new(_required(group, part).outputs["Image"], _required(group, "Switch").inputs[compat.ON])


def _show(group: Any, tree: Any) -> None:
    """A node of the group in a compositor; it feeds the output where nothing else does."""
    node = tree.nodes.new("CompositorNodeGroup")
    node.node_tree = group
    node.name = node.label = group.name
    output = compat.output_node(tree)
    node.location = (output.location[0] - 300, output.location[1])
    if not output.inputs[0].is_linked:
        tree.links.new(node.outputs["Image"], output.inputs[0])


def _node(group: Any, kind: str, part: str, place: tuple[int, int]) -> Any:
    node = group.nodes.new(kind)
    node.name = node.label = node[PART] = part
    node.location = place
    return node


def _part(group: Any, part: str) -> Any:
    return next((node for node in group.nodes if node.get(PART) == part), None)


def _required(group: Any, part: str) -> Any:
    node = _part(group, part)
    if node is None:
        raise HostError(
            f"The group {group.name} has lost its node {part}. Put it back by Undo, or delete the group's node and "
            "import again."
        )
    return node
