"""`stfam queue` from a shell: every command in words and in JSON, the watched folder, the log as it grows."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from queue_bench import PATIENCE, AddJob, RunStfam, finish_all, json_lines

from stfam.core.shot import Keyframe, Output, Shot
from stfam.plugin.queue.claims import Claims
from stfam.plugin.queue.command.main import main
from stfam.plugin.queue.command.run import chosen_devices
from stfam.plugin.queue.extent import shot_extent
from stfam.plugin.queue.farm.main import main as farm
from stfam.plugin.queue.plan import in_one_piece
from stfam.plugin.queue.store import Store


@pytest.fixture
def shot_file(tmp_path: Path) -> Path:
    """A shot of four frames for the stand-in."""
    return write_shot(tmp_path / "sh010.stfam")


def write_shot(path: Path) -> Path:
    folder = path.parent / f"{path.stem}-files"
    (folder / "matte").mkdir(parents=True)
    for frame in range(1001, 1005):
        (folder / f"p.{frame}.exr").touch()
    key = Keyframe(1001, str(folder / "key.png"))
    (folder / "key.png").touch()
    Shot(str(folder / "p.####.exr"), Output(str(folder / "matte" / "m.####.exr")), (key,)).save(path)
    return path


def answer(run_stfam: RunStfam, *arguments: object) -> list[dict[str, object]]:
    """What a command answers in JSON; it succeeds."""
    done = run_stfam(*arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json_lines(done.stdout)


def test_a_job_from_adding_to_cleaning_in_json(run_stfam: RunStfam, shot_file: Path, tmp_path: Path) -> None:
    (added,) = answer(run_stfam, "queue", "add", shot_file, "--priority", 70, "--notes", "for tonight")
    assert (added["number"], added["name"], added["priority"], added["frames"]) == (1, "sh010", 70, 4)
    assert answer(run_stfam, "queue", "pause", 1) == [{"job": 1, "state": "paused"}]
    assert answer(run_stfam, "queue", "resume", 1) == [{"job": 1, "state": "waiting"}]
    assert answer(run_stfam, "queue", "reprioritise", 1, 10) == [{"job": 1, "priority": 10}]
    assert answer(run_stfam, "queue", "cancel", 1) == [{"job": 1, "state": "cancelled"}]
    assert answer(run_stfam, "queue", "retry", 1) == [{"job": 1, "state": "waiting"}]
    said = answer(run_stfam, "queue", "run", "--until-empty")
    assert [line["event"] for line in said if line["event"] == "job_ended"] == ["job_ended"]
    (shown,) = answer(run_stfam, "queue", "show", 1)
    assert shown["state"] == "done" and shown["done"] == 4
    listed = json.loads(run_stfam("queue", "list", "--json").stdout)
    assert [(job["number"], job["state"]) for job in listed] == [(1, "done")]
    assert any("Frame 1004 (4/4)" in str(line["message"]) for line in answer(run_stfam, "queue", "log", 1))
    page = tmp_path / "report.html"
    assert answer(run_stfam, "queue", "report", 1, page) == [{"job": 1, "report": str(page)}]
    assert "Job 1: sh010" in page.read_text("utf-8") and "<h2>Seconds a frame</h2>" in page.read_text("utf-8")
    assert answer(run_stfam, "queue", "clean") == [{"cleaned": [1]}]
    assert json.loads(run_stfam("queue", "list", "--json").stdout) == []
    assert len(list((tmp_path / "sh010-files" / "matte").glob("m.*.exr"))) == 4


def test_lines_for_a_wrangler(run_stfam: RunStfam, shot_file: Path) -> None:
    assert 'Queued job 1 "sh010": 4 frames' in run_stfam("queue", "add", shot_file).stdout
    ran = run_stfam("queue", "run", "--until-empty").stdout.splitlines()
    assert any(line.startswith("Frame 1003 (3/4) ") and " -> " in line for line in ran)
    assert ran[-1].startswith('Job 1 "sh010" done: 4/4 frames, 4 rendered, 0 found finished')


def test_a_negative_range_is_written_with_an_equals_sign(run_stfam: RunStfam, shot_file: Path) -> None:
    done = run_stfam("queue", "add", str(shot_file), "--frames", "-2-0")
    assert done.returncode == 2
    assert "ERROR: argument --frames: expected one argument. A value" in done.stderr and "--frames=-2-0" in done.stderr


def test_frames_below_zero(run_stfam: RunStfam, tmp_path: Path) -> None:
    for frame in ("-002", "-001", "0000", "0001"):
        (tmp_path / f"p.{frame}.exr").touch()
    (tmp_path / "key.png").touch()
    out = tmp_path / "out"
    out.mkdir()
    given = (tmp_path / "p.####.exr", f"--key=-2={tmp_path / 'key.png'}", "--out", out / "m.####.exr")
    (added,) = answer(run_stfam, "queue", "add", *given)
    assert added["frames"] == 4
    answer(run_stfam, "queue", "run", "--until-empty")
    assert sorted(path.name for path in out.glob("m.*.exr")) == ["m.-001.exr", "m.-002.exr", "m.0000.exr", "m.0001.exr"]


def test_an_error_in_json_and_in_words(run_stfam: RunStfam) -> None:
    said = run_stfam("queue", "cancel", 9, "--json")
    assert said.returncode == 2 and said.stderr.startswith("ERROR: There is no job 9")
    (error,) = json_lines(said.stdout)
    assert (error["event"], error["kind"], error["exit_status"]) == ("error", "NoSuchJobError", 2)


@pytest.mark.parametrize("command", [("check",), ("bundle", "b"), ("queue", "add")], ids=lambda words: words[0])
def test_a_missing_shot_in_json(run_stfam: RunStfam, tmp_path: Path, command: tuple[str, ...]) -> None:
    shot = tmp_path / "missing.stfam"
    arguments = (command[0], shot, tmp_path / command[1]) if command[0] == "bundle" else (*command, shot)
    said = run_stfam(*arguments, "--json")
    (error,) = json_lines(said.stdout)
    assert (said.returncode, error["event"], error["exit_status"]) == (3, "error", 3)


@pytest.mark.skipif(sys.platform == "win32", reason="SIGTERM as POSIX sends it")
@pytest.mark.parametrize("command", [("list", "-f"), ("log", "1", "-F"), ("watch", "{inbox}")], ids=" ".join)
def test_sigterm_ends_what_looks_with_143(
    run_stfam: RunStfam, environment: dict[str, str], shot_file: Path, command: tuple[str, ...], tmp_path: Path
) -> None:
    answer(run_stfam, "queue", "add", shot_file)
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    write_shot(inbox / "sh030.stfam")
    (tmp_path / "queue" / "jobs" / "1" / "log.txt").write_text("a line\n")
    words = [word.format(inbox=inbox) for word in command]
    looking = subprocess.Popen(
        [sys.executable, "-m", "stfam.plugin.cli", "queue", *words], env=environment, stdout=subprocess.PIPE
    )
    assert looking.stdout is not None and looking.stdout.readline()
    looking.terminate()
    looking.communicate(timeout=PATIENCE)
    assert looking.returncode == 143


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"colour": "red"}, "colour"),
        ({"frames": "1-1000000"}, "1,000,000 frames"),
        ({"shot": {"stfam": 1, "plate": "../p.####.exr", "output": {"matte": "m.####.exr"}}}, "leads out"),
        ({"shot": {"stfam": 1, "plate": "/p.####.exr", "output": {"matte": "m.####.exr"}}}, "is absolute"),
    ],
    ids=["unknown field", "a million frames", "..", "absolute"],
)
def test_a_bad_job_file_is_refused(
    run_stfam: RunStfam, tmp_path: Path, change: dict[str, object], sentence: str
) -> None:
    shot = {"stfam": 1, "plate": "p.####.exr", "output": {"matte": "m.####.exr"}}
    file = tmp_path / "job.json"
    file.write_text(json.dumps({"stfam_job": 1, "name": "bad", "frames": "1-4", "shot": shot, **change}))
    said = run_stfam("queue", "add", file)
    assert said.returncode == 2 and sentence in said.stderr and "Traceback" not in said.stderr


def test_a_bundle_of_a_million_frames_is_refused(run_stfam: RunStfam, shot_file: Path, tmp_path: Path) -> None:
    said = run_stfam("bundle", shot_file, tmp_path / "bundle", "--frames", "1-999999999")
    assert said.returncode == 2 and "refused" in said.stderr


def test_shots_that_land_in_a_folder_are_queued_once(run_stfam: RunStfam, store: Store, tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    shot = Shot.load(write_shot(tmp_path / "sh020.stfam"))
    replace(shot, frames="1001-1004").save(inbox / "sh020.stfam")
    (inbox / "sh030.stfam").write_text("{")
    assert run_stfam("queue", "run", "--until-empty", "--watch", inbox).returncode == 0
    assert [view.state.value for view in store.views()] == ["done"]
    once = run_stfam("queue", "watch", inbox, "--once")
    assert "Queued" not in once.stdout
    assert once.returncode == 3 and "Not queued: sh030.stfam" in once.stderr
    (inbox / "sh030.stfam").unlink()
    assert run_stfam("queue", "watch", inbox, "--once").returncode == 0
    assert [view.name for view in store.views()] == ["sh020"]


def test_a_log_is_followed_until_the_job_ends(
    run_stfam: RunStfam, shot_file: Path, environment: dict[str, str]
) -> None:
    run_stfam("queue", "add", shot_file)
    command = [sys.executable, "-m", "stfam.plugin.cli", "queue", "log", "1", "-f"]
    follower = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    run_stfam("queue", "run", "--until-empty")
    said, _ = follower.communicate(timeout=PATIENCE)
    assert follower.returncode == 0
    assert "Frame 1004 (4/4)" in said and 'Job 1 "sh010" done' in said


def test_how_a_job_ended_is_in_its_log_although_that_is_written_after_it_ended(
    store: Store, claims: Claims, add_job: AddJob, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    log = store.folder.log(add_job())
    log.write_text("Frame 1001\n")
    finish_all(claims)
    monkeypatch.setattr(time, "sleep", lambda _: log.write_text("Frame 1001\nJob 1 done\n"))
    assert main(["log", "1", "-f", "--queue", str(store.folder.root)]) == 0
    assert capsys.readouterr().out.splitlines() == ["Frame 1001", "Job 1 done"]


def test_a_plate_on_twos_is_asked_for_the_frames_it_has(tmp_path: Path) -> None:
    for frame in (1001, 1003, 1007):
        (tmp_path / f"p.{frame}.exr").touch()
    assert shot_extent(Shot(str(tmp_path / "p.####.exr"), Output("m.####.exr"))).wanted == (1001, 1003, 1005, 1007)


def test_a_movie_is_written_in_one_piece(run_stfam: RunStfam, shot_file: Path, tmp_path: Path) -> None:
    (added,) = answer(run_stfam, "queue", "add", shot_file, "--out", tmp_path / "m.mov", "--chunk", 1)
    assert added["task_frames"] == [4, 4, 4]
    assert not in_one_piece(("m.####.exr", None))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        pytest.param(("--devices", "cpuu"), "no device 'cpuu'", id="unknown"),
        pytest.param(("--devices", "cpu,cuda:77"), "'cuda:77' is not on this machine", id="absent"),
        pytest.param(("--workers", "2", "--scheduler", "tcp://127.0.0.1:9"), "leave out --workers", id="Dask's"),
    ],
)
def test_a_runner_refuses_devices_that_it_cannot_have(
    run_stfam: RunStfam, shot_file: Path, options: tuple[str, ...], said: str
) -> None:
    assert run_stfam("queue", "add", shot_file).returncode == 0
    run = run_stfam("queue", "run", "--until-empty", *options)
    assert run.returncode == 2 and said in run.stderr
    listed = run_stfam("queue", "list", "--json")
    assert [job["state"] for job in json.loads(listed.stdout)] == ["waiting"]


@pytest.mark.parametrize("run", [main, farm], ids=["queue", "farm"])
def test_a_machine_without_dask_is_told_how_to_get_it(
    run: Callable[[list[str]], int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    scheduler = ["run", "--queue", str(tmp_path), "--scheduler", "tcp://127.0.0.1:8786"]
    assert run(scheduler if run is main else ["local", "2"]) == 2
    assert "pip install 'stfam[farm]'" in capsys.readouterr().err


def test_a_gpu_that_torch_cannot_use_leaves_the_device_to_the_shot(monkeypatch: pytest.MonkeyPatch) -> None:
    """As with torch's build for the CPU, an old driver, or a variable that a farm sets on every machine."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1")
    found = []
    for usable in (0, 1, 2):
        monkeypatch.setattr("stfam.core.engine.device_memory.cuda_devices", lambda count=usable: count)
        found.append(chosen_devices(None, None))
    assert found == [[""], ["cuda:0"], ["cuda:0", "cuda:1"]]
