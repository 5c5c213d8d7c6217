"""The add-on as an artist or a script works it, with a real worker, in background mode."""

from __future__ import annotations

import os
import shutil
import signal
import time

import pytest

from stfam.core.errors import Cancelled
from stfam.core.worker.client import WorkerGone


@pytest.fixture
def opened(blender, sequence, roto, tmp_path):
    """The plate open with a key from the mask at 1001."""
    out = str(tmp_path / "out" / "m.####.exr")
    blender.ops.stfam.open_plate(kind="IMAGE", name="plate", window=0, matte=out)
    blender.ops.stfam.add_key(seed="roto", frames="1001", inner=4, outer=4)
    return tmp_path / "out"


def runner():
    from stfam.plugin.blender_host.runner import current

    return current


def run_behind(seconds=120.0):
    """What the timer does in a window: tick until the job has ended."""
    current = runner()
    end = time.monotonic() + seconds
    while current.timer() is not None:
        assert time.monotonic() < end
        time.sleep(0.05)


def test_from_a_mask_to_a_node_group(blender, opened):
    assert blender.ops.stfam.matte(frames="1001-1002") == {"FINISHED"}
    assert sorted(path.name for path in opened.iterdir()) == ["m.1001.exr", "m.1002.exr"]
    assert blender.ops.stfam.import_result() == {"FINISHED"}
    matte = blender.data.node_groups["stfam plate"].nodes["Matte"]
    assert (matte.frame_start, matte.frame_duration) == (1001, 2)


def test_the_same_by_functions(blender, sequence, roto, tmp_path):
    from stfam.plugin.blender_host import api

    frames = api.open_plate("IMAGE", "plate", window=0, matte=str(tmp_path / "m.####.exr"))
    api.add_key("roto", [1001, 1002])
    assert str(frames) == "1001-1005"
    assert api.propagate("1001-1002").done == 2
    assert api.matte("1001-1002").done == 2
    assert api.import_result() == "The compositor has the group stfam plate."


def test_in_a_window_the_work_goes_on_behind(blender, opened):
    current = runner()
    current.start("matte", "1001-1003")
    assert current.busy and blender.app.timers.is_registered(current.timer)
    run_behind()
    assert not current.busy and "3 frames" in current.text and len(list(opened.iterdir())) == 3


def test_cancelling_keeps_what_is_finished(blender, opened):
    current = runner()
    current.start("matte", None)
    assert blender.ops.stfam.cancel() == {"FINISHED"}
    run_behind()
    assert isinstance(current.job.error, Cancelled) and "cancelled" in current.text


def test_a_worker_that_dies_is_reported_and_replaced(blender, opened):
    current = runner()
    current.start("matte", None)
    os.kill(current.session.shot.worker_pid, signal.SIGKILL)
    run_behind()
    assert current.failed and "worker process ended" in current.text
    assert isinstance(current.job.error, WorkerGone)
    assert blender.ops.stfam.matte(frames="1001-1002") == {"FINISHED"}
    assert len(list(opened.iterdir())) >= 2


def test_the_file_remembers_the_keys(blender, opened, tmp_path, sequence):
    from stfam.plugin.blender_host import api

    sequence.use_fake_user = True  # what is shown nowhere is not saved
    (tmp_path / "elsewhere").mkdir()
    blender.ops.wm.save_as_mainfile(filepath=str(tmp_path / "elsewhere" / "comp.blend"))
    blender.ops.wm.open_mainfile(filepath=str(tmp_path / "elsewhere" / "comp.blend"))
    assert runner().session is None
    api.open_plate("IMAGE", "plate")
    keys = runner().session.shot.keys
    assert [key.frame for key in keys] == [1001] and runner().session.shot.shot.settings.window == 0


