"""The stfam node: a Group under Keyer with knobs for keys and range, and inside it the mattes over the plate."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import nuke

from stfam.plugin.host.interface import HostError, Placement
from stfam.plugin.host.shot_memory import ShotMemory
from stfam.plugin.nuke_host.paths import nuke_pattern

MARK = "stfam_shot"
"""Hidden knob of our nodes that holds the shot of each plate."""

GAP = 80
"""Between the plate's node and a new stfam node, in the node graph's pixels."""

BUTTONS = (
    ("stfam_run", "Run", "Propagate the keys, pull the mattes, and read them in"),
    ("stfam_propagate", "Propagate", "Carry the key trimaps through the range"),
    ("stfam_matte", "Matte", "Pull and write the mattes of the range"),
    ("stfam_version_up", "Version Up", "Write the next mattes to a new version"),
    ("stfam_panel", "Open Panel", "Paint and correct in the panel"),
    ("stfam_clear", "Clear", "Take the mattes out of the node and forget the keys; files stay"),
)
"""Name, label and tool tip; each calls the function of `actions` of the same name."""


def create(plate: nuke.Node | None = None, seed: nuke.Node | None = None) -> nuke.Node:
    """A new stfam node in one undo step, in the group that its plate is in.

    Args:
        plate: is connected to its first input; the selected node where None.
        seed: is connected to its second input.

    Raises:
        HostError: the seed is in another group.
    """
    behind = plate or next(iter(nuke.selectedNodes()), None)
    _check_group(behind, seed)
    with nuke.Undo("stfam: new node"), behind.parent() if behind is not None else nullcontext():
        node = nuke.nodes.Group()
        node.setName("stfam1", uncollide=True)
        _add_knobs(node)
        _fill(node)
        node.setInput(0, behind)
        node.setInput(1, seed)
        if behind is not None:
            node.setXYpos(behind.xpos(), behind.ypos() + GAP)
    return node


def connect_seed(node: nuke.Node, seed: nuke.Node) -> None:
    """To the second input.

    Raises:
        HostError: the seed is in another group.
    """
    _check_group(node, seed)
    node.setInput(1, seed)


def insert_behind(node: nuke.Node, downstream: nuke.Node) -> None:
    """Where `downstream` hangs on the plate, it hangs on the stfam node from now on."""
    plate = node.input(0)
    if plate is not None and downstream.input(0) == plate:
        downstream.setInput(0, node)


def is_ours(node: nuke.Node) -> bool:
    """Whether a node is an stfam node."""
    return node.knob(MARK) is not None


def memory_of(node: nuke.Node) -> ShotMemory:
    """What an stfam node keeps in its script."""
    return ShotMemory(str(node[MARK].value()))


def show(node: nuke.Node, placement: Placement) -> None:
    """Let the node read the mattes of a placement; the same nodes each time.

    Raises:
        HostError: they are gone.
    """
    pattern = placement.shot.output.matte
    frames, offset = placement.in_files(pattern)
    first, last = frames.frames[0], frames.frames[-1]
    read, copy = _inside(node, "Matte"), _inside(node, "CopyMatte")
    values = (
        ("file", nuke_pattern(pattern)),
        ("first", first),
        ("last", last),
        ("origfirst", first),
        ("origlast", last),
        ("raw", True),
        ("before", "black"),
        ("after", "black"),
        ("on_error", "black"),
        ("frame_mode", "start at"),
        ("frame", str(first + offset)),
    )
    for knob, value in values:
        read[knob].setValue(value)
    reload: Any = read["reload"]
    reload.execute()  # Nuke shows what it has of a file until it is told that the file is another one
    copy["disable"].setValue(False)


def clear(node: nuke.Node) -> None:
    """Let the plate through.

    Raises:
        HostError: the nodes inside are gone.
    """
    _inside(node, "Matte")["file"].setValue("")
    _inside(node, "CopyMatte")["disable"].setValue(True)


def _check_group(node: nuke.Node | None, seed: nuke.Node | None) -> None:
    """Nuke connects nodes of one group alone."""
    if node is not None and seed is not None and node.parent().fullName() != seed.parent().fullName():
        raise HostError(
            f"{seed.fullName()} is in another group than {node.fullName()}, and cannot be its seed. "
            "Name an alpha of the same group, such as an Output's or an Input's."
        )


def _add_knobs(node: nuke.Node) -> None:
    for knob in (
        nuke.Tab_Knob("stfam_tab", "stfam"),
        nuke.String_Knob("stfam_keys", "keys"),
        nuke.Int_Knob("stfam_inner", "inner"),
        nuke.Int_Knob("stfam_outer", "outer"),
        nuke.String_Knob("stfam_range", "range"),
        nuke.Int_Knob("stfam_window", "window"),
        nuke.File_Knob("stfam_output", "mattes"),
    ):
        node.addKnob(knob)
    for name, label, tip in BUTTONS:
        action = name.removeprefix("stfam_")
        script = f"from stfam.plugin.nuke_host import actions; actions.{action}(nuke.thisNode())"
        button = nuke.PyScript_Knob(name, label, script)
        button.setTooltip(tip)
        node.addKnob(button)
    node.addKnob(nuke.Text_Knob("stfam_status", ""))
    memory = nuke.String_Knob(MARK, "shot")
    memory.setFlag(nuke.INVISIBLE)
    node.addKnob(memory)
    for name, value in (("stfam_inner", 10), ("stfam_outer", 10), ("stfam_window", 2)):
        node[name].setValue(value)
    for name, tip in (
        ("stfam_keys", "Frames on which the second input's alpha is right, such as 1001,1040"),
        ("stfam_inner", "Unknown band inside the edge, in pixels"),
        ("stfam_outer", "Unknown band outside the edge, in pixels"),
        ("stfam_range", "Frames of the plate, such as 1001-1100; empty for all"),
        ("stfam_window", "Neighbours on each side"),
        ("stfam_output", "Pattern of the mattes; empty for a new version beside the plate's folder"),
    ):
        node[name].setTooltip(tip)


def _fill(node: nuke.Node) -> None:
    """Plate and seed in; the matte's alpha copied over the plate's."""
    assert isinstance(node, nuke.Group)
    with node:
        plate = nuke.nodes.Input(name="Plate")
        nuke.nodes.Input(name="Seed", number=1)
        matte = nuke.nodes.Read(name="Matte")
        copy = nuke.nodes.Copy(name="CopyMatte", inputs=[plate, matte])
        copy["from0"].setValue("rgba.alpha")
        copy["to0"].setValue("rgba.alpha")
        copy["disable"].setValue(True)
        nuke.nodes.Output(inputs=[copy])


def _inside(node: nuke.Node, name: str) -> nuke.Node:
    assert isinstance(node, nuke.Group)
    found = node.node(name)
    if found is None:
        raise HostError(f"{node.name()} was taken apart: there is no {name} in it. Make a new stfam node.")
    return found
