from __future__ import annotations

import os
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import av
import cv2
import numpy as np
import OpenImageIO as oiio
import pytest
import torch

from stfam.core.errors import InputError, UsageError
from stfam.core.media.plate import SequencePlate, open_plate
from stfam.core.render import render
from stfam.core.shot import Output, Refinement, Shot


def pixels(path: Path) -> np.ndarray:
    image = oiio.ImageInput.open(str(path))
    assert image is not None, oiio.geterror()
    return image.read_image(oiio.FLOAT)


def stamps(folder) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in (folder.folder / "out").iterdir()}


def touched(before: dict[str, int], after: dict[str, int]) -> set[int]:
    return {int(name.split(".")[-2]) for name in after if after[name] != before.get(name)}


def test_twelve_plates_give_twelve_mattes_like_them(make_shot_folder):
    folder = make_shot_folder()
    summary = render(folder.shot())
    assert summary.rendered == tuple(range(1001, 1013)) and not summary.skipped and not summary.failed
    assert sorted(p.name for p in (folder.folder / "out").iterdir()) == [f"matte.{f}.exr" for f in folder.frames]
    for frame in folder.frames:
        plate = oiio.ImageInput.open(str(folder.plate_file(frame))).spec()
        matte = oiio.ImageInput.open(str(folder.matte_file(frame))).spec()
        assert matte.format == oiio.HALF and tuple(matte.channelnames) == ("R", "G", "B", "A")
        for name in ("x", "y", "width", "height", "full_x", "full_y", "full_width", "full_height"):
            assert getattr(matte, name) == getattr(plate, name)
        for name in ("smpte:TimeCode", "PixelAspectRatio", "FramesPerSecond"):
            assert matte.getattribute(name) == plate.getattribute(name)
        values = pixels(folder.matte_file(frame))
        assert (values == values[..., :1]).all()
        assert np.isfinite(values).all() and values.min() >= 0 and values.max() <= 1


def test_a_second_run_writes_nothing_and_a_deleted_matte_comes_back_bit_equal(make_shot_folder):
    folder = make_shot_folder()
    render(folder.shot())
    before, lost = stamps(folder), folder.matte_file(1007)
    again = render(folder.shot())
    assert again.skipped == tuple(folder.frames) and stamps(folder) == before
    content = lost.read_bytes()
    lost.unlink()
    assert render(folder.shot()).rendered == (1007,)
    assert touched(before, stamps(folder)) == {1007}
    assert lost.read_bytes() == content


def test_alpha_is_exact_where_the_key_is_known(make_shot_folder):
    folder = make_shot_folder(3)
    render(folder.shot())
    alpha = pixels(folder.matte_file(1001))[..., 3]
    trimap = pixels(folder.trimap_file(1001))[..., 0]
    assert (alpha[trimap == 0] == 0).all() and (alpha[trimap == 1] == 1).all()


@pytest.mark.parametrize("keys", [(1001,), (1006,), (1001, 1012)], ids=str)
def test_a_part_of_the_range_is_bit_equal_to_the_whole(make_shot_folder, keys):
    folder = make_shot_folder()
    render(folder.shot(*keys))
    part = replace(folder.shot(*keys), output=Output(str(folder.folder / "part" / "matte.####.exr")))
    assert render(part, frames="1004-1006").rendered == (1004, 1005, 1006)
    for frame in (1004, 1005, 1006):
        assert (folder.folder / "part" / f"matte.{frame}.exr").read_bytes() == folder.matte_file(frame).read_bytes()


def test_a_new_keyframe_solves_its_span_again_and_nothing_else(make_shot_folder):
    folder = make_shot_folder(24)
    render(folder.shot(1001, 1009, 1024))
    before = stamps(folder)
    render(folder.shot(1001, 1009, 1016, 1024))
    assert touched(before, stamps(folder)) <= set(range(1010, 1024))
    assert touched(before, stamps(folder)) >= {1013, 1014, 1015, 1016, 1017, 1018, 1019}


def test_a_repainted_keyframe_leaves_other_spans_alone(make_shot_folder):
    folder = make_shot_folder(18)
    render(folder.shot(1001, 1009, 1018))
    before = stamps(folder)
    key = folder.trimap_file(1018)
    values = (pixels(key)[..., 0] * 255).astype(np.uint8)
    values[:3] = 128
    buffer = oiio.ImageBuf(values[..., None])
    assert buffer.write(str(key))
    render(folder.shot(1001, 1009, 1018))
    assert touched(before, stamps(folder)) <= set(range(1010, 1019))
    assert 1018 in touched(before, stamps(folder))