@pytest.fixture
def moved(blender, matted, roto, tmp_path):
    """A plate that was opened with a key and then moved on disk."""
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
    for frame in matted.frames:
        shutil.copyfile(matted.plate_file(frame), tmp_path / "old" / f"plate.{frame}.exr")
    image = blender.data.images.load(str(tmp_path / "old" / "plate.1001.exr"))
    image.source, image.name = "SEQUENCE", "plate"
    blender.ops.stfam.open_plate(kind="IMAGE", name="plate", window=0)
    blender.ops.stfam.add_key(seed="roto", frames="1001")
    for file in (tmp_path / "old").iterdir():
        shutil.move(file, tmp_path / "new" / file.name)
    return tmp_path / "new" / "plate.1001.exr"


def test_a_plate_that_moved_is_one_sentence(blender, moved):
    with pytest.raises(RuntimeError, match="not there any more. Put it back, or relink"):
        blender.ops.stfam.open_plate(kind="IMAGE", name="plate")


def test_relinking_is_asked_and_keeps_the_keys(blender, moved):
    blender.data.images["plate"].filepath = str(moved)
    with pytest.raises(RuntimeError, match="Relink it to"):
        blender.ops.stfam.open_plate(kind="IMAGE", name="plate")
    blender.ops.stfam.open_plate(kind="IMAGE", name="plate", relink=True)
    assert [key.frame for key in runner().session.shot.keys] == [1001]


@pytest.mark.parametrize(
    ("act", "sentence"),
    [
        (lambda ops: ops.matte(), "Open a plate first"),
        (lambda ops: ops.import_result(), "Open a plate first"),
        (lambda ops: ops.open_plate(kind="CLIP", name="nope"), "no movie clip named 'nope'"),
        (lambda ops: ops.add_key_file(filepath="/nope.png", frame=1), "Open a plate first"),
    ],
    ids=["matte", "import", "open", "key"],
)
def test_what_cannot_be_done_is_a_sentence(blender, act, sentence):
    with pytest.raises(RuntimeError, match=sentence) as error:
        act(blender.ops.stfam)
    assert "Traceback" not in str(error.value)


def test_no_environment_is_a_sentence_with_the_command(blender, sequence, monkeypatch, tmp_path):
    monkeypatch.delenv("STFAM_ENV")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    with pytest.raises(RuntimeError, match="pip install stfam=="):
        blender.ops.stfam.open_plate(kind="IMAGE", name="plate")


def test_disabling_while_it_runs_stops_the_worker_and_leaves_nothing(blender, opened):
    from stfam.plugin.blender_host import registration
    from stfam.plugin.blender_host.runner import close_before_load

    current = runner()
    current.start("matte", None)
    pid = current.session.shot.worker_pid
    registration.unregister()
    assert not blender.app.timers.is_registered(current.timer)
    assert close_before_load not in blender.app.handlers.load_pre
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    for _ in range(100):
        registration.register()
        registration.unregister()
    registration.register()
    assert blender.app.handlers.load_pre.count(close_before_load) == 1


def test_the_panel_opens_the_shot_as_its_own_process(blender, opened, monkeypatch, tmp_path):
    import subprocess

    from stfam.core.shot import Shot
    from stfam.plugin.blender_host import api

    started = []
    monkeypatch.setattr(subprocess, "Popen", lambda command, **options: started.append((command, options)) or _Pid())
    assert api.open_panel() == 7
    command, options = started[0]
    assert command[0].endswith("stfam") and command[1] == "panel" and options == {"start_new_session": True}
    assert [key.frame for key in Shot.load(command[2]).keys] == [1001]


class _Pid:
    pid = 7


def test_what_the_panel_exported_comes_in(blender, opened, tmp_path):
    from stfam.plugin.blender_host import api

    shot = runner().session.shot
    shot.save(tmp_path / "panel.stfam")
    with pytest.raises(RuntimeError, match="has no mattes yet"):
        blender.ops.stfam.import_result(filepath=str(tmp_path / "panel.stfam"))
    api.matte("1001")
    assert blender.ops.stfam.import_result(filepath=str(tmp_path / "panel.stfam")) == {"FINISHED"}
