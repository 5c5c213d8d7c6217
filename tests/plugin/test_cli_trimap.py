"""`stfam trimap`: what it makes, what it refuses, with which status, and that it leaves the masks alone."""

from __future__ import annotations

import json
import os

import numpy as np
import OpenImageIO as oiio
import pytest

from stfam.plugin.cli import main


@pytest.fixture
def masks(tmp_path, monkeypatch):
    mask = np.zeros((24, 32, 1), np.float32)
    mask[6:18, 8:24] = 1
    (tmp_path / "p").mkdir()
    for frame in (1003, 1004):
        assert oiio.ImageBuf(mask).write(str(tmp_path / "p" / f"k.{frame}.png"))
    rgba = np.concatenate([np.zeros((24, 32, 3), np.float32), mask], axis=-1)
    assert oiio.ImageBuf(rgba).write(str(tmp_path / "p" / "a.png"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_trimap_from_a_mask(tmp_path):
    mask = np.zeros((40, 60, 1), np.float32)
    mask[10:30, 20:40] = 1
    assert oiio.ImageBuf(mask).write(str(tmp_path / "mask.exr"))
    out = tmp_path / "trimap.png"
    assert main(["trimap", str(tmp_path / "mask.exr"), "--out", str(out), "--inner", "3", "--outer", "5"]) == 0
    trimap = oiio.ImageBuf(str(out)).get_pixels(oiio.UINT8)[..., 0]
    assert np.flatnonzero(trimap[20] == 128).tolist() == [*range(15, 23), *range(37, 45)]


REFUSED = {
    "a mask in the alpha": (["p/a.png", "--out", "ot/t.png"], 3, ("holds nothing", "With --alpha")),
    "masks that are not there": (["nosuch/m.####.png", "--out", "ot/t.####.png"], 3, ("There are no frames of",)),
    "a mask that is not there": (["nosuch/m.1003.png", "--out", "ot/t.png"], 3, ("nosuch",)),
    "negative inner": (["p/k.1003.png", "--out", "ot/t.png", "--inner", "-3"], 2, ("inner", "got -3")),
    "negative outer": (["p/k.1003.png", "--out", "ot/t.png", "--outer", "-0.5"], 2, ("outer", "got -0.5")),
    "no number": (["p/k.1003.png", "--out", "ot/t.png", "--inner", "nan"], 2, ("inner", "got nan")),
    "endless": (["p/k.1003.png", "--out", "ot/t.png", "--outer", "inf"], 2, ("outer", "got inf")),
    "one mask to a pattern": (["p/k.1003.png", "--out", "ot/t.####.png"], 2, ("p/k.1003.png", "ot/t.####.png")),
    "masks to one file": (["p/k.####.png", "--out", "ot/t.png"], 2, ("no place for the frame number",)),
    "no text": (["caf\udce9.png", "--out", "ot/t.png"], 3, (r"caf\udce9.png is no UTF-8 text",)),
    "to no text": (["p/k.1003.png", "--out", "ot/\udce9.png"], 3, (r"ot/\udce9.png is no UTF-8 text",)),
    "a movie": (["clip.mov", "--out", "ot/t.####.png"], 2, ("clip.mov is a movie",)),
    "its own mask": (["p/k.1003.png", "--out", "p/k.1003.png"], 2, ("replace the mask p/k.1003.png",)),
    "its own mask by another way": (["p/k.1003.png", "--out", "p/../p/k.1003.png"], 2, ("replace the mask",)),
    "its own mask by a link": (["p/k.1003.png", "--out", "linked/k.1003.png"], 2, ("replace the mask",)),
    "a folder that leads to itself": (["p/k.1003.png", "--out", "loop/k.png"], 2, ("loop cannot be written to",)),
    "its own masks": (["p/k.####.png", "--out", "p/k.%04d.png"], 2, ("replace the mask",)),
}


@pytest.mark.parametrize(("arguments", "status", "words"), REFUSED.values(), ids=REFUSED)
def test_what_it_refuses(masks, capsys, arguments, status, words):
    if "linked/k.1003.png" in arguments:
        os.symlink(masks / "p", masks / "linked")
    os.symlink("loop", masks / "loop")
    before = {path: path.read_bytes() for path in masks.glob("p/*")}
    assert main(["trimap", *arguments]) == status
    error = capsys.readouterr().err
    assert error.startswith("ERROR: ") and all(word in error for word in words)
    assert {path: path.read_bytes() for path in masks.glob("p/*")} == before
    assert not list(masks.glob("ot/*.png"))


def test_a_sequence_of_masks(masks, capsys):
    assert main(["trimap", "p/k.####.png", "--out", "ot/t.####.png"]) == 0
    assert capsys.readouterr().out.split() == ["ot/t.1003.png", "ot/t.1004.png"]
    assert sorted(path.name for path in masks.glob("ot/*")) == ["t.1003.png", "t.1004.png"]


@pytest.mark.parametrize(("inner", "lacks"), [("8", "no foreground"), ("0", "no unknown"), ("2", "")])
def test_a_trimap_that_no_keyframe_can_have_is_said(masks, capsys, inner, lacks):
    assert main(["trimap", "p/k.1003.png", "--out", "ot/t.png", "--inner", inner, "--outer", "0"]) == 0
    said = capsys.readouterr().err
    assert said.startswith(f"Note: ot/t.png has {lacks} pixels") if lacks else not said


def test_the_mask_that_is_to_blame_is_named(masks, capsys):
    assert oiio.ImageBuf(np.zeros((24, 32, 1), np.float32)).write("p/k.1005.png")
    assert main(["trimap", "p/k.####.png", "--out", "ot/t.####.png"]) == 3
    assert "p/k.1005.png holds nothing that is certainly inside" in capsys.readouterr().err


def test_what_it_says_in_json(masks, capsys):
    arguments = ["trimap", "p/k.1003.png", "--out", "t.png", "--inner", "8", "--outer", "0", "--json"]
    assert (main(arguments), main([*arguments, "--inner", "-1"])) == (0, 2)
    said, error = capsys.readouterr()
    written, note, refusal = map(json.loads, said.splitlines())
    assert written == {"event": "trimap", "path": "t.png"}
    assert note["event"] == "notice" and note["message"].startswith("t.png has no foreground pixels")
    assert (refusal["event"], refusal["exit_status"]) == ("error", 2) and error.startswith("ERROR: ")
