from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import OpenImageIO as oiio
import pytest

from stfam.core.errors import Cancelled, InputError, OutputError, UsageError
from stfam.core.shot import Output, Settings, Shot
from stfam.core.worker.client import WorkerError, WorkerGone
from stfam.core.worker.environment import WorkerNotFoundError, WorkerVersionError
from stfam.plugin import hooks
from stfam.plugin.hooks import OpenShot
from stfam.plugin.installing import nuke


@pytest.fixture
def opened(tmp_path, lent_workers):
    """A function that opens a shot folder in a worker of this environment."""
    shots: list[OpenShot] = []

    def open_folder(folder, **options) -> OpenShot:
        settings = Settings(device="cpu", window=0)
        shot = hooks.open_shot(folder.plate, matte=folder.out, settings=settings, cache=str(tmp_path / "c"), **options)
        shots.append(shot)
        return shot

    yield open_folder
    for shot in shots:
        shot.close()


def test_a_key_becomes_mattes(opened, make_shot_folder, tmp_path):
    folder = make_shot_folder(count=3)
    shot = opened(folder)
    assert (str(shot.plate.frames), shot.plate.width, shot.plate.height) == ("1001-1003", 96, 64)
    shot._client.call, call = lambda request: asked.append(request.method) or call(request), shot._client.call
    asked = []
    shot.add_key(1002, folder.trimap_file(1002))
    del shot._client.call
    assert asked == ["trimap_from", "set_key"], "more would take as long again for each key, the longer the clip"
    frames, ends, threads = [], [], set()

    def on_frame(frame: int, stage: str) -> None:
        frames.append((frame, stage))
        threads.add(threading.get_ident())

    job = shot.matte(on_frame=on_frame, on_done=ends.append)
    assert job.wait(240).done == 3
    assert job.fraction == 1 and ends == [job] and threads == {threading.get_ident()}
    assert sorted(frame for frame, stage in frames if stage == "file") == [1001, 1002, 1003]
    assert {frame: path.name for frame, path in shot.results().items()} == {f: f"matte.{f}.exr" for f in folder.frames}
    alpha = oiio.ImageBuf(str(shot.results()[1002])).get_pixels()[..., 0]
    trimap = oiio.ImageBuf(str(folder.trimap_file(1002))).get_pixels()[..., 0]
    assert np.array_equal(alpha[trimap == 1], np.ones((trimap == 1).sum()))
    shot.save(tmp_path / "saved.stfam")
    saved = Shot.load(tmp_path / "saved.stfam")
    assert saved.keys[0].trimap == str(tmp_path / "saved_keys" / "saved.1002.png")
    plate = folder.plate_file(1001).read_bytes()
    with pytest.raises(UsageError, match="A shot is saved as NAME.stfam; got '.*plate.1001.exr'"):
        shot.save(folder.plate_file(1001))
    with pytest.raises(OutputError, match="plate.1001.exr/s.stfam cannot be saved: Not a directory"):
        shot.save(folder.plate_file(1001) / "s.stfam")
    assert folder.plate_file(1001).read_bytes() == plate


def test_a_host_that_changes_its_folder_keeps_its_shot(lent_workers, make_shot_folder, tmp_path, monkeypatch):
    folder = make_shot_folder(count=2)
    monkeypatch.chdir(folder.folder)
    settings = Settings(device="cpu", window=0)
    with hooks.open_shot("plate.####.exr", matte="m/m.####.exr", settings=settings, cache="c") as shot:
        shot.set(output=Output("n/n.####.exr"))
        shot.add_key(1001, folder.trimap_file(1001))
        shot.matte("1001").wait(240)
        monkeypatch.chdir(tmp_path)
        assert list(shot.results().values()) == [folder.folder / "n" / "n.1001.exr"]
        shot.save(tmp_path / "saved.STFAM")
    with hooks.open_shot(tmp_path / "saved.STFAM", cache="c") as again:
        assert [key.frame for key in again.keys] == [1001]
        (tmp_path / "link").symlink_to(tmp_path)
        again.save(tmp_path / "link" / "saved.STFAM")


@pytest.mark.parametrize("frames", [1001, [1001], range(1001, 1003)], ids=["number", "list", "range"])
def test_frames_that_are_no_text_are_refused(opened, make_shot_folder, frames):
    with pytest.raises(UsageError, match="Frames are named in text, such as '1001-1100' or '1001,1005'; got .*1001"):
        opened(make_shot_folder(count=1)).matte(frames)


def test_propagating_alone_leaves_trimaps_in_the_cache(opened, make_shot_folder):
    folder = make_shot_folder(count=2)
    shot = opened(folder)
    shot.add_key(1001, folder.trimap_file(1001))
    shot.propagate("1002").wait(240)
    assert shot.status()["trimap"] == {"fresh": "1001-1002"} and shot.results() == {}


