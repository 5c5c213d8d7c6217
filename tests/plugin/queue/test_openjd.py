"""Job bundles that `openjd check` accepts and `openjd run` executes to the end."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from queue_bench import MakeJob

from stfam.core.errors import StfamError, UsageError
from stfam.core.frame_range import FrameRange
from stfam.core.shot import Keyframe
from stfam.plugin.queue.cost import Costs
from stfam.plugin.queue.openjd.bundle import BundleOptions, job_template, write_bundle
from stfam.plugin.queue.plan import Extent

openjd = pytest.importorskip("openjd.cli")

COMMAND = Path(__file__).with_name("stand_in_command.py")
Bundle = Callable[..., Path]


@pytest.fixture
def bundle(make_job: MakeJob, tmp_path: Path) -> Bundle:
    """The bundle of a shot of `frames` in a folder."""

    def write(frames: str = "1001-1007", keys: Iterable[int] = (), **options: object) -> Path:
        shot = make_job(frames=frames).shot
        more = tuple(Keyframe(frame, shot.keys[0].trimap) for frame in keys)
        shot = dataclasses.replace(shot, keys=more or shot.keys)
        write_bundle(shot, tmp_path / "bundle", BundleOptions("shot", **options), Costs())  # type: ignore[arg-type]
        return tmp_path / "bundle"

    return write


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """The stand-in as one executable file, as a farm's `stfam` is."""
    path = tmp_path / "stfam"
    path.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{COMMAND}" "$@"\n')
    path.chmod(0o755)
    return path


def run_openjd(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "openjd", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)


@pytest.mark.parametrize("chunking", [True, False], ids=["CHUNK[INT]", "spelt out"])
def test_check_accepts_and_run_executes(bundle: Bundle, program: Path, tmp_path: Path, chunking: bool) -> None:
    folder = bundle(chunk=3, chunking=chunking)
    template = folder / "template.json"
    checked = run_openjd("check", template)
    assert checked.returncode == 0, checked.stdout
    ran = run_openjd("run", template, "-p", f"StfamCommand={program}", "--step", "Check", "--run-dependencies")
    assert ran.returncode == 0, ran.stdout[-3000:]
    assert "openjd_progress: 100.0" in ran.stdout
    assert "openjd_status: Frame 1007" in ran.stdout
    assert len(list((tmp_path / "shot" / "matte").glob("m.*.exr"))) == 7
    assert len(list((folder / "trimaps").glob("trimap.*.png"))) == 7


def test_frames_below_zero(bundle: Bundle, program: Path, tmp_path: Path) -> None:
    template = bundle("-2-1", chunk=2) / "template.json"
    ran = run_openjd("run", template, "-p", f"StfamCommand={program}", "--step", "Check", "--run-dependencies")
    assert ran.returncode == 0, ran.stdout[-3000:]
    assert len(list((tmp_path / "shot" / "matte").glob("m.*.exr"))) == 4


def test_with_continue_on_error_the_check_tells(bundle: Bundle, program: Path, tmp_path: Path) -> None:
    template = bundle(chunk=3, continue_on_error=True) / "template.json"
    (tmp_path / "shot" / "plate" / "p.1004.exr").unlink()
    ran = run_openjd("run", template, "-p", f"StfamCommand={program}", "--step", "Check", "--run-dependencies")
    assert ran.returncode != 0
    assert "1 frames failed and are left to the check" in ran.stdout
    assert "m.1004.exr does not read back" in ran.stdout
    assert len(list((tmp_path / "shot" / "matte").glob("m.*.exr"))) == 6


@pytest.mark.parametrize("chunking", [True, False], ids=["CHUNK[INT]", "spelt out"])
def test_more_spans_than_a_list_may_have_are_joined(bundle: Bundle, chunking: bool) -> None:
    folder = bundle("1-2200", keys=range(1, 2200, 2), chunk=3, chunking=chunking)
    checked = run_openjd("check", folder / "template.json")
    assert checked.returncode == 0, checked.stdout
    template = json.loads((folder / "template.json").read_text())
    spans = template["steps"][0]["parameterSpace"]["taskParameterDefinitions"][0]["range"]
    assert sorted(frame for span in spans for frame in FrameRange.parse(span)) == list(range(1, 2201))


