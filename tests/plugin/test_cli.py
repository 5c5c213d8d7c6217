from __future__ import annotations

import io
import json
import os
import subprocess
import sys

import numpy as np
import OpenImageIO as oiio
import pytest

from stfam.core.shot import Keyframe, Output, Shot
from stfam.plugin.cli import COMMANDS, help_text, main


def test_help_answers_at_once_and_imports_nothing_heavy():
    code = (
        "import sys; from stfam.plugin.cli import main; status = main(['--help']); "
        "heavy = {'torch', 'numpy', 'cv2', 'OpenImageIO', 'PySide6', 'av'} & set(sys.modules); "
        "sys.exit(status or len(heavy))"
    )
    best = 9.0
    for _ in range(3):
        before = os.times()
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        after = os.times()  # the process's own time: others take none of it
        best = min(best, after.children_user + after.children_system - before.children_user - before.children_system)
        assert done.returncode == 0, done.stderr
    assert all(name in done.stdout for name in COMMANDS)
    assert best < 0.3


def test_a_console_that_lacks_a_letter_has_it_in_escapes(monkeypatch):
    printed = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(printed, "ascii"))
    assert main(["--help"]) == 0
    sys.stdout.flush()
    assert b"usage: stfam COMMAND \\u2026\n" in printed.getvalue()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere Python takes names for UTF-8")
