"""The shot that options describe."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from stfam.core.argument_parser import ArgumentParser
from stfam.core.errors import UsageError
from stfam.core.shot import Keyframe, Output, Refinement, Settings, Shot
from stfam.plugin.cli_options import add_shot_options, parse_key, shot_from_options

PLAIN = Shot("p.####.exr", Output("m.####.exr"))


def given(*arguments: str, step: str = "render") -> Shot:
    parser = ArgumentParser()
    add_shot_options(parser, step=step)
    return shot_from_options(parser.parse_args(arguments), trimaps_only=step == "propagate")


@pytest.mark.parametrize(
    ("arguments", "changed"),
    [("", {}),
     ("--key 7=a.png --key 9=b=c.png", {"keys": (Keyframe(7, "a.png"), Keyframe(9, "b=c.png"))}),
     ("--keys k.####.png", {"keys_pattern": "k.####.png"}),
     ("--foreground f.####.exr --trimaps t.####.png --compression piz --premultiplied",
      {"output": Output("m.####.exr", "f.####.exr", "t.####.png", "piz", True)}),
     ("--window 1 --device cpu --proxy 0.5 --tile 256 --colorspace ACEScg",
      {"settings": Settings(window=1, device="cpu", proxy=0.5, tile="256", colorspace="ACEScg")}),
     ("--weights own", {"settings": Settings(weights="own", propagation_weights="own")}),
     ("--weights own.safetensors", {"settings": Settings(weights="own.safetensors")}),
     ("--weights own --propagation-weights b", {"settings": Settings(weights="own", propagation_weights="b")}),
     ("--propagation-weights b", {"settings": Settings(propagation_weights="b")}),
     ("--black 0.1 --white 0.9 --shrink -2 --blur 3 --despill 0.5", {"refinement": Refinement(0.1, 0.9, -2, 3, 0.5)})],
    ids=["none", "keys", "pattern", "files", "settings", "name", "file", "both", "propagation", "refinement"],
)  # fmt: skip
def test_options_describe_a_shot_or_change_one(tmp_path: Path, arguments: str, changed: dict[str, object]) -> None:
    assert given("p.####.exr", "--out", "m.####.exr", *arguments.split()) == replace(PLAIN, **changed)
    kept = Shot(
        str(tmp_path / "p.####.exr"), Output("/m.####.exr", premultiplied=True), (Keyframe(1, "/k.png"),),
        settings=Settings(window=0, weights="lite-single"), refinement=Refinement(blur=1, despill=1),
    )  # fmt: skip
    kept.save(tmp_path / "a.stfam")
    assert given(str(tmp_path / "a.stfam")) == kept
    again = given(str(tmp_path / "a.stfam"), *arguments.split())
    assert again.keys == (changed.get("keys") or (() if "keys_pattern" in changed else kept.keys))
    assert again.output.premultiplied and again.output.matte == "/m.####.exr"
    assert again.settings.window == (1 if "--window" in arguments else 0)
    assert again.refinement.despill == (0.5 if "--despill" in arguments else 1)


@pytest.mark.parametrize("arguments", ["--out t.####.png", "--trimaps t.####.png", "--out t.##.png --trimaps t.##.png"])
def test_trimaps_alone_go_where_either_option_says(arguments: str) -> None:
    assert given("p.####.exr", *arguments.split(), step="propagate").output.trimaps == arguments.split()[-1]


@pytest.mark.parametrize(
    ("step", "arguments", "said"),
    [("propagate", "--out a.##.png --trimaps b.##.png", "a.##.png and b.##.png. Give one"),
     ("propagate", "", "Say where to write"), ("render", "--trimaps b.##.png", "Say where to write")],
    ids=["two", "none", "trimaps alone"],
)  # fmt: skip
def test_where_to_write_is_said_once(step: str, arguments: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        given("p.####.exr", *arguments.split(), step=step)


@pytest.mark.parametrize("text", ["-5=a.png", " -5 =a.png"])
def test_a_key(text: str) -> None:
    assert parse_key(text) == Keyframe(-5, "a.png")


@pytest.mark.parametrize(
    "text", ["5", "5=", "=a.png", "a=5", "5.0=a.png", "1_0=a.png", "\N{FULLWIDTH DIGIT FIVE}=a.png"]
)
def test_what_is_no_key(text: str) -> None:
    with pytest.raises(UsageError, match="FRAME=TRIMAP"):
        parse_key(text)
