"""Which keys and which mattes the shot of a node has, whatever other nodes, scripts and machines have."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest


@pytest.fixture
def opened(monkeypatch):
    """A function that opens a node's shot without a worker."""
    from stfam.core.frame_range import FrameRange
    from stfam.plugin.host import session
    from stfam.plugin.nuke_host import actions
    from stfam.plugin.nuke_host.host import NukeHost
    from stfam.plugin.nuke_host.order import order_of

    def open_shot(shot, **options):
        made = SimpleNamespace(shot=shot, keys=shot.keys, alive=True, close=lambda: None)
        made.plate, made.added = SimpleNamespace(frames=FrameRange.parse("1001-1004")), []
        made.add_key = lambda frame, path, **widths: made.added.append(frame)
        return made

    monkeypatch.setattr(session, "open_shot", open_shot)

    def open_node(node, relink=False):
        return actions.open_session(NukeHost(node), replace(order_of(node), relink=relink)).shot

    return open_node


def test_mattes_of_another_node_are_not_written_over(nuke, node, opened, tmp_path):
    from stfam.plugin.host.interface import HostError
    from stfam.plugin.nuke_host import node as stfam_node

    opened(node)
    copied = stfam_node.create(node.input(0))
    for knob in ("stfam_range", "stfam_output", stfam_node.MARK):
        copied[knob].setValue(node[knob].value())
    with pytest.raises(HostError, match="stfam1 writes its mattes to .*m.v001.####.exr too. Name others in the mattes"):
        opened(copied)
    copied["stfam_output"].setValue(f"{tmp_path}/n/../m/m.v001.%04d.exr")
    with pytest.raises(HostError, match="stfam1 writes its mattes to"):
        opened(copied)
    copied["stfam_range"].setValue("1003-1004")
    assert opened(copied).shot.frames == "1003-1004"
    node["stfam_output"].setValue(f"{tmp_path}/m.mov")
    copied["stfam_output"].setValue(f"{tmp_path}/m.mov")
    opened(node)
    with pytest.raises(HostError, match="stfam1 writes its mattes to .*m.mov too"):
        opened(copied)
    node.setInput(0, None)
    opened(copied)


def test_a_worker_of_mattes_that_are_another_node_s_ends(nuke, node):
    from stfam.core.shot import Output, Shot
    from stfam.plugin.host.interface import HostError
    from stfam.plugin.nuke_host import actions
    from stfam.plugin.nuke_host import node as stfam_node
    from stfam.plugin.nuke_host.host import NukeHost

    NukeHost(node).remember(Shot(NukeHost(node).plate().spec, Output(node["stfam_output"].value())))
    copied = stfam_node.create(node.input(0))
    copied["stfam_output"].setValue(node["stfam_output"].value())
    ended = []
    with pytest.MonkeyPatch.context() as patch:
        close = actions.HostSession.close
        patch.setattr(actions.HostSession, "close", lambda self: (close(self), ended.append(self.opened)))
        with pytest.raises(HostError, match="Name others in the mattes"):
            actions.execute(copied, "matte", then_place=True)
    assert ended and not any(ended)