def test_more_chunks_than_can_be_spelt_out_are_refused(bundle: Bundle) -> None:
    with pytest.raises(UsageError, match="2200 tasks; OpenJD allows 1024. Give --chunk 3"):
        bundle("1-2200", chunk=1, chunking=False)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"workers": 0}, "--workers"),
        ({"workers": -1}, "--workers"),
        ({"chunk": -1}, "--chunk"),
        ({"name": "two\nlines"}, "plain name"),
        ({"name": "n" * 129}, "at most 128"),
    ],
    ids=str,
)
def test_what_makes_no_job_is_refused(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(StfamError, match=sentence):
        BundleOptions(**{"name": "shot", **options})


def test_paths_are_mapped(bundle: Bundle, program: Path, tmp_path: Path) -> None:
    folder = bundle()
    (tmp_path / "shot").rename(tmp_path / "elsewhere")
    rule = {
        "source_path_format": "POSIX",
        "source_path": str(tmp_path / "shot"),
        "destination_path": str(tmp_path / "elsewhere"),
    }
    rules = tmp_path / "rules.json"
    rules.write_text(json.dumps({"version": "pathmapping-1.0", "path_mapping_rules": [rule]}))
    arguments = ["-p", f"StfamCommand={program}", "--step", "Check", "--run-dependencies"]
    ran = run_openjd("run", folder / "template.json", *arguments, "--path-mapping-rules", f"file://{rules}")
    assert ran.returncode == 0, ran.stdout[-3000:]
    assert len(list((tmp_path / "elsewhere" / "matte").glob("m.*.exr"))) == 7


def test_a_failing_step_says_why(bundle: Bundle, program: Path, tmp_path: Path) -> None:
    folder = bundle()
    (tmp_path / "shot" / "plate" / "p.1004.exr").unlink()
    ran = run_openjd("run", folder / "template.json", "-p", f"StfamCommand={program}", "--step", "Propagate")
    assert ran.returncode != 0
    assert "openjd_fail:" in ran.stdout
    assert "Plate frame 1004 is missing" in ran.stdout


def test_files_of_a_bundle(bundle: Bundle, tmp_path: Path) -> None:
    folder = bundle(chunk=3)
    assert sorted(path.name for path in folder.glob("*.*")) == [
        "asset_references.json",
        "parameter_values.json",
        "shot.stfam",
        "template.json",
    ]
    assets = json.loads((folder / "asset_references.json").read_text())["assetReferences"]
    assert assets["inputs"]["directories"] == [str(tmp_path / "shot" / "plate")]
    assert str(tmp_path / "shot" / "matte") in assets["outputs"]["directories"]
    values = json.loads((folder / "parameter_values.json").read_text())["parameterValues"]
    assert {"name": "FramesPerTask", "value": 3} in values


def test_the_template_has_one_task_a_span() -> None:
    frames = tuple(range(1, 31))
    template = job_template(Extent(frames, frames, (1, 10, 30)), 2, 5, BundleOptions("shot"))
    spans = template["steps"][0]["parameterSpace"]["taskParameterDefinitions"][0]["range"]
    assert spans == ["1-10", "11-30"]
    assert template["steps"][1]["dependencies"] == [{"dependsOn": "Propagate"}]


@pytest.mark.parametrize("kind", ["matte", "foreground"])
def test_a_movie_is_one_task_whatever_its_gaps(make_job: MakeJob, tmp_path: Path, kind: str) -> None:
    """Farms cut a chunked range at its gaps, and each piece would write the movie of the others over."""
    shot = make_job(frames="1001-1003,1006-1008").shot
    movie = {kind: str(tmp_path / "m.mov")}
    shot = dataclasses.replace(shot, output=dataclasses.replace(shot.output, **movie))
    template = write_bundle(shot, tmp_path / "bundle", BundleOptions("shot"), Costs())
    matte = template["steps"][1]["parameterSpace"]["taskParameterDefinitions"]
    assert matte == [{"name": "Frames", "type": "STRING", "range": ["1001-1003,1006-1008"]}]
    assert run_openjd("check", tmp_path / "bundle" / "template.json").returncode == 0


def test_without_anything_to_propagate_mattes_wait_for_nothing() -> None:
    frames = (1, 2, 3)
    template = job_template(Extent(frames, frames, frames), 2, 5, BundleOptions("shot"))
    assert [step["name"] for step in template["steps"]] == ["Matte", "Check"]
    assert "dependencies" not in template["steps"][0]


@pytest.mark.skipif(os.name == "nt", reason="SIGTERM as POSIX farms send it")
def test_sigterm_ends_a_task_within_its_grace_period(bundle: Bundle, program: Path, tmp_path: Path) -> None:
    folder = bundle("1-500")
    environment = {**os.environ, "STAND_IN_SECONDS": "0.5"}
    command = [program, "farm", "task", "matte", folder / "shot.stfam", "--messages", "openjd"]
    task = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    assert task.stdout is not None
    while not task.stdout.readline().startswith("openjd_progress"):
        assert task.poll() is None
    task.send_signal(signal.SIGTERM)
    rest, _ = task.communicate(timeout=240)
    assert task.returncode == 143
    assert "openjd_fail" in rest
    frames = list((tmp_path / "shot" / "matte").glob("m.*.exr"))
    assert 0 < len(frames) < 100, "a farm gives a task some seconds of grace"
    assert all(path.read_text().count("\n") == 2000 for path in frames)
