"""A queue folder of its own for each test, shots that the stand-in renders, and runners as real processes."""

from __future__ import annotations

import contextlib
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from stfam.core.frame_range import FrameRange
from stfam.core.shot import Keyframe, Output, Shot
from stfam.plugin.cli import main
from stfam.plugin.queue.claims import Claims
from stfam.plugin.queue.folder import QueueFolder
from stfam.plugin.queue.job import Job
from stfam.plugin.queue.plan import Extent, plan
from stfam.plugin.queue.store import Store

sys.path.insert(0, str(Path(__file__).parent))

from farm_bench import Farm, StartFarm
from queue_bench import PATIENCE, STAND_IN, AddJob, MakeJob, RunStfam, StartRunner

OUTPUT_BYTES = 2**20
"""That a runner can say before it is read; a pipe's usual 64 KB are some 250 frames."""


@pytest.fixture
def folder(tmp_path: Path) -> QueueFolder:
    return QueueFolder.find(str(tmp_path / "queue"))


@pytest.fixture
def store(folder: QueueFolder) -> Iterator[Store]:
    opened = Store(folder)
    yield opened
    opened.close()


@pytest.fixture
def make_job(tmp_path: Path) -> MakeJob:
    """A job of `frames` with plate files, for the stand-in."""

    def make(name: str = "shot", frames: str = "1001-1006", **fields: object) -> Job:
        plate, matte = tmp_path / name / "plate", tmp_path / name / "matte"
        plate.mkdir(parents=True, exist_ok=True)
        matte.mkdir(exist_ok=True)
        wanted = tuple(FrameRange.parse(frames))
        for frame in wanted:
            (plate / f"p.{frame:04d}.exr").touch()
        (plate / "key.png").touch()
        shot = Shot(
            plate=str(plate / "p.####.exr"),
            keys=(Keyframe(wanted[0], str(plate / "key.png")),),
            output=Output(matte=str(matte / "m.####.exr")),
            frames=frames,
        )
        return Job(name=name, shot=shot, frames=frames, **fields)  # type: ignore[arg-type]

    return make


@pytest.fixture
def add_job(store: Store, make_job: MakeJob) -> AddJob:
    """Queue a job for the stand-in, `chunk` frames a matte task; returns its number."""

    def add(name: str = "shot", frames: str = "1001-1006", chunk: int = 3, **fields: object) -> int:
        job = make_job(name, frames, **fields)
        wanted = tuple(FrameRange.parse(frames))
        keys = tuple(key.frame for key in job.shot.keys)
        return store.add(job, plan(Extent(wanted, wanted, keys), job.steps, job.shot.settings.window, chunk))

    return add


@pytest.fixture
def environment(folder: QueueFolder) -> dict[str, str]:
    """Of processes that work on this test's queue with the stand-in."""
    return {**os.environ, "STFAM_QUEUE": str(folder.root), "STFAM_RENDER_PROGRAM": shlex.join(STAND_IN)}


@pytest.fixture
def run_stfam(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> RunStfam:
    """Run `stfam` with arguments to its end, here: a process of its own takes half a second to start."""

    def run(*arguments: object, **variables: str) -> subprocess.CompletedProcess[str]:
        capsys.readouterr()
        with monkeypatch.context() as patch:
            for name, value in {**environment, **variables}.items():
                patch.setenv(name, value)
            try:
                status = main([*map(str, arguments)])
            except SystemExit as ended:  # of what makes no command
                status = int(ended.code or 0)
        return subprocess.CompletedProcess(arguments, status, *capsys.readouterr())

    return run


@pytest.fixture
def run_process(environment: dict[str, str]) -> RunStfam:
    """The same in a process of its own."""

    def run(*arguments: object, **variables: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "stfam.plugin.cli", *map(str, arguments)]
        env = {**environment, **variables}
        return subprocess.run(command, env=env, capture_output=True, text=True, timeout=PATIENCE, check=False)

    return run


@pytest.fixture
def start_runner(environment: dict[str, str]) -> Iterator[StartRunner]:
    """Start `stfam queue run`; whatever is left of it ends with the test.

    It never waits for its output to be read, which many tests do at the end.
    """
    running: list[subprocess.Popen[str]] = []

    def start(*arguments: object, **variables: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "stfam.plugin.cli", "queue", "run", "--json", *map(str, arguments)]
        process = subprocess.Popen(
            command, env={**environment, **variables}, stdout=subprocess.PIPE, pipesize=OUTPUT_BYTES, text=True
        )
        running.append(process)
        return process

    yield start
    for process in running:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        process.communicate(timeout=PATIENCE)


@pytest.fixture
def start_farm(environment: dict[str, str]) -> Iterator[StartFarm]:
    """Start `stfam farm local`; it ends with the test."""
    farms: list[Farm] = []

    def start(workers: int, *, port: int = 0, gpus: bool = False, **variables: str) -> Farm:
        farms.append(Farm(workers, {**environment, **variables}, port, gpus=gpus))
        return farms[-1]

    yield start
    for farm in farms:
        farm.end()


@pytest.fixture
def claims(store: Store) -> Claims:
    return Claims(store, "runner-a")
