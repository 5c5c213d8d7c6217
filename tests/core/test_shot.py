"""The shot and its file."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from stfam.core.errors import InputError, UsageError
from stfam.core.shot import Keyframe, Output, Refinement, Settings, Shot


@pytest.fixture
def shot(tmp_path: Path) -> Shot:
    return Shot(
        plate=str(tmp_path / "plätes" / "a.####.exr"),
        output=Output(str(tmp_path / "out" / "m.####.exr"), foreground=str(tmp_path / "out" / "f.####.exr")),
        keys=(Keyframe(1001, str(tmp_path / "k.png")), Keyframe(1012, "/elsewhere/k.png")),
        frames="1001-1012",
        settings=Settings(window=1, proxy=0.5, tile="256", colorspace="ACEScg"),
        refinement=Refinement(black=0.1, shrink=-1.0),
    )


def test_round_trip_through_json(shot: Shot) -> None:
    assert Shot.from_json(shot.to_json()) == shot


def test_round_trip_through_a_file_with_relative_paths(shot: Shot, tmp_path: Path) -> None:
    path = tmp_path / "shöt.stfam"
    shot.save(path)
    written = json.loads(path.read_text("utf-8"))
    assert written["stfam"] == 1
    assert written["plate"] == "plätes/a.####.exr"
    assert written["keys"][1]["trimap"] == "/elsewhere/k.png"
    assert Shot.load(path) == shot
    assert [p.name for p in tmp_path.iterdir()] == ["shöt.stfam"]


@pytest.mark.parametrize("plate", [r"P:\show\a.####.exr", r"\\server\show\a.####.exr", "/show/a.####.exr"])
def test_a_shot_of_another_platform_keeps_its_absolute_paths(shot: Shot, tmp_path: Path, plate: str) -> None:
    path = tmp_path / "shot.stfam"
    replace(shot, plate=plate).save(path)
    assert Shot.load(path).plate == plate


def test_a_moved_shot_takes_its_relative_paths_along(shot: Shot, tmp_path: Path) -> None:
    shot.save(tmp_path / "s.stfam")
    moved = tmp_path / "moved"
    moved.mkdir()
    (moved / "s.stfam").write_text((tmp_path / "s.stfam").read_text("utf-8"), "utf-8-sig")  # as an editor on Windows
    assert Shot.load(moved / "s.stfam").plate == str(moved / "plätes" / "a.####.exr")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"colour": 1}, "shot has no field 'colour'"),
        ({"settings": {"windows": 3}}, "shot.settings has no field 'windows'"),
        ({"settings": {"window": "two"}}, "shot.settings.window takes int, not str 'two'"),
        ({"settings": {"proxy": 10**400}}, "shot.settings.proxy takes float, not int 1000"),
        ({"refinement": {"blur": float("inf")}}, "shot.refinement.blur takes a finite number, not inf"),
        ({"keys": [{"frame": 1}]}, r"shot.keys\[0\] lacks a field: 'trimap'"),
        ({"keys": 3}, "shot.keys takes a list"),
        ({"stfam": 2}, "version 1"),
        ({"output": None}, "shot.output takes a JSON object"),
    ],
    ids=["field", "nested field", "type", "huge", "infinite", "missing", "list", "version", "null"],
)
def test_a_strange_file_is_refused_with_a_reason(shot: Shot, change: dict[str, object], words: str) -> None:
    data = {**json.loads(shot.to_json()), **change}
    with pytest.raises(InputError, match=words):
        Shot.from_json(json.dumps(data))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"stfam": 1, "plate": "a", "plate": "b"}', "names 'plate' twice"),
        ("[" * 100_000, "nested too deep"),
        ("[1]", "must be an object"),
    ],
    ids=["twice", "deep", "list"],
)
def test_json_is_read_strictly(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        Shot.from_json(text)


def test_weights_beside_the_shot_are_found_from_anywhere(shot: Shot, tmp_path: Path) -> None:
    settings = replace(shot.settings, weights="./mine.safetensors", propagation_weights="lite")
    (tmp_path / "s.stfam").write_text(replace(shot, settings=settings).to_json(), "utf-8")
    loaded = Shot.load(tmp_path / "s.stfam").settings
    assert loaded.weights == str(tmp_path / "mine.safetensors") and loaded.propagation_weights == "lite"


def test_unreadable_files(tmp_path: Path) -> None:
    (tmp_path / "text.stfam").write_text("not json")
    for name, words in (("text.stfam", "not readable as JSON"), ("missing.stfam", "cannot be read: No such file")):
        with pytest.raises(InputError, match=f"{name}.*{words}"):
            Shot.load(tmp_path / name)


@pytest.mark.parametrize(
    "settings", [{"window": -1}, {"proxy": 0.0}, {"proxy": 1.5}, {"tile": "8"}, {"tile": "big"}], ids=str
)
def test_settings_out_of_range(settings: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        Shot(plate="a", output=Output("b"), settings=Settings(**settings))  # type: ignore[arg-type]


@pytest.mark.parametrize("tile", ["²²", "١٢٨", "9" * 5000], ids=["superscript", "arabic", "endless"])
def test_a_tile_is_written_in_plain_digits(shot: Shot, tile: str) -> None:
    data = json.loads(shot.to_json())
    data["settings"]["tile"] = tile
    with pytest.raises(UsageError, match="tile is auto, off or at least 16 pixels"):
        Shot.from_json(json.dumps(data))


def test_a_frame_has_one_trimap(shot: Shot) -> None:
    data = json.loads(shot.to_json())
    data["keys"] = [{"frame": 7, "trimap": name} for name in ("a.png", "b.png")]
    with pytest.raises(UsageError, match=r"Frame 7 is given twice as a key: a\.png and b\.png"):
        Shot.from_json(json.dumps(data))


def test_a_name_that_is_no_text_is_refused() -> None:
    with pytest.raises(InputError, match=r"lat\\udce9/plate\.####\.exr is no UTF-8 text"):
        Shot("lat\udce9/plate.####.exr", Output("m.####.exr"))
    with pytest.raises(InputError, match=r"a\\0b is no UTF-8 text"):
        Shot("plate.####.exr", Output("m.####.exr"), (Keyframe(1, "a\0b"),))
    with pytest.raises(InputError, match=r"\\udce9 is no UTF-8 text"):
        Shot("plate.####.exr", Output("m.####.exr"), settings=Settings(colorspace="\udce9"))