def test_names_are_utf8_whatever_the_locale_is():
    environment = {**os.environ, "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    command = [sys.executable, "-m", "stfam.plugin.cli", "nöpe"]
    done = subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", check=False)
    assert (done.returncode, done.stderr) == (2, "ERROR: There is no command 'nöpe'. See stfam --help.\n")


@pytest.mark.parametrize("command", ["render", "propagate", "matte", "trimap", "info"])
def test_a_commands_help_does_not_import_torch(command):
    code = (
        f"import sys; from stfam.plugin.cli import main\ntry: main([{command!r}, '--help'])\n"
        "except SystemExit as end: sys.exit(end.code or 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "usage: stfam" in done.stdout


def test_the_worker_has_help_and_no_options(capsys):
    assert main(["worker", "--help"]) == 0
    assert capsys.readouterr().out.startswith("usage: stfam worker")
    assert main(["worker", "--fast"]) == 2
    assert "takes no arguments" in capsys.readouterr().err


def test_no_command_and_unknown_commands_are_usage_errors(capsys):
    assert main([]) == 2
    assert main(["rendre"]) == 2
    assert "ERROR: There is no command 'rendre'. Did you mean render? See stfam --help." in capsys.readouterr().err
    assert main(["xyz"]) == 2
    assert "ERROR: There is no command 'xyz'. See stfam --help." in capsys.readouterr().err


def test_the_table_names_functions_that_exist():
    for name in ("render", "propagate", "matte", "trimap", "info"):
        assert callable(COMMANDS[name].load())
        assert name in help_text()


@pytest.fixture
def folder(make_shot_folder):
    return make_shot_folder(4)


def run(capsys, *arguments: str) -> tuple[int, str, str]:
    try:
        status = main(list(arguments))
    except SystemExit as end:
        status = int(end.code or 0)
    output = capsys.readouterr()
    return status, output.out, output.err


def rendering(folder, *more: str) -> list[str]:
    return ["render", folder.plate, "--key", folder.key(1001), "--out", folder.out, "--device", "cpu", *more]


def test_render_prints_what_wranglers_parse(folder, capsys):
    status, out, err = run(capsys, *rendering(folder))
    lines = [line for line in out.splitlines() if line.startswith("Frame ")]
    assert status == 0 and not err and len(lines) == 4
    for index, (frame, line) in enumerate(zip(folder.frames, lines), 1):
        start, _, path = line.partition(" -> ")
        assert start.startswith(f"Frame {frame} ({index}/4) ") and start.endswith("s")
        assert path == str(folder.matte_file(frame))


def test_json_events_are_one_object_a_line(folder, capsys):
    status, out, _ = run(capsys, *rendering(folder, "--json", "--frames", "1001-1002"))
    events = [json.loads(line) for line in out.splitlines()]
    assert status == 0
    assert [e["event"] for e in events if e["event"] != "notice"] == ["started", "frame", "frame", "finished"]
    frame = next(e for e in events if e["event"] == "frame")
    assert (frame["frame"], frame["index"], frame["total"]) == (1001, 1, 2)


def test_a_shot_file_is_rendered_and_options_change_it(folder, capsys):
    shot = Shot(folder.plate, Output(folder.out), (Keyframe(1001, str(folder.trimap_file(1001))),))
    path = folder.folder / "shot.stfam"
    shot.save(path)
    assert run(capsys, "render", str(path), "--frames", "1001")[0] == 0
    assert folder.matte_file(1001).is_file()
    other = folder.folder / "other" / "m.####.exr"
    assert run(capsys, "render", str(path), "--frames", "1002", "--out", str(other), "--compression", "dwaa")[0] == 0
    spec = oiio.ImageInput.open(str(other.with_name("m.1002.exr"))).spec()
    assert str(spec.getattribute("compression")).startswith("dwaa")


def test_propagate_and_matte(folder, capsys):
    trimaps = str(folder.folder / "t" / "t.####.png")
    assert run(capsys, "propagate", folder.plate, "--key", folder.key(1002), "--out", trimaps)[0] == 0
    values = oiio.ImageBuf(trimaps.replace("####", "1003")).get_pixels(oiio.UINT8)
    assert set(np.unique(values)) <= {0, 128, 255} and values.shape == (64, 96, 1)
    assert run(capsys, "matte", folder.plate, "--keys", folder.trimaps, "--out", folder.out)[0] == 0
    assert all(folder.matte_file(frame).is_file() for frame in folder.frames)


def test_propagate_takes_trimaps_for_out(folder, capsys):
    arguments = ["propagate", folder.plate, "--key", folder.key(1001)]
    status, _, _ = run(capsys, *arguments, "--trimaps", f"{folder.folder}/t.####.png", "--frames", "1001-1002")
    assert status == 0 and sorted(p.name for p in folder.folder.glob("t.*.png")) == ["t.1001.png", "t.1002.png"]
    status, _, err = run(capsys, *arguments, "--trimaps", f"{folder.folder}/t.####.png", "--out", "o.####.png")
    assert status == 2 and "Give one." in err


def test_propagate_refuses_what_is_of_mattes(folder, capsys):
    arguments = ["propagate", folder.plate, "--key", folder.key(1001), "--out", f"{folder.folder}/t.####.png"]
    status, _, err = run(capsys, *arguments, "--foreground", f"{folder.folder}/f.####.exr", "--shrink", "0")
    assert status == 2 and "Leave --foreground, --shrink out" in err
    text = run(capsys, "propagate", "--help")[1]
    assert not any(word in text for word in ("--foreground", "--premultiplied", "--black", "refine"))
    assert not list(folder.folder.glob("t.*"))


def test_matte_takes_the_trimaps_that_propagate_wrote(folder, capsys):
    trimaps = str(folder.folder / "t" / "t.####.png")
    keys = ["--key", folder.key(1002)]
    assert run(capsys, "propagate", folder.plate, *keys, "--out", trimaps)[0] == 0
    assert run(capsys, "matte", folder.plate, *keys, "--trimaps", trimaps, "--out", folder.out)[0] == 0
    assert all(folder.matte_file(frame).is_file() for frame in folder.frames)
    assert "trimaps that propagate wrote" in " ".join(run(capsys, "matte", "--help")[1].split())


@pytest.mark.parametrize("option", ["--out", "-h"])
def test_a_missing_value_before_an_option_is_said_as_ever(folder, capsys, option):
    status, _, err = run(capsys, "render", folder.plate, "--key", option, folder.out)
    assert status == 2 and err.endswith("ERROR: argument --key: expected one argument\n")


def test_info_tells_of_weights_and_devices(capsys):
    status, out, _ = run(capsys, "info", "--json")
    facts = json.loads(out)
    assert status == 0 and facts["devices"][0]["name"] == "cpu"
    assert {"lite-matting.safetensors", "lite-propagation.safetensors"} <= {w["file"] for w in facts["weights"]}
    assert all(w["state"] == "ok" for w in facts["weights"])
    status, out, _ = run(capsys, "info", "--weights")
    assert status == 0 and "lite-matting.safetensors (ok" in out
    assert "Known failures" in out and "ratio to closed-form" in out


def painted(folder, change) -> str:
    """A key trimap for frame 1001 made wrong."""
    trimap = oiio.ImageBuf(str(folder.trimap_file(1001))).get_pixels(oiio.UINT8)[..., 0].copy()
    path = folder.folder / "wrong.png"
    assert oiio.ImageBuf(np.ascontiguousarray(change(trimap)[..., None])).write(str(path))
    return f"1001={path}"


def ninety(trimap):
    trimap[3, 5] = 90
    return trimap


WRONG_TRIMAPS = {
    "another size": (lambda t: t[:-4], "96x60, but the plate is 96x64"),
    "another value": (ninety, "value 90 at pixel (5, 3)"),
    "no unknown": (lambda t: np.where(t == 128, 0, t), "no unknown pixels"),
    "no foreground": (lambda t: np.where(t == 255, 128, t), "no foreground pixels"),
    "all unknown": (lambda t: np.full_like(t, 128), "unknown everywhere"),
}


@pytest.mark.parametrize("name", WRONG_TRIMAPS)
def test_a_wrong_trimap_is_explained(folder, capsys, name):
    change, sentence = WRONG_TRIMAPS[name]
    status, _, err = run(capsys, "render", folder.plate, "--key", painted(folder, change), "--out", folder.out)
    assert status == 3 and err.startswith("ERROR: ") and sentence in err
    assert not list(folder.folder.glob("out/*"))


BAD_USE = {
    "no key": (["--out", "OUT"], 2, "give a frame its trimap, --key"),
    "key outside the plate": (["--key", "999=TRIMAP", "--out", "OUT"], 2, "Keyframe 999 is no frame"),
    "key without a file": (["--key", "1001=nowhere.png", "--out", "OUT"], 3, "nowhere.png"),
    "key badly written": (["--key", "TRIMAP", "--out", "OUT"], 2, "FRAME=TRIMAP"),
    "key with two minus signs": (["--key=--5=x", "--out", "OUT"], 2, "FRAME=TRIMAP"),
    "key in other digits": (["--key", "²=x", "--out", "OUT"], 2, "FRAME=TRIMAP"),
    "key without end": (["--key", "9" * 5000 + "=x", "--out", "OUT"], 2, "FRAME=TRIMAP"),
    "negative key": (["--key", "-1=k.png", "--out", "OUT"], 2, "an equals sign: --key=-1=k.png"),
    "a name after a minus": (["--key", "KEY", "--out", "-m.####.exr"], 2, "an equals sign: --out=-m.####.exr"),
    "negative range": (["--key", "KEY", "--out", "OUT", "--frames", "-2-0"], 2, "an equals sign: --frames=-2-0"),
    "key with a name too long": (
        ["--key", f"1001={'k' * 300}", "--out", "OUT"],
        3,
        "kkk cannot be used: File name too",
    ),
    "two keys for a frame": (["--key", "KEY", "--key", "1001=b.png", "--out", "OUT"], 2, "Frame 1001 is given twice"),
    "empty range": (["--key", "KEY", "--out", "OUT", "--frames", "2001-2010"], 2, "names no frame of"),
    "backward range": (["--key", "KEY", "--out", "OUT", "--frames", "1004-1001"], 2, "holds no frame"),
    "range with frames that are not there": (["--key", "KEY", "--out", "OUT", "--frames", "1001-1009"], 3, "1005-1009"),
    "no output": (["--key", "KEY"], 2, "--out"),
    "negative frames that are not there": (["--key", "KEY", "--out", "OUT", "--frames=-2--1,1001"], 3, "-2 to -1."),
    "output without a frame number": (["--key", "KEY", "--out", "matte.exr"], 2, "frame number"),
    "output of an unknown format": (["--key", "KEY", "--out", "OUT.jpg"], 2, ".jpg"),
    "unknown compression": (["--key", "KEY", "--out", "OUT", "--compression", "zap"], 2, "zap"),
    "unwritable folder": (["--key", "KEY", "--out", "TRIMAP/m.####.exr"], 2, "cannot be written to"),
    "unknown weights": (["--key", "KEY", "--out", "OUT", "--weights", "huge"], 5, "huge"),
    "weights that are none": (["--key", "KEY", "--out", "OUT", "--weights", "PLATE.safetensors"], 5, "safetensors"),
    "window too large": (["--key", "KEY", "--out", "OUT", "--window", "9"], 2, "a window of 9"),
    "negative window": (["--key", "KEY", "--out", "OUT", "--window", "-1"], 2, "window"),
    "proxy of nothing": (["--key", "KEY", "--out", "OUT", "--proxy", "0"], 2, "proxy"),
    "tile of nothing": (["--key", "KEY", "--out", "OUT", "--tile", "3"], 2, "tile"),
    "tile in other digits": (["--key", "KEY", "--out", "OUT", "--tile", "²²"], 2, "tile is auto, off or"),
    "unknown device": (["--key", "KEY", "--out", "OUT", "--device", "abacus"], 2, "abacus"),
    "unknown colour space": (["--key", "KEY", "--out", "OUT", "--colorspace", "mauve"], 2, "mauve"),
    "black above white": (["--key", "KEY", "--out", "OUT", "--black", "0.9", "--white", "0.2"], 2, "black point"),
    "unknown option": (["--key", "KEY", "--out", "OUT", "--frobnicate"], 2, "frobnicate"),
}


@pytest.mark.parametrize("name", BAD_USE)
def test_bad_use_gives_a_sentence_and_the_right_status(folder, capsys, name, monkeypatch):
    monkeypatch.chdir(folder.folder)
    options, expected, sentence = BAD_USE[name]
    weights = folder.folder / "odd.safetensors"
    weights.write_bytes(b"\x08\x00\x00\x00\x00\x00\x00\x00notjson!")
    words = {
        "KEY": folder.key(1001),
        "TRIMAP": str(folder.trimap_file(1001)),
        "OUT.jpg": "out/m.####.jpg",
        "OUT": folder.out,
        "PLATE.safetensors": str(weights),
        "1001=nowhere.png": "1001=nowhere.png",
        "999=TRIMAP": f"999={folder.trimap_file(1001)}",
        "TRIMAP/m.####.exr": f"{folder.trimap_file(1001)}/m.####.exr",
    }
    status, _, err = run(capsys, "render", folder.plate, *(words.get(option, option) for option in options))
    assert status == expected
    assert "ERROR: " in err and sentence in err and "Traceback" not in err
    assert not list(folder.folder.glob("out/*"))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps a folder that somebody is in")
def test_a_current_folder_that_was_deleted_is_said(tmp_path, capsys, monkeypatch):
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    assert main(["queue", "add", "p.####.exr"]) == 2
    assert capsys.readouterr().err == (
        "ERROR: The current folder has been deleted. Change to another one, then run it again.\n"
    )


def test_a_plate_that_is_not_there(tmp_path, capsys, monkeypatch):
    plate = str(tmp_path / "none.####.exr")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    status, out, err = run(capsys, "render", plate, "--key", "1=t.png", "--out", str(tmp_path / "m.####.exr"))
    assert status == 3 and err.startswith("ERROR: There are no frames of")
    assert out == "\r\x1b[2K"  # takes a progress bar off the terminal's line first
    status, _, err = run(capsys, "render", str(tmp_path), "--key", "1=t.png", "--out", str(tmp_path / "m.####.exr"))
    assert status == 3 and f"{tmp_path} is a folder. Name its frames" in err


def test_frames_that_fail_give_status_6_and_the_others_are_there(folder, capsys):
    folder.plate_file(1003).write_bytes(b"")
    status, out, err = run(capsys, *rendering(folder, "--continue-on-error"))
    assert status == 6
    assert "ERROR: Frame 1003: " in err and "ERROR: 1 of 4 frames failed." in err
    assert sorted(p.name for p in (folder.folder / "out").iterdir()) == [f"matte.{f}.exr" for f in (1001, 1002, 1004)]
