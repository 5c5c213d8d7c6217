"""What is asked of a shot, before anything is computed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stfam.core.errors import EmptyRangeError, InputError, MissingFrameError, UsageError
from stfam.core.render_job import prepare_job
from stfam.core.render_request import LONGEST_CLIP, clip_frames
from stfam.core.render_work import job_outputs
from stfam.core.shot import Output, Refinement, Settings


@pytest.mark.parametrize(
    ("present", "clip"),
    [((1001, 1002, 1005), (1001, 1002, 1003, 1004, 1005)), ((-4, 0, 8), (-4, 0, 4, 8)), ((7,), (7,)), ((), ()),
     ((20231127, 20231128), (20231127, 20231128)), ((1, 1 + 10 * LONGEST_CLIP), (1, 1 + 10 * LONGEST_CLIP))],
    ids=["gap", "step", "one", "none", "in millions", "far apart"],
)  # fmt: skip
def test_a_clip_goes_from_the_first_frame_to_the_last(present: tuple[int, ...], clip: tuple[int, ...]) -> None:
    assert clip_frames(present) == clip


def test_a_file_of_another_number_is_no_frame_of_the_clip() -> None:
    with pytest.raises(InputError, match=r"from 1001 to 20231127, and 3 of those .*name\.1001-1100#\.exr"):
        clip_frames((1001, 1002, 20231127))


@pytest.mark.parametrize(
    ("pattern", "own", "asked", "requested"),
    [("plate.####.exr", None, None, (1001, 1002, 1003, 1004)), ("plate.1002-1003#.exr", None, None, (1002, 1003)),
     ("plate.1002-1003#.exr", "1003", None, (1003,)), ("plate.1002-1003#.exr", "1003", (1002,), (1002,)),
     ("plate.####.exr", "1002-1003", None, (1002, 1003)), ("plate.####.exr", "1003", "1004", (1004,))],
    ids=["all", "named", "named and the shot's", "named and asked", "the shot's", "asked"],
)  # fmt: skip
def test_what_is_asked_goes_before_the_shots_range_and_that_before_the_plates_name(
    make_shot_folder, pattern, own, asked, requested
):
    folder = make_shot_folder(4)
    shot = replace(folder.shot(1002, 1003), plate=str(folder.folder / pattern), frames=own)
    assert prepare_job(shot, asked, "render", False).requested == requested


def test_a_part_of_the_shots_range_that_the_plate_lacks_is_missing(make_shot_folder):
    """A task of a queue or farm may have such frames alone: the others of its shot are rendered all the same."""
    shot = replace(make_shot_folder(2).shot(1002), frames="1001-1003")
    assert prepare_job(shot, "1003", "render", True).requested == (1003,)
    with pytest.raises(MissingFrameError, match="has no frame 1003"):
        prepare_job(shot, "1003", "render", False)
    for frames in ("1004", "1003-1004"):
        with pytest.raises(EmptyRangeError, match=f"'{frames}' names no frame"):
            prepare_job(shot, frames, "render", True)


def test_trimaps_alone_have_no_window(make_shot_folder):
    folder = make_shot_folder(2)
    shot = replace(folder.shot(), settings=Settings(window=9))
    assert prepare_job(shot, None, "propagate", False).requested == (1001, 1002)
    with pytest.raises(UsageError, match="a window of 9 is too large"):
        prepare_job(shot, None, "render", False)


@pytest.mark.parametrize(
    "changed",
    [{"refinement": Refinement(black=0.5, white=0.4)}, {"refinement": Refinement(despill=2)},
     {"output": Output("m.####.exr", compression="lzw")}, {"output": Output("m.####.jpg")}],
    ids=["clip", "despill", "compression", "format"],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_before_anything_is_computed(make_shot_folder, changed):
    job = prepare_job(replace(make_shot_folder(1).shot(), **changed), None, "render", False)
    with pytest.raises(UsageError):
        job_outputs(job)
