"""No input of a job is written over."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from stfam.core.errors import MissingFrameError, OutputError, UsageError
from stfam.core.media.pattern import FramePattern
from stfam.core.media.plate import open_plate
from stfam.core.output_apart import check_apart
from stfam.core.render import render
from stfam.core.render_outputs import FrameFiles
from stfam.core.shot import Keyframe, Output


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.mark.parametrize(
    ("step", "out", "foreground", "said"),
    [
        ("render", "{plate}", None, "is frame 1001 of the plate"),
        ("matte", "sub/../{plate}", None, "of the plate"),
        ("render", "m.####.exr", "m.####.exr", "both matte and foreground"),
        ("render", "m.####.exr", "M.####.exr", "both matte and foreground"),
        ("propagate", "{keys}", None, "is the trimap of keyframe 1002"),
    ],
)
def test_inputs_and_other_outputs_are_not_written_over(make_shot_folder, step, out, foreground, said):
    folder = make_shot_folder(3, size=(32, 48))
    names = {"plate": Path(folder.plate).name, "keys": folder.trimap_file(1002).name.replace("1002", "####")}
    (folder.folder / "sub").mkdir()
    target = str(folder.folder / out.format(**names))
    output = Output(target, foreground=foreground and str(folder.folder / foreground))
    keys = (Keyframe(1002, str(folder.trimap_file(1002))),)
    before = contents(folder.folder)
    with pytest.raises(UsageError, match=said):
        render(replace(folder.shot(), output=output, keys=keys, keys_pattern=None), step=step)
    assert contents(folder.folder) == before


def test_a_disk_that_takes_upper_and_lower_case_for_one_is_seen_through(make_shot_folder):
    folder = make_shot_folder(2, size=(32, 48))
    name = Path(folder.plate).name
    apart = replace(folder.shot(), output=Output(str(folder.folder / name.upper().replace(".EXR", ".exr"))))
    plate = open_plate(folder.plate)
    files = {"matte": FrameFiles(FramePattern.parse(apart.output.matte), str)}
    check_apart(files, plate, plate.frames, {})
    for frame in plate.frames:  # what such a disk says of the other name
        os.link(plate.path(frame), files["matte"].path(frame))
    with pytest.raises(UsageError, match="is frame 1001 of the plate"):
        check_apart(files, plate, plate.frames, {})


def test_a_link_to_the_plate_s_folder_is_seen_through(make_shot_folder, tmp_path):
    folder = make_shot_folder(2, size=(32, 48))
    link = tmp_path / "link"
    link.symlink_to(folder.folder, target_is_directory=True)
    with pytest.raises(UsageError, match="of the plate"):
        render(replace(folder.shot(), output=Output(str(link / Path(folder.plate).name))))


def test_a_link_that_leads_to_itself_is_no_folder(make_shot_folder, tmp_path):
    folder, link = make_shot_folder(1, size=(32, 48)), tmp_path / "loop"
    link.symlink_to(link)
    with pytest.raises(OutputError, match="cannot be written to"):
        render(replace(folder.shot(), output=Output(str(link / "m.####.exr"))))


def test_painted_trimaps_are_safe_when_their_frame_is_not_asked_for(make_shot_folder):
    folder = make_shot_folder(3, size=(32, 48))
    pattern = folder.trimap_file(1002).name.replace("1002", "####")
    shot = replace(
        folder.shot(),
        output=Output(str(folder.folder / pattern)),
        keys=(Keyframe(1001, str(folder.trimap_file(1001))),),
        keys_pattern=None,
    )
    with pytest.raises(UsageError, match="keyframe 1001"):
        render(shot, frames="1002-1003", step="propagate")


def test_frames_that_the_plate_s_spelling_names_are_asked_for(make_shot_folder):
    folder = make_shot_folder(3, size=(32, 48))
    plate = folder.plate.replace("####", "1001-1005#")
    with pytest.raises(MissingFrameError, match="no frame 1004-1005"):
        render(replace(folder.shot(), plate=plate))


def test_a_movie_is_the_plate_and_no_frame_of_it():
    movie = SimpleNamespace(name="clip.mov", path=lambda frame: Path("clip.mov"))
    with pytest.raises(UsageError, match="clip.mov is the plate: the matte would be written over it"):
        check_apart({"matte": movie}, movie, (1, 2), {})  # type: ignore[arg-type,dict-item]