def test_a_bake_that_is_taken_over_leaves_the_other_one_s_mattes(nuke, node, opened, tmp_path):
    from stfam.core.shot import Keyframe
    from stfam.plugin.nuke_host.host import NukeHost

    node.setInput(0, nuke.nodes.TimeOffset(inputs=[node.input(0)]))
    for knob in ("stfam_output", "stfam_keys"):
        node[knob].setValue("")
    (tmp_path / "k.png").touch()
    nuke.scriptSaveAs(str(tmp_path / "sh010.nk"))
    first = opened(node).shot
    NukeHost(node).remember(replace(first, keys=(Keyframe(1001, str(tmp_path / "k.png")),)))
    nuke.scriptSaveAs(str(tmp_path / "sh020.nk"))
    second = opened(node, relink=True).shot
    assert first.plate != second.plate and [key.frame for key in second.keys] == [1001]
    for shot in (first, second):
        folder = Path(shot.plate).parent.parent
        assert shot.output.matte == f"{folder.as_posix()}/plate_matte/v001/plate_matte.v001.####.exr"
    node["stfam_output"].setValue(f"{tmp_path}/m.####.exr")
    opened(node)
    nuke.scriptSaveAs(str(tmp_path / "sh030.nk"))
    node["stfam_output"].setValue("")
    assert opened(node, relink=True).shot.output.matte == f"{tmp_path}/m.####.exr"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("m.%V.####.exr", r"a file for each view \(%V\), and mattes are those of one"),
        ("sh_%04d/m.%04d.exr", r"a folder for each frame \(%04d\), and mattes lie in one"),
    ],
    ids=["view", "frame"],
)
def test_what_nuke_would_look_for_elsewhere_is_refused(nuke, node, tmp_path, name, said):
    from stfam.core.errors import UsageError
    from stfam.plugin.nuke_host import actions

    node["stfam_output"].setValue(f"{tmp_path}/{name}")
    with pytest.raises(UsageError, match=said):
        actions.execute(node, "matte", then_place=True)


def test_a_version_can_be_raised_whatever_the_other_knobs_say(nuke, node, tmp_path):
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "m.v001.1001.exr").touch()
    node["stfam_range"].setValue("ten")
    node["stfam_version_up"].execute()
    assert node["stfam_output"].value() == f"{tmp_path}/m/m.v002.####.exr"


def test_keys_are_those_of_the_knob_and_of_the_panel(nuke, node, opened, tmp_path):
    from stfam.core.shot import Keyframe, Output, Shot
    from stfam.plugin.host.shot_memory import PanelNote
    from stfam.plugin.nuke_host.host import NukeHost

    host = NukeHost(node)
    plate, keys = host.plate().spec, tuple(Keyframe(frame, str(tmp_path / "k.png")) for frame in (1001, 1002, 1004))
    (tmp_path / "k.png").touch()

    def opened_with(text, painted=()):
        node["stfam_keys"].setValue(text)
        host.remember(Shot(plate, Output(f"{tmp_path}/m.####.exr"), keys))
        host.keep_panel_note(plate, PanelNote("", "", painted))
        shot = opened(node)
        return [key.frame for key in shot.keys], shot.added

    assert opened_with("1001,1003") == ([1001], [1001, 1003])
    assert opened_with("1001,1003", painted=(1001, 1004)) == ([1001, 1004], [1003])
    assert opened_with("") == ([1001, 1002, 1004], [])
    node.setInput(1, None)
    assert opened_with("1001") == ([1001, 1002, 1004], [])


def test_keys_whose_trimaps_are_gone_are_made_again(nuke, node, opened, tmp_path):
    from stfam.core.shot import Keyframe, Output, Shot
    from stfam.plugin.host.interface import HostError
    from stfam.plugin.host.shot_memory import PanelNote
    from stfam.plugin.nuke_host.host import NukeHost

    host = NukeHost(node)
    keys = tuple(Keyframe(frame, f"{tmp_path}/gone/{frame}.png") for frame in (1001, 1004))
    shot = Shot(host.plate().spec, Output(f"{tmp_path}/m.####.exr"), keys)
    host.remember(shot)
    node["stfam_keys"].setValue("")
    with pytest.raises(HostError, match="trimaps of keyframes 1001, 1004 are not there any more, such as .*1001.png"):
        opened(node)
    node["stfam_keys"].setValue("1001,1003")
    renewed = opened(node)
    assert renewed.keys == () and renewed.added == [1001, 1003]
    host.remember(shot)
    host.keep_panel_note(shot.plate, PanelNote("", "", painted=(1004,)))
    with pytest.raises(HostError, match="keyframes 1004 are not there"):
        opened(node)