def test_propagate_then_matte_equals_render(make_shot_folder):
    folder = make_shot_folder(8)
    whole = folder.shot(1001, 1008, trimaps=str(folder.folder / "whole" / "trimap.####.png"))
    render(whole)
    output = Output(str(folder.folder / "steps/m.####.exr"), trimaps=str(folder.folder / "t/t.####.png"))
    steps = replace(whole, output=output)
    assert len(render(steps, step="propagate").rendered) == 8
    assert render(steps, step="matte", frames="1001-1004").rendered == (1001, 1002, 1003, 1004)
    assert render(steps, step="matte", frames="1005-1008").rendered == (1005, 1006, 1007, 1008)
    for frame in folder.frames:
        assert (folder.folder / "steps" / f"m.{frame}.exr").read_bytes() == folder.matte_file(frame).read_bytes()
        painted = (folder.folder / "whole" / f"trimap.{frame}.png").read_bytes()
        assert (folder.folder / "t" / f"t.{frame}.png").read_bytes() == painted
    assert not render(steps).rendered
    (folder.folder / "t" / "t.1003.png").unlink()  # the matte of another frame is made with it
    with pytest.raises(InputError, match="Frame 1003 has no trimap, and mattes beside it"):
        render(steps, step="matte", frames="1005", overwrite=True)
    folder.plate_file(1005).touch()  # as a copy of the plate on another machine has other times
    with pytest.raises(InputError, match=r"Frame 1005 has no trimap that holds: .*t\.1005\.png is of other keys"):
        render(steps, step="matte", frames="1005", overwrite=True)


def test_frames_with_a_trimap_each_need_none_beside_them(make_shot_folder):
    folder = make_shot_folder(4)
    shot = folder.shot(1001, 1002, trimaps=str(folder.folder / "t.####.png"))
    assert render(shot, step="matte", frames="1001-1002").rendered == (1001, 1002)


@pytest.mark.parametrize("step", ["render", "propagate"])
def test_a_trimap_that_was_corrected_is_not_written_over(make_shot_folder, step):
    folder = make_shot_folder(2)
    shot, target = folder.shot(trimaps=str(folder.folder / "t.####.png")), folder.folder / "t.1002.png"
    target.write_bytes(b"half a file")
    assert render(shot, step=step).rendered == (1001, 1002)
    assert cv2.imwrite(str(target), cv2.imread(str(target), cv2.IMREAD_UNCHANGED))  # without the hash, as painters do
    corrected = target.read_bytes()
    with pytest.raises(UsageError, match=r"t\.1002\.png was not written here, or was corrected since.*--key 1002="):
        render(shot, step=step)
    assert target.read_bytes() == corrected
    assert render(shot, step=step, overwrite=True).rendered == (1001, 1002)


def test_matte_with_a_trimap_for_every_frame(make_shot_folder):
    folder = make_shot_folder(5)
    shot = replace(folder.shot(), keys=(), keys_pattern=folder.trimaps)
    assert len(render(shot, step="matte").rendered) == 5
    before = stamps(folder)
    folder.trimap_file(1003).unlink()
    with pytest.raises(InputError, match="Frame 1003 has no trimap"):
        render(shot, step="matte", overwrite=True)
    assert stamps(folder) == before


def test_settings_decide_what_still_holds(make_shot_folder):
    folder = make_shot_folder(3)
    shot = folder.shot()
    render(shot)
    assert not render(replace(shot, settings=replace(shot.settings, tile="128", device="auto"))).rendered
    for changed in (
        replace(shot, refinement=Refinement(shrink=1.0)),
        replace(shot, settings=replace(shot.settings, window=1)),
        replace(shot, settings=replace(shot.settings, proxy=0.5)),
        replace(shot, output=replace(shot.output, compression="dwaa")),
    ):
        assert len(render(changed).rendered) == 3
    assert len(render(changed, overwrite=True).rendered) == 3


def test_a_plate_that_changes_after_it_was_read_leaves_no_matte_that_holds(make_shot_folder, monkeypatch):
    folder, read = make_shot_folder(count=3), SequencePlate.read

    def read_once_and_render_again(self, frame):
        found = read(self, frame)
        os.utime(self.path(frame), ns=(1, 1))
        return found

    with monkeypatch.context() as changing:
        changing.setattr(SequencePlate, "read", read_once_and_render_again)
        assert render(folder.shot()).rendered == (1001, 1002, 1003)
    assert render(folder.shot()).rendered == (1001, 1002, 1003)
    assert render(folder.shot()).skipped == (1001, 1002, 1003)


