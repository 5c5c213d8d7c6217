from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import OpenImageIO as oiio
import pytest

from stfam.core.cache import plate_cache
from stfam.core.media.matte_writer import write_matte
from stfam.core.render import render
from stfam.core.render_job import prepare_job
from stfam.core.render_outputs import MATTE
from stfam.core.render_reuse import ReusedFrames
from stfam.core.render_work import RenderWork, job_outputs
from stfam.core.shot import Keyframe, Output, Refinement, Settings, Shot
from stfam.core.solved_cache import SolvedCache, preview_shot


@pytest.fixture
def shot(make_shot_folder, tmp_path, monkeypatch):
    monkeypatch.setenv("STFAM_CACHE", str(tmp_path / "cache"))
    folder = make_shot_folder(count=3)
    key = Keyframe(1001, str(folder.trimap_file(1001)))
    output = Output(folder.out, foreground=str(folder.folder / "fg" / "fg.####.exr"))
    refinement = Refinement(black=0.1, blur=1.0)
    return Shot(folder.plate, output, (key,), settings=Settings(device="cpu", window=1), refinement=refinement)


def pixels(pattern: str, frame: int) -> np.ndarray:
    return oiio.ImageInput.open(pattern.replace("####", str(frame))).read_image(oiio.FLOAT)


def forbid_computing(monkeypatch):
    monkeypatch.setattr(RenderWork, "frames", lambda self: pytest.fail("computed again"))


def test_a_render_of_what_the_panel_solved_computes_nothing_and_is_equal_to_the_bit(shot, tmp_path, monkeypatch):
    render(shot)
    computed = [pixels(pattern, 1002) for pattern in (shot.output.matte, shot.output.foreground)]
    render(preview_shot(shot, plate_cache(shot.plate)))
    elsewhere = replace(
        shot.output, matte=str(tmp_path / "v2" / "m.####.exr"), foreground=str(tmp_path / "v2" / "f.####.exr")
    )
    forbid_computing(monkeypatch)
    summary = render(replace(shot, output=elsewhere))
    assert summary.rendered == (1001, 1002, 1003)
    assert np.array_equal(pixels(elsewhere.matte, 1002), computed[0])
    assert np.array_equal(pixels(elsewhere.foreground, 1002), computed[1])


def test_another_refinement_reuses_and_another_key_does_not(shot, tmp_path, monkeypatch):
    render(preview_shot(shot, plate_cache(shot.plate)))
    other_key = replace(shot, keys=(Keyframe(1001, shot.keys[0].trimap.replace("1001", "1002")),))
    computed = []
    original = RenderWork.frames
    monkeypatch.setattr(RenderWork, "frames", lambda self: (computed.append(sorted(self.todo)), original(self))[1])
    render(replace(shot, refinement=Refinement(shrink=1.0)))
    assert computed == []
    render(replace(other_key, output=Output(str(tmp_path / "other" / "m.####.exr"))))
    assert computed == [[1001, 1002, 1003]]


def test_what_a_panel_replaces_or_removes_meanwhile_is_left_to_be_computed(shot):
    job = prepare_job(shot, None, "render", False)
    cache = SolvedCache.of(plate_cache(shot.plate), job.hashes)
    reused = ReusedFrames(job, job_outputs(job), dict.fromkeys(job.requested, frozenset({MATTE})))

    def solve(frame: int, value: float, record: str):
        path = Path(cache.output.matte.replace("####", str(frame)))
        path.parent.mkdir(parents=True, exist_ok=True)
        write_matte(path, np.full((64, 96), value, np.float32), job.plate.read(frame).meta, record=record)
        return path

    solved = [solve(frame, 1.0, cache.hashes.matte(frame)) for frame in job.requested]
    frames = reused.frames()
    _, write = next(frames)
    solve(1001, 0.5, "of other keys")
    solve(1002, 0.5, "of other keys")
    solved[2].unlink()
    assert [frame for frame, _ in frames] == [] and reused.taken == {1001}
    reused.outputs.prepare([1001])
    write()
    assert (pixels(shot.output.matte, 1001) == 1).all(), "as it was when it was found solved"
