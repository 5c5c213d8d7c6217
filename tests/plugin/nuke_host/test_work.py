"""A button's work on a thread, in a Nuke with a window."""

from __future__ import annotations

import time


def until(nuke, done):
    """Let the main thread do what the node's thread asks for, until it is done."""
    started = time.monotonic()
    while not done():
        assert time.monotonic() < started + 120
        nuke._pump()
        time.sleep(0.02)


def test_in_a_window_nuke_goes_on(nuke, node):
    nuke.GUI = True
    node["stfam_run"].execute()
    assert node.node("Matte")["file"].value() == "" and node["stfam_status"].value() == ""
    node["stfam_run"].execute()
    node["stfam_clear"].execute()
    assert nuke._messages == 2 * ["stfam1 is at work already. Cancel it at its progress bar first."]
    until(nuke, lambda: "reads the mattes" in str(node["stfam_status"].value()))
    assert len(nuke._messages) == 2


def test_what_is_missing_is_a_message_and_no_traceback(nuke, node):
    nuke.GUI = True
    node.setInput(0, None)
    node["stfam_run"].execute()
    until(nuke, lambda: nuke._messages)
    assert nuke._messages == [node["stfam_status"].value()] and "Connect the plate" in nuke._messages[0]


def test_a_range_that_is_none_is_said_at_once(nuke, node):
    nuke.GUI = True
    node["stfam_range"].setValue("ten")
    node["stfam_run"].execute()
    assert nuke._messages == [node["stfam_status"].value()] and "ten" in nuke._messages[0]


def test_a_node_that_is_deleted_meanwhile_is_told_of(nuke, node):
    nuke.GUI = True
    node["stfam_run"].execute()
    nuke.delete(node)
    until(nuke, lambda: nuke._messages)
    assert "The node stfam1 is gone" in nuke._messages[0]


def test_a_node_of_another_script_is_not_taken_for_this_one(nuke, node, script):
    from stfam.plugin.nuke_host import node as stfam_node

    nuke.GUI = True
    node["stfam_run"].execute()
    nuke.scriptClose()
    read = nuke.nodes.Read(file=script[1]["file"].value(), first=1001, last=1004)
    other = stfam_node.create(read)
    until(nuke, lambda: nuke._messages or other["stfam_status"].value())
    assert other.name() == "stfam1" and other[stfam_node.MARK].value() == other["stfam_status"].value() == ""
    assert nuke._messages == ["The node stfam1 is gone. Run it under its new name, or make one under Keyer."]
    assert not nuke._on_script_close


def test_relinking_is_asked(nuke, node):
    from stfam.core.shot import Keyframe, Output, Shot
    from stfam.plugin.nuke_host.host import NukeHost

    NukeHost(node).remember(Shot("/gone/p.####.exr", Output("m.####.exr"), (Keyframe(1002, "/gone/k.png"),)))
    nuke.GUI, nuke._answer = True, False
    node["stfam_run"].execute()
    until(nuke, lambda: node["stfam_status"].value())
    assert nuke._messages == [f"{node['stfam_status'].value()}\n\nRelink it?"]
    assert "/gone/p.####.exr, which is not there any more" in nuke._messages[0]
    nuke._answer = True
    node["stfam_keys"].setValue("")
    node["stfam_run"].execute()
    until(nuke, lambda: len(nuke._messages) > 2)
    assert "Relink it?" in nuke._messages[1] and "k.png" in nuke._messages[2]