def test_a_damaged_matte_is_made_again(make_shot_folder):
    folder = make_shot_folder(3)
    render(folder.shot())
    path = folder.matte_file(1002)
    path.write_bytes(path.read_bytes()[:-200])
    assert render(folder.shot()).rendered == (1002,)


def test_foregrounds_keep_the_plates_range_and_say_how_they_are_multiplied(make_shot_folder):
    folder = make_shot_folder(2)
    straight = folder.shot(foreground=str(folder.folder / "fg" / "s.####.exr"))
    render(straight)
    spec = oiio.ImageInput.open(str(folder.folder / "fg" / "s.1001.exr")).spec()
    assert spec.getattribute("stfam:alpha") == "straight"
    colours = pixels(folder.folder / "fg" / "s.1001.exr")
    assert colours[..., 0].max() > 1.4
    trimap = pixels(folder.trimap_file(1001))[..., 0]
    plate = pixels(folder.plate_file(1001))
    assert np.array_equal(colours[trimap == 1][:, :3], plate[trimap == 1])
    render(replace(straight, output=replace(straight.output, premultiplied=True)))
    multiplied = pixels(folder.folder / "fg" / "s.1001.exr")
    assert np.allclose(multiplied[..., :3], colours[..., :3] * colours[..., 3:], atol=2e-3)


def test_a_proxy_matte_has_the_plates_size_and_its_known_pixels(make_shot_folder):
    folder = make_shot_folder(2, (90, 130))
    shot = folder.shot()
    render(replace(shot, settings=replace(shot.settings, proxy=0.4)))
    alpha = pixels(folder.matte_file(1001))[..., 3]
    trimap = pixels(folder.trimap_file(1001))[..., 0]
    assert alpha.shape == (90, 130)
    assert (alpha[trimap == 0] == 0).all() and (alpha[trimap == 1] == 1).all()


@pytest.mark.parametrize("count", [1, 2])
def test_short_clips(make_shot_folder, count):
    assert len(render(make_shot_folder(count).shot()).rendered) == count


def test_a_frame_of_one_pixel(tmp_path):
    image = oiio.ImageBuf(np.full((1, 1, 3), 0.5, np.float32))
    assert image.write(str(tmp_path / "p.1.exr"))
    trimap = oiio.ImageBuf(np.full((1, 1, 1), 128, np.uint8))
    assert trimap.write(str(tmp_path / "t.1.png"))
    shot = Shot(str(tmp_path / "p.%d.exr"), Output(str(tmp_path / "m.%d.exr")), keys_pattern=str(tmp_path / "t.%d.png"))
    with pytest.raises(InputError, match="unknown everywhere"):
        render(shot, step="matte")
    assert oiio.ImageBuf(np.full((1, 1, 1), 255, np.uint8)).write(str(tmp_path / "t.1.png"))
    assert render(shot, step="matte").rendered == (1,)
    assert pixels(tmp_path / "m.1.exr").ravel().tolist() == [1, 1, 1, 1]


def test_paths_beyond_ascii(make_shot_folder):
    folder = make_shot_folder(2, name="Häschen 兔子")
    assert len(render(folder.shot()).rendered) == 2
    assert os.listdir(folder.folder / "out")


def test_a_prores_movie_holds_as_a_whole(make_shot_folder):
    folder = make_shot_folder(4)
    movie, colours = (folder.folder / "out" / name for name in ("matte.mov", "f.mov"))
    shot = replace(folder.shot(), output=Output(str(movie), foreground=str(colours), premultiplied=True))
    assert len(render(shot).rendered) == 4
    assert {path.name for path in movie.parent.iterdir()} == {"matte.mov", "f.mov"}
    with av.open(str(colours)) as container:
        assert container.metadata["comment"].endswith(" stfam:alpha=premultiplied")
    assert not render(shot).rendered
    frames = replace(folder.shot(), output=Output(folder.out))
    render(frames)
    with closing(open_plate(str(movie))) as plate:
        assert len(plate.frames) == 4
        seen = plate.read(plate.frames[2]).image[..., 0]
    assert np.abs(seen - pixels(folder.matte_file(1003))[..., 0]).max() < 0.02
    assert len(render(shot, frames="1001-1003").rendered) == 3


def test_every_library_keeps_to_the_threads_of_torch(make_shot_folder):
    before, shot = torch.get_num_threads(), make_shot_folder(1).shot()
    try:
        for count in (1, 2):
            torch.set_num_threads(count)
            render(shot, overwrite=True)
            assert (cv2.getNumThreads(), oiio.get_int_attribute("threads")) == (count, count)
    finally:
        torch.set_num_threads(before)
