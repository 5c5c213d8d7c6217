# SPDX-License-Identifier: GPL-3.0-or-later
"""Where Blender 4.2 to 4.5 differ from 5.0; everything else is the same code."""

from __future__ import annotations

from typing import Any

import bpy

NEW = bpy.app.version >= (5, 0, 0)
"""Since 5.0 a scene's compositor is a node group, and node options are sockets."""


def compositor_tree(scene: Any) -> Any:
    """The scene's compositor tree, made with an output where there is none."""
    if not NEW:
        scene.use_nodes = True
        return scene.node_tree
    if scene.compositing_node_group is None:
        tree = bpy.data.node_groups.new("Compositing Nodes", "CompositorNodeTree")
        tree.interface.new_socket("Image", in_out="OUTPUT", socket_type="NodeSocketColor")
        tree.nodes.new("NodeGroupOutput").location = (600, 0)
        scene.compositing_node_group = tree
    return scene.compositing_node_group


def set_compositor_tree(scene: Any, image_node: str) -> tuple[Any, Any]:
    """A throw-away compositor for `scene` with one node of the type `image_node` shown; returns tree and node."""
    tree = compositor_tree(scene)
    if not NEW:
        tree.nodes.clear()
    node = tree.nodes.new(image_node)
    tree.links.new(node.outputs[0], output_node(tree).inputs[0])
    return tree, node


def output_node(tree: Any) -> Any:
    """The node that shows the compositor's result, made where there is none."""
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


def strips(scene: Any) -> Any:
    """The strips of the scene's sequencer, which is made where there is none."""
    editor = scene.sequence_editor or scene.sequence_editor_create()
    return editor.strips if hasattr(editor, "strips") else editor.sequences


def active_strip(scene: Any) -> Any:
    """The active strip; None for none."""
    editor = scene.sequence_editor
    return None if editor is None else editor.active_strip
