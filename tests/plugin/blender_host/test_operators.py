"""The add-on as an artist or a script works it, with a real worker, in background mode."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from dataclasses import replace

import pytest

from stfam.core.errors import Cancelled
from stfam.core.worker.client import WorkerGone

from .conftest import stfam_python

WRITE_VARIABLE = """
import sys, av, numpy
with av.open(sys.argv[1], "w") as movie:
    stream = movie.add_stream("libx264", rate=24, options={"bf": "0"})
    stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
    for place in (0, 1, 3, 4):
        frame = av.VideoFrame.from_ndarray(numpy.full((64, 96, 3), 40 * place, "uint8"))
        frame.pts = place
        movie.mux(stream.encode(frame))
    movie.mux(stream.encode(None))
"""


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
    api.add_key("roto", [1001])
    api.add_key("roto", "1002")
    assert str(frames) == "1001-1005"
    assert api.propagate("1001-1002").done == 2
    assert api.matte("1001-1002").done == 2
    assert api.import_result() == "The compositor has the group stfam plate. There is no matte of 1003-1005 yet."


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
    assert current.failed and "worker process ended" in current.text and "by itself" in current.text
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


@pytest.mark.parametrize(
    "act",
    [
        lambda ops: ops.add_key(seed="roto", frames="1002"),
        lambda ops: ops.remove_key(frame=1001),
        lambda ops: ops.propagate(frames="1001"),
    ],
    ids=["key", "no key", "propagate"],
)
def test_a_worker_that_died_between_jobs_is_replaced(blender, opened, act):
    shot = runner().session.shot
    os.kill(shot.worker_pid, signal.SIGKILL)
    while shot.alive:
        time.sleep(0.05)
    assert act(blender.ops.stfam) == {"FINISHED"} and shot.alive


def test_opening_while_a_job_runs_is_refused(blender, opened):
    current = runner()
    current.start("matte", None)
    with pytest.raises(RuntimeError, match="A job is running. Cancel it first."):
        blender.ops.stfam.open_plate(kind="IMAGE", name="plate")
    assert current.busy
    run_behind()
    assert len(list(opened.iterdir())) == 5


@pytest.mark.parametrize(("frames", "open_now"), [("", "1001-1005"), ("1002-1003", "1002-1003")])
def test_what_is_open_is_said(blender, sequence, frames, open_now):
    blender.ops.stfam.open_plate(kind="IMAGE", name="plate", frames=frames)
    assert runner().text == f"Frames {open_now} of plate are open."


def test_two_plates_of_one_name_have_an_output_each(blender, matted, tmp_path):
    """Before any of their mattes is on disk, and one that is given both is refused."""
    for name in ("a", "b"):
        file = tmp_path / name / "plate.1001.exr"
        file.parent.mkdir()
        file.symlink_to(matted.plate_file(1001))
        image = blender.data.images.load(str(file))
        image.source, image.name = "SEQUENCE", name
        blender.ops.stfam.open_plate(kind="IMAGE", name=name, window=0)
    second = runner().session.shot.shot.output.matte
    assert second == str(tmp_path / "plate_matte" / "v002" / "plate_matte.v002.####.exr")
    with pytest.raises(RuntimeError, match=r"a/plate.####.exr has its mattes in .* too. Open this one with another"):
        blender.ops.stfam.open_plate(kind="IMAGE", name="b", matte=second.replace("v002", "v001"))
    blender.ops.stfam.open_plate(kind="IMAGE", name="b")
    assert runner().session.shot.shot.output.matte == second


def test_a_movie_of_a_variable_rate_is_refused(blender, opened, tmp_path):
    """Blender plays it by time: four of its frames would be shown as five."""
    before, path = runner().session, tmp_path / "variable.mp4"
    subprocess.run([stfam_python(), "-c", WRITE_VARIABLE, str(path)], check=True)
    movie = blender.data.images.load(str(path))
    assert movie.frame_duration == 5
    with pytest.raises(RuntimeError, match="is a movie of a variable rate: .* Convert it to a constant rate"):
        blender.ops.stfam.open_plate(kind="IMAGE", name=movie.name)
    assert runner().session is before and before.shot.alive


def test_frames_of_which_there_are_none_are_refused(blender, opened):
    from stfam.plugin.blender_host import api

    with pytest.raises(RuntimeError, match="has frames 1001-1005, and none of 5-9"):
        blender.ops.stfam.open_plate(kind="IMAGE", name="plate", frames="5-9")
    remembered = api.remembered("IMAGE", "plate")
    assert runner().session.shot.shot.frames == "1001-1005" and [key.frame for key in remembered.keys] == [1001]


def test_an_output_beside_a_file_that_was_never_saved_is_refused(blender, sequence, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RuntimeError, match="never saved. Save it first, or give the whole path"):
        blender.ops.stfam.open_plate(kind="IMAGE", name="plate", matte="//out/m.####.exr")
    blender.ops.stfam.open_plate(kind="IMAGE", name="plate", matte="out/m.####.exr")
    assert runner().session.shot.shot.output.matte == str(tmp_path / "out" / "m.####.exr")
    sequence.use_fake_user = True
    blender.ops.wm.save_as_mainfile(filepath=str(tmp_path / "comp.blend"))
    blender.ops.stfam.open_plate(kind="IMAGE", name="plate", matte="//beside/m.####.exr")
    assert runner().session.shot.shot.output.matte == str(tmp_path / "beside" / "m.####.exr")


def test_a_plate_that_moved_is_one_sentence(blender, moved):
    with pytest.raises(RuntimeError, match="not there any more. Put it back, or relink"):
        blender.ops.stfam.open_plate(kind="IMAGE", name="plate")


def test_relinking_is_asked_and_keeps_the_keys(blender, moved):
    blender.data.images["plate"].filepath = str(moved)
    with pytest.raises(RuntimeError, match="Relink it to"):
        blender.ops.stfam.open_plate(kind="IMAGE", name="plate")
    blender.ops.stfam.open_plate(kind="IMAGE", name="plate", relink=True)
    assert [key.frame for key in runner().session.shot.keys] == [1001]


@pytest.mark.parametrize("stayed", [False, True], ids=["project", "plate"])
def test_the_output_beside_a_plate_moves_along_where_it_has_gone(blender, moved, tmp_path, stayed):
    output, project = tmp_path / "plate_matte" / "v001", tmp_path / "project"
    if stayed:
        output.mkdir(parents=True)
    project.mkdir()
    shutil.move(moved.parent, project / "plates")
    blender.data.images["plate"].filepath = str(project / "plates" / moved.name)
    blender.ops.stfam.open_plate(kind="IMAGE", name="plate", relink=True)
    found = output if stayed else project / "plate_matte" / "v001"
    assert runner().session.shot.shot.output.matte == str(found / "plate_matte.v001.####.exr")
    assert ("has moved along, the mattes to" in runner().text) != stayed


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
    handlers = blender.app.handlers
    assert [len(known) for known in (handlers.undo_pre, handlers.undo_post)] == [1, 1]


def test_what_was_renamed_is_a_sentence(blender, opened):
    blender.ops.stfam.matte(frames="1001")
    blender.data.images["plate"].name = "renamed"
    with pytest.raises(RuntimeError, match="no image named 'plate'; there are: renamed") as error:
        blender.ops.stfam.import_result()
    assert "Traceback" not in str(error.value)


def test_frames_that_the_plate_lacks_are_a_sentence_before_any_key_is_made(blender, opened):
    with pytest.raises(RuntimeError, match="has frames 1001-1005, and no 5") as error:
        blender.ops.stfam.add_key(seed="roto", frames="5,1002")
    assert "Traceback" not in str(error.value)
    assert [key.frame for key in runner().session.shot.keys] == [1001]


def test_a_plate_that_vanished_is_a_sentence(blender, moved):
    with pytest.raises(RuntimeError, match="Blender cannot read .*plate.1002.exr") as error:
        blender.ops.stfam.add_key(seed="roto", frames="1002")
    assert "Traceback" not in str(error.value)


def test_opening_again_keeps_window_and_output(blender, opened):
    runner().session.shot.set(settings=replace(runner().session.shot.shot.settings, window=4))
    runner().session.add_keys("roto", [1002])
    blender.ops.stfam.open_plate(kind="IMAGE", name="plate")
    shot = runner().session.shot.shot
    assert (shot.settings.window, shot.output.matte) == (4, str(opened / "m.####.exr"))


def test_the_keys_of_another_plate_stay_with_it(blender, opened, matted, tmp_path):
    shutil.copytree(matted.folder, tmp_path / "other")
    image = blender.data.images["plate"]
    own, image.filepath = image.filepath, str(tmp_path / "other" / "plate.1001.exr")
    assert blender.ops.stfam.open_plate(kind="IMAGE", name="plate") == {"FINISHED"}
    assert runner().session.shot.keys == () and f"The keys of {matted.plate} stay with that plate." in runner().text
    image.filepath = own
    blender.ops.stfam.open_plate(kind="IMAGE", name="plate")
    assert [key.frame for key in runner().session.shot.keys] == [1001] and "stay with" not in runner().text
