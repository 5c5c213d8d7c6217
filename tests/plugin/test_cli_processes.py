"""The command as a process of its own: killed, interrupted, out of disk."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from stfam.core.media.readback import read_back

if sys.platform == "win32":
    pytest.skip("POSIX signals and limits", allow_module_level=True)


def start(folder, *more: str, limit: int | None = None, frames: str = "1001-1030") -> subprocess.Popen[str]:
    arguments = ["render", folder.plate, "--key", folder.key(1001), "--out", folder.out, "--frames", frames]
    code = "import sys; from stfam.plugin.cli import main; sys.exit(main(sys.argv[1:]))"
    if limit is not None:
        code = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit})); " + code
    return subprocess.Popen(
        [sys.executable, "-u", "-c", code, *arguments, "--device", "cpu", *more],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for_frames(process: subprocess.Popen[str], count: int) -> list[int]:
    done = []
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("Frame "):
            done.append(int(line.split()[1]))
        if len(done) >= count:
            break
    return done


def rest_of(process: subprocess.Popen[str]) -> tuple[str, str]:
    """What follows the lines that were read; `communicate` would lose those that came in the same gulp."""
    assert process.stdout is not None and process.stderr is not None
    with process.stdout, process.stderr:
        texts = process.stdout.read(), process.stderr.read()
    process.wait(timeout=240)
    return texts


def mattes(folder) -> list[int]:
    return sorted(int(path.name.split(".")[1]) for path in (folder.folder / "out").glob("matte.*.exr"))


@pytest.fixture
def folder(make_shot_folder):
    return make_shot_folder(30, (96, 128))


def test_kill_leaves_no_half_file_and_the_next_run_completes(make_shot_folder):
    folder = make_shot_folder(20, (96, 128))
    process = start(folder, frames="1001-1020")
    done = wait_for_frames(process, 3)
    process.kill()
    process.communicate()
    kept = mattes(folder)
    assert set(done) <= set(kept) and len(kept) < 20
    assert all(read_back(folder.matte_file(frame)) is not None for frame in kept)
    stamps = {frame: folder.matte_file(frame).stat().st_mtime_ns for frame in kept}
    again = start(folder, frames="1001-1020")
    out, err = again.communicate(timeout=240)
    assert again.returncode == 0, err
    assert f"{len(kept)} frames are finished" in out
    assert sorted(p.name for p in (folder.folder / "out").iterdir()) == [f"matte.{f}.exr" for f in folder.frames]
    assert all(folder.matte_file(frame).stat().st_mtime_ns == stamp for frame, stamp in stamps.items())


@pytest.mark.parametrize(
    ("number", "status", "times"),
    [(signal.SIGINT, 130, 1), (signal.SIGTERM, 143, 5)],
    ids=["ctrl-c", "term again and again"],
)
def test_a_signal_stops_within_a_frame_and_keeps_what_is_finished(folder, number, status, times):
    process = start(folder, "--json")
    assert process.stdout is not None
    frames = (line for line in process.stdout if json.loads(line)["event"] == "frame")
    before = [next(frames) for _ in range(2)]
    for _ in range(times):
        process.send_signal(number)
        time.sleep(0.05)
    out, err = rest_of(process)
    events = [json.loads(line) for line in (*before, *out.splitlines())]
    assert process.returncode == status, err
    assert "ERROR: Cancelled" in err and "Traceback" not in err
    errors = [(event["kind"], event["exit_status"]) for event in events if event["event"] == "error"]
    assert errors == [("Cancelled", status)]
    done = [event["frame"] for event in events if event["event"] == "frame"]
    assert mattes(folder) == sorted(done) and len(done) < 24
    assert not list((folder.folder / "out").glob(".*"))


def test_a_full_disk_is_said_and_leaves_no_half_file(folder):
    process = start(folder, limit=500, frames="1001-1003")
    _, err = process.communicate(timeout=240)
    assert process.returncode == 6
    assert "ERROR: " in err and "could not be written" in err and "Traceback" not in err
    assert list((folder.folder / "out").iterdir()) == []


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no device that is always full")
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_output_that_cannot_be_printed_is_one_sentence(unbuffered):
    environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-m", "stfam.plugin.cli", "--help"]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, env=environment, timeout=240)
    assert done.returncode == 2
    assert done.stderr == "ERROR: What is to be printed cannot be written: No space left on device.\n"


def test_a_closed_output_is_no_reason_to_stop(folder):
    code = "import os; os.close(1); os.execv({0!r}, [{0!r}, '-m', 'stfam.plugin.cli', 'trimap', *{1!r}])"
    arguments = ["nowhere.png", "--out", str(folder.folder / "t.png")]
    command = [sys.executable, "-c", code.format(sys.executable, arguments)]
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True, timeout=240)
    assert (done.returncode, done.stderr) == (3, "ERROR: nowhere.png is missing.\n")
