"""What is refused before a shot waits for the night, and what a job's file leaves to the command line."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from queue_bench import MakeJob, RunStfam, json_lines

from stfam.core.errors import StfamError
from stfam.core.shot import Keyframe, Output, Shot
from stfam.plugin.queue.plan import Step
from stfam.plugin.queue.store import Store
from stfam.plugin.queue.submission import job_from_shot, submit


@pytest.mark.parametrize(
    ("change", "output", "sentence"),
    [
        ({"keys": ()}, {}, "There is no keyframe"),
        ({"keys": (Keyframe(1001, "/nowhere/key.png"),)}, {}, "keyframe 1001 is missing"),
        ({"keys": (Keyframe(5000, "/nowhere/key.png"),)}, {}, "Keyframe 5000 is no frame"),
        ({"frames": "1-3"}, {}, "names no frame"),
        ({}, {"matte": "m.exr"}, "no place for the frame number"),
        ({}, {"matte": "m.####.gif"}, "A matte is written as"),
        ({}, {"foreground": "f.exr"}, "no place for the frame number"),
        ({}, {"trimaps": "t.####.exr"}, "A trimap is written as"),
        ({}, {"matte": "{plate}"}, "frame 1001 of the plate"),
        ({}, {"compression": "nosuch"}, "compression 'nosuch' is unknown"),
    ],
    ids=str,
)
def test_what_render_refuses_at_once_is_not_queued(
    store: Store, make_job: MakeJob, change: dict[str, Any], output: dict[str, str], sentence: str
) -> None:
    shot = make_job().shot
    named = {name: value.format(plate=shot.plate) for name, value in output.items()}
    shot = dataclasses.replace(shot, output=dataclasses.replace(shot.output, **named), **change)
    with pytest.raises(StfamError, match=sentence):
        submit(store, job_from_shot(shot, "shot", None))
    assert store.views() == []


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ({"device": "nosuch"}, "There is no device 'nosuch'"),
        ({"weights": "nosuch"}, "no matting weights 'nosuch'"),
        ({"window": 99999}, "a window of 99999 is too large"),
        ({"propagation_weights": "/nowhere/own.safetensors"}, "no propagation weights"),
    ],
    ids=str,
)
def test_settings_that_nothing_is_called_are_not_queued(
    store: Store, make_job: MakeJob, setting: dict[str, Any], sentence: str
) -> None:
    shot = make_job().shot
    shot = dataclasses.replace(shot, settings=dataclasses.replace(shot.settings, **setting))
    with pytest.raises(StfamError, match=sentence):
        submit(store, job_from_shot(shot, "shot", None))
    assert store.views() == []


def test_adding_a_shot_does_not_load_the_network(make_job: MakeJob, tmp_path: Path) -> None:
    shot = tmp_path / "sh010.stfam"
    make_job().shot.save(shot)
    script = (
        "import sys; from stfam.plugin.cli import main; "
        f"assert main(['queue', 'add', {str(shot)!r}, '--queue', {str(tmp_path / 'queue')!r}]) == 0; "
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_a_plate_that_is_still_copied_may_be_queued(store: Store, make_job: MakeJob) -> None:
    shot = make_job().shot
    Path(shot.plate.replace("####", "1003")).unlink()
    assert submit(store, job_from_shot(shot, "shot", None)).job.frames == "1001-1006"


def test_checking_alone_needs_no_keyframe(store: Store, make_job: MakeJob) -> None:
    shot = dataclasses.replace(make_job().shot, keys=())
    job = dataclasses.replace(job_from_shot(shot, "shot", None), steps=(Step.CHECK,))
    assert [task.step for task in submit(store, job).tasks] == [Step.CHECK]


def test_frames_that_the_plate_names_are_the_shots(make_job: MakeJob) -> None:
    shot = make_job().shot
    named = dataclasses.replace(shot, plate=shot.plate.replace("####", "1002-1004#"), frames=None)
    assert job_from_shot(named, "shot", None).frames == "1002-1004"


@pytest.fixture
def job_file(tmp_path: Path, make_job: MakeJob) -> Path:
    make_job("sh010")
    shot = Shot("sh010/plate/p.####.exr", Output("sh010/matte/m.####.exr"), (Keyframe(1001, "sh010/plate/key.png"),))
    job = {"stfam_job": 1, "name": "sh010", "frames": "1001-1006", "shot": json.loads(shot.to_json())}
    file = tmp_path / "job.json"
    file.write_text(json.dumps(job))
    return file


def test_frames_and_name_change_a_job_file(run_stfam: RunStfam, job_file: Path) -> None:
    said = run_stfam("queue", "add", job_file, "--frames", "1002", "--name", "again", "--json")
    (added,) = json_lines(said.stdout)
    assert (added["frames"], added["name"]) == (1, "again")


def test_a_job_file_keeps_its_shot(run_stfam: RunStfam, job_file: Path) -> None:
    said = run_stfam("queue", "add", job_file, "--device", "cpu", "--window", "1", "--out", "x.####.exr")
    assert said.returncode == 2
    assert "--out, --window, --device cannot change it" in said.stderr


@pytest.mark.parametrize("option", ["--frames", "--steps", "--queue"])
def test_an_empty_value_is_no_default(run_stfam: RunStfam, job_file: Path, option: str) -> None:
    said = run_stfam("queue", "add", job_file, option, "")
    assert said.returncode == 2 and f"argument {option}: it is empty" in said.stderr


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"foo": 1}, "job has no field 'foo'"),
        ({"frames": None}, "job.frames takes str"),
        ({"steps": ["zap"]}, "There is no step 'zap'; there are propagate, matte, check."),
    ],
    ids=str,
)
def test_sentences_about_job_files(run_stfam: RunStfam, job_file: Path, change: dict[str, Any], sentence: str) -> None:
    job_file.write_text(json.dumps({**json.loads(job_file.read_text()), **change}))
    said = run_stfam("queue", "add", job_file)
    assert said.returncode == 2 and sentence in said.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="file names that are bytes")
@pytest.mark.parametrize("command", [("queue", "add"), ("bundle",), ("render",)], ids=" ".join)
def test_a_name_that_is_no_utf8_is_said(run_stfam: RunStfam, tmp_path: Path, command: tuple[str, ...]) -> None:
    folder = os.fsencode(tmp_path) + b"/lat\xe9"
    os.mkdir(folder)
    plate = os.fsdecode(folder) + "/p.####.exr"
    (Path(os.fsdecode(folder)) / "p.1001.exr").touch()
    more = (tmp_path / "bundle",) if command == ("bundle",) else ()
    said = run_stfam(*command, plate, *more, "--key", "1001=key.png", "--out", tmp_path / "m.####.exr", "--json")
    assert said.returncode == 3
    assert "is no UTF-8 text" in said.stderr and "Traceback" not in said.stderr
    (error,) = json_lines(said.stdout)
    assert (error["event"], error["exit_status"]) == ("error", 3)
