"""The typed fake of Nuke in the place of `nuke`."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

FAKES = Path(__file__).with_name("fakes")


@pytest.fixture(autouse=True)
def surroundings(lent_workers, tmp_path, monkeypatch):
    """Nothing is kept in the user's own cache."""
    monkeypatch.setenv("STFAM_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def nuke(monkeypatch: pytest.MonkeyPatch):
    """A new, empty script; host modules are imported anew, so that they see it."""
    monkeypatch.syspath_prepend(str(FAKES))
    monkeypatch.delenv("OCIO", raising=False)
    import nuke as fake

    fake._reset()
    yield fake
    for name in [name for name in sys.modules if name.startswith("stfam.plugin.nuke_host")]:
        del sys.modules[name]


@pytest.fixture
def script(nuke, make_shot_folder):
    """An stfam node on a Read of a plate from 1001 on, and a Roto whose alpha is the subject's at 1001."""
    import numpy as np
    import OpenImageIO as oiio

    from stfam.plugin.nuke_host import node as stfam_node

    folder = make_shot_folder(count=4)

    def roto(node, frame):
        trimap = oiio.ImageBuf(str(folder.trimap_file(min(max(frame, 1001), 1004)))).get_pixels(oiio.FLOAT)
        return np.concatenate([np.zeros((*trimap.shape[:2], 3), np.float32), (trimap > 0.4).astype(np.float32)], 2)

    nuke.script.renderers["Roto"] = roto
    read = nuke.createNode("Read")
    for knob, value in (("file", str(folder.plate).replace("####", "%04d")), ("first", 1001), ("last", 1004)):
        read[knob].setValue(value)
    made = stfam_node.create()
    made.setInput(0, read)
    made.setInput(1, nuke.createNode("Roto"))
    made["stfam_window"].setValue(0)
    made["stfam_inner"].setValue(4)
    made["stfam_outer"].setValue(4)
    return made, read, folder


@pytest.fixture
def node(script, tmp_path):
    """The script's stfam node, told its key, its range and where to write."""
    made = script[0]
    made["stfam_keys"].setValue("1001")
    made["stfam_range"].setValue("1001-1002")
    made["stfam_output"].setValue(f"{tmp_path}/m/m.v001.####.exr")
    return made
