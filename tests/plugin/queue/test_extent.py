"""Which frames of a shot are planned: those on disk, those wanted, and its keys."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from stfam.core.shot import Keyframe, Output, Shot
from stfam.plugin.queue.errors import JobFileError
from stfam.plugin.queue.extent import shot_extent
from stfam.plugin.queue.plan import Extent


@pytest.fixture
def shot(tmp_path: Path) -> Shot:
    """Frames 1 to 5 without the third, keys at 2, 4 and 5."""
    for frame in (1, 2, 4, 5):
        (tmp_path / f"p.{frame:04d}.exr").touch()
    for frame in (2, 5):
        (tmp_path / f"k.{frame:04d}.png").touch()
    keys = (Keyframe(4, str(tmp_path / "key.png")),)
    matte = Output(str(tmp_path / "m.####.exr"))
    return Shot(f"{tmp_path}/p.####.exr", matte, keys, keys_pattern=f"{tmp_path}/k.####.png", frames="2-3")


@pytest.mark.parametrize(
    ("named", "asked", "plate", "wanted"),
    [
        ("2-3", None, (1, 2, 3, 4, 5), (2, 3)),
        ("2-3", "4-5", (1, 2, 4, 5), (4, 5)),
        (None, "7", (1, 2, 4, 5, 7), (7,)),
        (None, None, (1, 2, 3, 4, 5), (1, 2, 3, 4, 5)),
    ],
    ids=["the shot's", "those asked for", "beyond", "all"],
)
def test_what_is_asked_for_goes_before_what_the_shot_names(
    shot: Shot, named: str | None, asked: str | None, plate: tuple[int, ...], wanted: tuple[int, ...]
) -> None:
    assert shot_extent(replace(shot, frames=named), asked) == Extent(plate, wanted, (2, 4, 5))


def test_a_plate_may_name_its_frames(shot: Shot) -> None:
    some = replace(shot, plate=shot.plate.replace("####", "1-3#"), frames=None, keys_pattern=None)
    assert shot_extent(some) == Extent((1, 2, 3), (1, 2, 3), (4,))


@pytest.mark.parametrize(("frames", "words"), [("1-200001", "is refused"), ("all", "no range")])
def test_a_slip_of_the_keyboard_is_refused_before_it_is_spelt_out(shot: Shot, frames: str, words: str) -> None:
    with pytest.raises(JobFileError, match=words):
        shot_extent(shot, frames)
    assert len(shot_extent(shot, "1-200000").wanted) == 200_000
