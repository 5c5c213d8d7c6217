"""What the operators' dialogs and the sidebar show."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest


@dataclass
class Asked:
    """What an operator's dialog is filled with: Blender shows none without a window."""

    kind: str = ""
    name: str = ""
    window: int = -1
    matte: str = ""
    frames: str = ""
    shown: bool = False

    def invoke_props_dialog(self, operator):
        self.shown = operator is self
        return {"RUNNING_MODAL"}


def looking_at(blender, asked):
    """The context of an image editor that shows the plate."""
    space = SimpleNamespace(type="IMAGE_EDITOR", image=blender.data.images["plate"])
    return SimpleNamespace(space_data=space, window_manager=asked, scene=blender.context.scene)


def test_the_dialog_of_open_plate_shows_what_is_remembered(blender, opened):
    from stfam.plugin.blender_host.operators import STFAM_OT_open_plate

    asked = Asked()
    assert STFAM_OT_open_plate.invoke(asked, looking_at(blender, asked), None) == {"RUNNING_MODAL"}
    assert (asked.shown, asked.kind, asked.name) == (True, "IMAGE", "plate")
    assert (asked.window, asked.matte) == (0, str(opened / "m.####.exr"))


def test_the_dialog_of_a_key_shows_the_frame_at_the_playhead(blender, opened):
    from stfam.plugin.blender_host.key_operators import STFAM_OT_add_key

    blender.context.scene.frame_set(1003)
    asked = Asked()
    assert STFAM_OT_add_key.invoke(asked, looking_at(blender, asked), None) == {"RUNNING_MODAL"}
    assert asked.shown and asked.frames == "1003"


class Layout:
    """Takes what a panel draws and keeps its buttons."""

    def __init__(self, buttons):
        self.buttons = buttons

    def box(self):
        return Layout(self.buttons)

    def row(self, align=False):
        return Layout(self.buttons)

    def label(self, text, icon="NONE"):
        pass

    def operator(self, name, text="", icon="NONE"):
        button = SimpleNamespace()
        self.buttons[name, text] = button
        return button


def drawn(blender):
    from stfam.plugin.blender_host import panels

    buttons = {}
    panels._draw(Layout(buttons), looking_at(blender, None))
    return buttons


@pytest.mark.parametrize("answer", ["Relink", "Clear Shot"])
def test_the_sidebar_has_both_answers_to_relinking(blender, moved, answer):
    from stfam.plugin.blender_host.runner import current

    assert ("stfam.forget", "") not in drawn(blender)
    blender.data.images["plate"].filepath = str(moved)
    with pytest.raises(RuntimeError, match="Relink it to"):
        blender.ops.stfam.open_plate(kind="IMAGE", name="plate")
    buttons = drawn(blender)
    if answer == "Relink":
        assert blender.ops.stfam.open_plate(**vars(buttons["stfam.open_plate", "Relink"])) == {"FINISHED"}
    else:
        assert blender.ops.stfam.forget(**vars(buttons["stfam.forget", ""])) == {"FINISHED"}
        assert blender.ops.stfam.open_plate(kind="IMAGE", name="plate") == {"FINISHED"}
    assert [key.frame for key in current.session.shot.keys] == ([1001] if answer == "Relink" else [])
    assert ("stfam.forget", "") not in drawn(blender)


def test_the_sidebar_offers_to_clear_a_shot_whose_trimaps_are_gone(blender, opened):
    """As on another machine, or after the cache was cleared."""
    from stfam.plugin.blender_host.runner import current

    (key,) = current.session.shot.shot.keys
    Path(key.trimap).unlink()
    with pytest.raises(RuntimeError, match="or clear the shot"):
        blender.ops.stfam.open_plate(kind="IMAGE", name="plate")
    blender.ops.stfam.forget(**vars(drawn(blender)["stfam.forget", ""]))
    assert blender.ops.stfam.open_plate(kind="IMAGE", name="plate") == {"FINISHED"}
    assert current.session.shot.keys == () and ("stfam.forget", "") not in drawn(blender)


def test_a_node_inside_of_a_group_is_not_taken_for_one_of_the_compositor(blender, sequence):
    from stfam.plugin.blender_host import compat, selection

    scene = blender.context.scene
    own, inner = compat.compositor_tree(scene), blender.data.node_groups.new("inner", "CompositorNodeTree")
    for tree in (own, inner):
        node = tree.nodes.new("CompositorNodeImage")
        node.name, node.image = "Image", sequence
        tree.nodes.active = node

    def shown(tree):
        space = SimpleNamespace(type="NODE_EDITOR", tree_type="CompositorNodeTree", edit_tree=tree)
        return selection.plate_in(SimpleNamespace(space_data=space, scene=scene))

    assert [shown(tree) for tree in (own, inner, None)] == [("NODE", "Image"), None, None]