def test_a_cancelled_job_says_so_and_the_next_goes_on(opened, make_shot_folder):
    folder = make_shot_folder(count=24)
    shot = opened(folder)
    shot.add_key(1001, folder.trimap_file(1001))
    job = shot.matte(on_frame=lambda frame, stage: job.cancel())
    with pytest.raises(Cancelled):
        job.wait(240)
    assert len(shot.results()) < 24
    assert shot.matte("1001-1002").wait(240).done == 2


def test_a_killed_worker_ends_the_job_and_another_goes_on(opened, make_shot_folder):
    folder = make_shot_folder(count=4)
    shot = opened(folder)
    shot.add_key(1001, folder.trimap_file(1001))
    os.kill(shot.worker_pid, signal.SIGSTOP)
    job = shot.matte()
    os.kill(shot.worker_pid, signal.SIGKILL)
    with pytest.raises(WorkerGone):
        job.wait(240)
    assert not shot.alive
    shot.restart()
    assert shot.matte().wait(240).done == 4 and len(shot.results()) == 4


def test_a_frame_that_the_plate_lacks_is_refused(opened, make_shot_folder):
    folder = make_shot_folder(count=1)
    shot = opened(folder)
    with pytest.raises(UsageError, match="no 7"):
        shot.add_key(7, folder.trimap_file(1001))
    with pytest.raises(UsageError, match="no '1001'"):
        shot.add_key("1001", folder.trimap_file(1001))


def test_a_missing_plate_is_refused_and_mattes_are_named_where_they_are_not(lent_workers, make_shot_folder, tmp_path):
    with pytest.raises(WorkerError, match="no frames of"):
        hooks.open_shot(tmp_path / "gone.####.exr", cache=str(tmp_path / "c"))
    with hooks.open_shot(make_shot_folder(count=1).plate, matte="", cache=str(tmp_path / "c")) as shot:
        assert shot.shot.output.matte.endswith("_matte/v001/plate_matte.v001.####.exr")


def test_a_missing_key_image_is_refused(opened, make_shot_folder, tmp_path):
    with pytest.raises(WorkerError, match="gone.png"):
        opened(make_shot_folder(count=1)).add_key(1001, tmp_path / "gone.png")


def test_a_key_image_of_another_size_is_refused(opened, make_shot_folder, tmp_path):
    shot = opened(make_shot_folder(count=1))
    image = oiio.ImageBuf(oiio.ImageSpec(320, 180, 1, oiio.UINT8))
    oiio.ImageBufAlgo.fill(image, 1.0, oiio.ROI(100, 200, 50, 100))
    assert image.write(str(tmp_path / "roto.png"))
    with pytest.raises(WorkerError, match="is 320x180, but the plate is 96x64"):
        shot.add_key(1001, tmp_path / "roto.png")
    assert shot.keys == ()


def test_no_environment_is_one_sentence_with_the_command(monkeypatch, tmp_path, make_shot_folder):
    monkeypatch.delenv("STFAM_ENV", raising=False)
    monkeypatch.setattr("sys.executable", str(tmp_path / "host"))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    with pytest.raises(WorkerNotFoundError, match="pip install stfam==.*` \\(with --find-links FOLDER"):
        hooks.open_shot(make_shot_folder(count=1).plate)


@pytest.mark.parametrize("named", ["nowhere", "empty"])
def test_an_environment_that_holds_nothing_is_refused(monkeypatch, tmp_path, make_shot_folder, named):
    monkeypatch.setenv("STFAM_ENV", sys.prefix)
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=f"{named} holds no stfam"):
        hooks.open_shot(make_shot_folder(count=1).plate, environment=str(tmp_path / named))


@pytest.mark.parametrize("within", ["", "bin/stfam"], ids=["folder", "program"])
def test_an_environment_is_named_by_folder_or_program(monkeypatch, within):
    monkeypatch.delenv("STFAM_ENV", raising=False)
    named = Path(sys.prefix) / within
    assert hooks.worker_of(str(named)) == [str(Path(sys.prefix) / "bin" / "stfam"), "worker"]


def test_an_environment_of_another_version_is_refused(monkeypatch, make_shot_folder):
    monkeypatch.setattr("stfam.core.worker.environment.VERSION", "9.9")
    with pytest.raises(WorkerVersionError, match=r"is version 0\.1\.0.*pip install stfam==9\.9"):
        hooks.open_shot(make_shot_folder(count=1).plate)


def test_a_host_s_side_on_pythonpath_does_not_hide_the_worker(make_shot_folder, monkeypatch, tmp_path):
    for name, data in nuke.contents().items():
        path = tmp_path / "plug-in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path / 'plug-in' / 'python'}")
    with hooks.open_shot(make_shot_folder(count=1).plate, cache=str(tmp_path / "c")) as shot:
        assert shot.alive


def test_the_hooks_load_the_standard_library_alone():
    heavy = "{'torch', 'numpy', 'cv2', 'OpenImageIO', 'PySide6', 'fileseq', 'av'}"
    script = (
        f"import sys; [sys.modules.__setitem__(n, None) for n in {heavy}]\n"
        "import stfam.plugin.hooks, stfam.plugin.host.session"
    )
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True).stderr == ""
