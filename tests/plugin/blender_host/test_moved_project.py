"""A .blend with its plates and mattes, moved to another folder as a whole."""

from __future__ import annotations

import shutil

import pytest

from stfam.plugin.host.interface import PlateMovedError


@pytest.fixture
def project(blender, matted, movie_matte, tmp_path):
    """A folder with a saved .blend, the plate and its mattes."""
    folder = tmp_path / "project"
    shutil.copytree(matted.folder, folder)
    shutil.copy(movie_matte, folder / "matte.mov")
    blender.ops.wm.save_as_mainfile(filepath=str(folder / "comp.blend"))
    return folder


def reopened(blender, project, name="moved"):
    blender.ops.wm.save_mainfile()
    moved = project.rename(project.with_name(name))
    blender.ops.wm.open_mainfile(filepath=str(moved / "comp.blend"))


def test_compositor_and_clip_find_their_mattes(blender, project, matted, opened_result, render):
    clip = blender.data.movieclips.load("//plate.1001.exr")
    clip.name, clip.frame_start = "clip", 1001
    opened_result("CLIP", "clip", matte=str(project / "out" / "matte.####.exr"))()
    reopened(blender, project)
    assert blender.data.movieclips["clip"]["stfam_matte"].filepath == "//out/matte.1001.exr"
    assert matted.difference(render(1003), matted.plate_file(1003), 1003) < 1 / 255


@pytest.mark.parametrize("name", ["out/matte.####.exr", "matte.mov"], ids=["files", "movie"])
def test_a_strip_finds_its_matte(blender, project, opened_result, alpha, name):
    strip = blender.context.scene.sequence_editor_create().strips.new_image("shot", "//plate.1002.exr", 2, 10)
    for frame in (1003, 1004):
        strip.elements.append(f"plate.{frame}.exr")
    opened_result("STRIP", "shot", frames="1002-1004", matte=str(project / name))()
    before = alpha(11)
    reopened(blender, project)
    assert before.min() == 0 and abs(alpha(11) - before).max() == 0


def test_paths_stay_whole_where_the_preferences_say_so(blender, project, sequence, opened_result):
    files = blender.context.preferences.filepaths
    files.use_relative_paths = False
    try:
        opened_result("IMAGE", "plate")()
    finally:
        files.use_relative_paths = True
    assert blender.data.node_groups["stfam plate"].nodes["Matte"].image.filepath.startswith("/")


def test_a_plate_whose_files_are_gone_has_moved(blender, matted, tmp_path):
    shutil.copyfile(matted.plate_file(1001), tmp_path / "gone.1001.exr")
    image = blender.data.images.load(str(tmp_path / "gone.1001.exr"))
    image.source = "SEQUENCE"
    (tmp_path / "gone.1001.exr").unlink()
    from stfam.plugin.blender_host import sources

    with pytest.raises(PlateMovedError, match="relink"):
        sources.plate("IMAGE", image.name, blender.context.scene)
