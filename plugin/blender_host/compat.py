# SPDX-License-Identifier: GPL-3.0-or-later
"""Where Blender 4.2 to 4.5 differ from 5.0; everything else is the same code."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import bpy

NEW = bpy.app.version >= (5, 0, 0)
"""Since 5.0 a scene's compositor is a node group, and node options are sockets."""

STRIPS = bpy.app.version >= (4, 4, 0)
"""Since 4.4 what a sequencer holds are strips."""

SWITCHES = bpy.app.version >= (4, 5, 0)
"""Since 4.5 a compositor has sockets for what is on or off; before, nothing outside of a Switch node moves it."""

SWITCH = "CompositorNodeSwitch" if SWITCHES else "CompositorNodeMixRGB"
"""Type of the node that shows one of two pictures, whose inputs are in this order: which, and both."""

CHOICE, OFF, ON = range(3)

SAME_RATE = 1e-5
"""Part by which two frame rates may differ: as numbers of single precision do."""


def compositor_tree(scene: Any) -> Any:
    """The scene's compositor tree, made with an output where there is none."""
    if not NEW:
        new = scene.node_tree is None
        scene.use_nodes = True
        if new:
            scene.node_tree.nodes.clear()  # Blender's own tree, which shows the 3D scene
        return scene.node_tree
    if scene.compositing_node_group is None:
        tree = bpy.data.node_groups.new("Compositing Nodes", "CompositorNodeTree")
        output_node(tree).location = (600, 0)
        scene.compositing_node_group = tree
    return scene.compositing_node_group


def own_compositor(scene: Any) -> Any:
    """The scene's compositor tree; None for none."""
    return scene.compositing_node_group if NEW else scene.node_tree


def other_compositors(scene: Any) -> Iterator[Any]:
    """The compositor trees of the other scenes, as far as they have one of their own."""
    own = own_compositor(scene)
    trees = (own_compositor(other) for other in bpy.data.scenes if other != scene)
    return (tree for tree in trees if tree is not None and tree != own)


def show_node(scene: Any, kind: str) -> Any:
    """A new node of the type `kind`, which is all that the compositor of a throw-away scene shows."""
    tree = compositor_tree(scene)
    node = tree.nodes.new(kind)
    tree.links.new(node.outputs[0], output_node(tree).inputs[0])
    return node


def output_node(tree: Any) -> Any:
    """The node that shows the compositor's result, made with an input where there is none."""
    if NEW and not any(getattr(item, "in_out", "") == "OUTPUT" for item in tree.interface.items_tree):
        tree.interface.new_socket("Image", in_out="OUTPUT", socket_type="NodeSocketColor")
    kind = "NodeGroupOutput" if NEW else "CompositorNodeComposite"
    found = next((node for node in tree.nodes if node.bl_idname == kind), None)
    return found or tree.nodes.new(kind)


def drop_scene(scene: Any) -> None:
    """Remove a throw-away scene and its compositor."""
    tree = scene.compositing_node_group if NEW else None
    bpy.data.scenes.remove(scene)
    if tree is not None:
        bpy.data.node_groups.remove(tree)


def set_alpha_type(node: Any, multiply: bool) -> None:
    """Whether a Set Alpha node multiplies the colour by alpha, or replaces alpha alone."""
    if NEW:
        node.inputs["Type"].default_value = "Apply Mask" if multiply else "Replace Alpha"
    else:
        node.mode = "APPLY" if multiply else "REPLACE_ALPHA"


def new_switch_input(group: Any, name: str) -> Any:
    """An input of a group that is on or off: a number of 0 or 1 before 4.5."""
    if SWITCHES:
        return group.interface.new_socket(name, in_out="INPUT", socket_type="NodeSocketBool")
    made = group.interface.new_socket(name, in_out="INPUT", socket_type="NodeSocketFloat")
    made.min_value, made.max_value = 0, 1
    return made


def compositor_nodes(scene: Any) -> Any:
    """The nodes of the scene's compositor by name; none where it has no compositor, which is not made."""
    tree = own_compositor(scene)
    return {} if tree is None else tree.nodes


def strips(scene: Any) -> Any:
    """The strips of the scene's sequencer by name, without those in meta strips; none where it has no sequencer."""
    editor = scene.sequence_editor
    if editor is None:
        return {}
    return editor.strips if STRIPS else editor.sequences


def meta_of(scene: Any, name: str) -> Any:
    """The meta strip that a strip lies in; None for none."""
    editor = scene.sequence_editor
    every = () if editor is None else editor.strips_all if STRIPS else editor.sequences_all
    return next((strip.parent_meta() for strip in every if strip.name == name), None)


def sequencer_scene(context: Any) -> Any:
    """The scene that the sequencer shows: since 5.0 its own, where one was chosen."""
    return getattr(context.workspace, "sequencer_scene", None) or context.scene


def is_retimed(strip: Any) -> bool:
    """Whether a strip has retiming keys; of an image strip, Blender 4.2 does not show them."""
    return len(getattr(strip, "retiming_keys", ())) > 0


def plays_at_scene_rate(strip: Any) -> bool:
    """Whether a movie strip drops or repeats frames to keep its speed at the scene's rate ("Adjust Playback Rate").

    No property tells: its length in frames follows the scene's rate then.
    """
    render = strip.id_data.render
    base, length = render.fps_base, strip.frame_final_duration
    if abs(render.fps / base / strip.fps - 1) < SAME_RATE:
        return False
    render.fps_base = base / 2
    try:
        return bool(strip.frame_final_duration != length)
    finally:
        render.fps_base = base


def active_strip(scene: Any) -> Any:
    """The active strip; None for none."""
    editor = scene.sequence_editor
    return None if editor is None else editor.active_strip


def copy_flips(source: Any, mask: Any) -> None:
    """Flip the strip that masks another: that is masked after it is flipped, and since 5.0 before."""
    mask.use_flip_x = source.use_flip_x and not NEW
    mask.use_flip_y = source.use_flip_y and not NEW


def animated_paths(scene: Any) -> Iterator[str]:
    """The paths of the scene's properties that keys or drivers move."""
    data = scene.animation_data
    if data is None:
        return
    yield from (driver.data_path for driver in data.drivers)
    action = data.action
    if action is None:
        return
    if hasattr(action, "fcurves"):  # until 5.0, which has layers and slots alone
        yield from (curve.data_path for curve in action.fcurves)
        return
    for bag in (bag for layer in action.layers for strip in layer.strips for bag in strip.channelbags):
        if bag.slot == data.action_slot:
            yield from (curve.data_path for curve in bag.fcurves)
