"""Jobs: JSON there and back, and what a job file may not do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from queue_bench import MakeJob

from stfam.core.errors import InputError
from stfam.core.shot import Shot
from stfam.plugin.queue.errors import JobFileError
from stfam.plugin.queue.frame_bounds import FRAME_LIMIT
from stfam.plugin.queue.job import Job
from stfam.plugin.queue.plan import Step


def test_a_job_goes_through_json_unchanged(make_job: MakeJob) -> None:
    job = make_job(priority=80, depends=(3, 4), retries=5, environment={"OCIO": "/c.ocio"}, notes="nächtlich", chunk=7)
    assert Job.from_json(json.loads(json.dumps(job.to_json()))) == job


def test_defaults_may_be_left_out(make_job: MakeJob) -> None:
    data = make_job().to_json()
    short = {name: data[name] for name in ("stfam_job", "name", "shot", "frames")}
    assert Job.from_json(short) == make_job()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"colour": "red"}, "colour"),
        ({"stfam_job": 2}, "stfam_job"),
        ({"priority": 101}, "0 to 100"),
        ({"priority": "high"}, "priority"),
        ({"retries": -1}, "retries"),
        ({"steps": ["paint"]}, "paint"),
        ({"steps": []}, "steps"),
        ({"name": "../etc"}, "name"),
        ({"name": ""}, "name"),
        ({"name": "red\x1b[31m"}, "plain name"),
        ({"name": "a\tb"}, "plain name"),
        ({"name": "\ud800"}, "plain name"),
        ({"name": "n" * 201}, "at most 200"),
        ({"frames": "1-1000000"}, "1,000,000 frames"),
        ({"frames": "1-999999999"}, "refused"),
        ({"frames": "1-9x0"}, "range"),
        ({"frames": "10-1"}, "range"),
        ({"frames": "1\t-9"}, "range"),
        ({"frames": "tomorrow"}, "range"),
        ({"environment": {"LD_PRELOAD": "/tmp/x.so"}}, "LD_PRELOAD"),
        ({"environment": {"PYTHONPATH": "/tmp"}}, "PYTHONPATH"),
        ({"environment": {"A=B": "1"}}, "A=B"),
        ({"environment": {"A": 1}}, "A"),
        ({"depends": [0]}, "depends"),
        ({"depends": [10**30]}, "depends"),
        ({"notes": "\ud800"}, "notes"),
        ({"notes": "a\0b"}, "notes"),
        ({"name": "\ud800"}, "name"),
        ({"shot": {"stfam": 1, "plate": "p\0.####.exr", "output": {"matte": "m"}}}, "no UTF-8 text"),
        ({"shot": {"stfam": 1, "plate": "p", "output": {"matte": "m"}, "settings": {"device": "\ud800"}}}, "UTF-8"),
        ({"shot": {"stfam": 1, "plate": "p.####.exr"}}, "output"),
        ({"shot": {"stfam": 1, "plate": "p", "output": {"matte": "m", "colour": 1}}}, "colour"),
    ],
    ids=str,
)
def test_what_does_not_hold_together_is_refused(make_job: MakeJob, change: dict[str, object], sentence: str) -> None:
    with pytest.raises(JobFileError, match=sentence):
        Job.from_json({**make_job().to_json(), **change})


def test_the_most_frames_are_allowed(make_job: MakeJob) -> None:
    assert Job.from_json({**make_job().to_json(), "frames": f"1-{FRAME_LIMIT}"}).frames == f"1-{FRAME_LIMIT}"


def job_file(folder: Path, **paths: str) -> Path:
    shot = {"stfam": 1, "plate": "plate/p.####.exr", "output": {"matte": "matte/m.####.exr"}}
    shot["output"]["matte"] = paths.pop("matte", "matte/m.####.exr")  # type: ignore[index]
    job = {"stfam_job": 1, "name": "delivered", "frames": "1-4", "shot": {**shot, **paths}, "steps": ["matte"]}
    path = folder / "job.json"
    path.write_text(json.dumps(job))
    return path


def test_a_job_file_that_is_not_there_is_missing_input(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read: No such file"):
        Job.load(tmp_path / "job.json")


def test_a_job_file_names_what_lies_beside_it(tmp_path: Path) -> None:
    job = Job.load(job_file(tmp_path))
    assert job.shot.plate == str(tmp_path / "plate/p.####.exr")
    assert job.steps == (Step.MATTE,)


@pytest.mark.parametrize("field", ["plate", "matte", "keys_pattern"])
@pytest.mark.parametrize(
    "path",
    [
        "../p.####.exr",
        "a/../../p.####.exr",
        "/etc/p.####.exr",
        "C:\\p.####.exr",
        "..\\p.####.exr",
        "\\\\server\\p",
        "~/p",
    ],
)
def test_a_path_out_of_its_folder_is_refused(tmp_path: Path, field: str, path: str) -> None:
    with pytest.raises(JobFileError, match="absolute|leads out"):
        Job.load(job_file(tmp_path, **{field: path}))


def test_a_link_out_of_its_folder_is_refused(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "plate").symlink_to(tmp_path)
    with pytest.raises(JobFileError, match="leads out"):
        Job.load(job_file(inside))


@pytest.mark.parametrize("text", ["", '{"stfam_job": 1, "na', "[]", "5", "\x00\xff"], ids=repr)
def test_a_file_that_is_no_job_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "job.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(JobFileError):
        Job.load(path)


@pytest.mark.parametrize("end", ["]", "}"], ids=["list", "object"])
def test_a_file_that_is_nested_too_deep_is_refused(tmp_path: Path, end: str) -> None:
    path = tmp_path / "job.json"
    path.write_text('{"stfam_job": 1, "shot": ' + ("[" if end == "]" else '{"a":') * 100_000)
    with pytest.raises(JobFileError, match="nested too deep"):
        Job.load(path)


@pytest.mark.parametrize("field", ["name", "frames", "plate"])
def test_a_field_that_is_named_twice_is_refused(tmp_path: Path, field: str) -> None:
    path = job_file(tmp_path)
    path.write_text(path.read_text().replace(f'"{field}": ', f'"{field}": "1-2", "{field}": ', 1))
    with pytest.raises(JobFileError, match=f"names '{field}' twice"):
        Job.load(path)


def test_a_null_character_in_a_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(JobFileError, match="null characters"):
        Job.load(job_file(tmp_path, plate="p\0.####.exr"))


def test_a_shot_is_kept_as_it_is(make_job: MakeJob) -> None:
    job = make_job()
    assert Shot.from_json(json.dumps(job.to_json()["shot"])) == job.shot
