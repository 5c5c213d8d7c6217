"""The rendered foregrounds: what is planned, what the geometry does, and a frame rendered for real."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from stfam.core.errors import InputError
from stfam.core.module_command import run
from stfam.core.srgb import to_display
from stfam.core.training.renders.__main__ import main
from stfam.core.training.renders.characters import CHARACTERS, Character
from stfam.core.training.renders.farm import render_all, render_clip
from stfam.core.training.renders.geometry import Strands
from stfam.core.training.renders.plan import ClipPlan, Quality, plan
from stfam.core.training.renders.scene import write_scene
from stfam.core.training.renders.straight import straight

TINY = Quality(size=64, oversampling=2, samples=4, frames=1)
REPOSITORY = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def bpy_python() -> Path:
    """A Python that holds bpy, or a skip that says how to get one."""
    path = Path(os.environ.get("STFAM_BPY_PYTHON", REPOSITORY / "build" / "venv-bpy" / "bin" / "python"))
    if not path.exists():
        pytest.skip(f"{path} is not there: install bpy==5.0.1 and numpy<2 in an environment and set STFAM_BPY_PYTHON")
    return path


@pytest.fixture
def reeds() -> ClipPlan:
    """A clip of few strands without blur, which renders fast."""
    clip = next(clip for clip in plan("train", len(CHARACTERS), 0, TINY) if clip.character == "reeds")
    return replace(clip, shutter=0.0, fstop=None)


def test_the_plan_depends_on_its_arguments_alone() -> None:
    assert plan("train", 12, 3) == plan("train", 12, 3)
    assert plan("train", 20, 3)[:12] == plan("train", 12, 3)
    assert plan("train", 12, 3) != plan("train", 12, 4)


def test_clips_have_names_of_their_own() -> None:
    names = [clip.name for split in ("train", "val") for clip in plan(split, 60, 0)]
    assert len(set(names)) == len(names)


def test_validation_shows_other_characters() -> None:
    cast = {split: {clip.character for clip in plan(split, 60, 0)} for split in ("train", "val")}
    assert cast["train"] and cast["val"] and not cast["train"] & cast["val"]


def test_about_a_third_is_blurred_by_motion_and_a_quarter_by_the_lens() -> None:
    clips = plan("train", 400, 0)
    assert 0.27 < np.mean([clip.shutter > 0 for clip in clips]) < 0.4
    assert 0.19 < np.mean([clip.fstop is not None for clip in clips]) < 0.31
    assert {clip.kind for clip in clips} == {"fur", "hair", "translucent", "hard", "blur"}


@pytest.mark.parametrize("character", CHARACTERS, ids=[character.name for character in CHARACTERS])
def test_a_character_moves_in_view(character: Character) -> None:
    shapes = character.build(np.random.default_rng(0), 2, 1.0)
    points = np.concatenate([shape.points.reshape(2, -1, 3) for shape in shapes], 1)
    assert np.isfinite(points).all()
    assert np.abs(points[1] - points[0]).max() > 1e-4
    assert (np.abs(points[..., [0, 2]]) < 1.0).all(-1).mean() > 0.3
    assert all(shape.colour.min() >= 0 and shape.colour.max() <= 1 for shape in shapes)


@pytest.mark.parametrize("name", ["fan", "grass", "lace", "tree"])
def test_the_same_random_numbers_make_the_same_shapes(name: str) -> None:
    build = next(entry for entry in CHARACTERS if entry.name == name).build
    shapes, again = (build(np.random.default_rng(5), 2, 1.0) for _ in range(2))
    assert all(np.array_equal(one.points, other.points) for one, other in zip(shapes, again, strict=True))
    assert all(np.array_equal(one.colour, other.colour) for one, other in zip(shapes, again, strict=True))


def test_roots_stay_on_the_body_while_ends_trail(reeds: ClipPlan) -> None:
    blades = next(entry for entry in CHARACTERS if entry.name == "reeds").build(reeds.rng, 6, 1.0)[0]
    assert isinstance(blades, Strands)
    travel = np.abs(np.diff(blades.points, axis=0)).sum((0, 3)).mean(0)
    assert travel[-1] > 2 * travel[0]


def test_a_scene_lists_every_array_it_wrote(reeds: ClipPlan, tmp_path: Path) -> None:
    write_scene(reeds, tmp_path)
    scene = json.loads((tmp_path / "scene.json").read_text(encoding="utf-8"))
    listed = {f"{entry['name']}.{key}.npy" for entry in scene["objects"] for key in entry["arrays"]}
    assert listed == {path.name for path in tmp_path.glob("*.npy")}


def test_straight_colour_is_divided_in_linear_light_and_continues_where_alpha_is_nil() -> None:
    alpha = np.zeros((32, 32, 1), np.float32)
    alpha[:, :8], alpha[:, 8:12] = 1.0, 0.25
    colour = np.array([0.2, 0.5, 0.05], np.float32)
    pixels = straight(np.dstack([alpha * colour, alpha]))
    expected = np.rint(to_display(colour) * 255)
    assert np.abs(pixels[..., :3].astype(int) - expected).max() <= 2
    assert set(np.unique(pixels[..., 3])) == {0, 64, 255}


def test_squares_of_the_film_become_pixels() -> None:
    film = np.zeros((4, 4, 4), np.float32)
    film[:2, :1] = 1.0
    assert straight(film, 2)[..., 3].tolist() == [[128, 0], [0, 0]]


def test_a_python_without_bpy_is_named(reeds: ClipPlan, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho No module named bpy >&2\nexit 1\n")
    python.chmod(0o755)
    with pytest.raises(InputError, match="No module named bpy"):
        render_clip(reeds, tmp_path / "out", python)
    assert not list((tmp_path / "out").rglob("*.npy"))
    options = f"--out {tmp_path / 'out'} --bpy-python {python} --clips 1 --frames 1 --size 32"
    assert run(lambda: main(options.split())) == 3
    assert "ERROR:" in capsys.readouterr().err


def test_a_frame_rendered_for_real_has_thin_soft_strands(reeds: ClipPlan, tmp_path: Path, bpy_python: Path) -> None:
    (path,) = render_all([reeds], tmp_path, bpy_python, 1)
    frames: NDArray[np.uint8] = np.load(path)
    assert frames.shape == (1, 64, 64, 4) and frames.dtype == np.uint8
    alpha = frames[..., 3]
    assert (alpha == 0).mean() > 0.1 and (alpha > 200).any() and ((alpha > 10) & (alpha < 245)).mean() > 0.05
    assert frames[..., :3].std() > 4
    before = path.stat().st_mtime_ns
    assert list(render_all([reeds], tmp_path, tmp_path / "no-python", 1)) == [path]
    assert path.stat().st_mtime_ns == before
    assert json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))["kind"] == reeds.kind
