"""The real `stfam` on a tiny shot: however it is rendered, whatever is killed meanwhile, the mattes are the same."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from farm_bench import Farm
from queue_bench import kill_tree, wait_for
from real_shot import FRAMES, RealShot, make_real_shot, mattes, real_environment

STFAM = (sys.executable, "-m", "stfam.plugin.cli")
CHUNK = 4
MINUTES = 240


class Bench:
    """The shot, an output folder and a queue of its own; what it started ends with the test."""

    def __init__(self, shot: RealShot, folder: Path) -> None:
        self.shot, self.out = shot, folder / "mattes"
        self.environment = real_environment(folder / "queue")
        self.started: list[subprocess.Popen[str]] = []

    @property
    def arguments(self) -> list[str]:
        return [*self.shot.arguments, "--out", str(self.out / "m.####.exr")]

    def stfam(self, *arguments: object, status: int = 0) -> str:
        """Run `stfam` to its end, which is `status`; returns what it said on stdout."""
        command = [*STFAM, *map(str, arguments)]
        ran = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, timeout=MINUTES, check=False
        )
        assert ran.returncode == status, ran.stdout[-2000:] + ran.stderr[-2000:]
        return ran.stdout

    def start(self, *arguments: object) -> subprocess.Popen[str]:
        command = [*STFAM, *map(str, arguments)]
        self.started.append(
            subprocess.Popen(command, env=self.environment, stdout=subprocess.PIPE, text=True, start_new_session=True)
        )
        return self.started[-1]

    def written(self) -> int:
        return len(mattes(self.out))

    def job(self) -> dict[str, Any]:
        shown: dict[str, Any] = json.loads(self.stfam("queue", "show", 1, "--json"))
        return shown

    def renders(self) -> list[int]:
        """How often each matte was written."""
        return [frame["renders"] for frame in self.job()["frames"] if frame["step"] == "matte"]


@pytest.fixture(scope="module")
def shot(tmp_path_factory: pytest.TempPathFactory) -> RealShot:
    return make_real_shot(tmp_path_factory.mktemp("shot"))


@pytest.fixture(scope="module")
def rendered(shot: RealShot, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What `stfam render` makes of the shot."""
    bench = Bench(shot, tmp_path_factory.mktemp("render"))
    bench.stfam("render", *bench.arguments)
    found = mattes(bench.out)
    assert len(found) == len(FRAMES)
    return found


@pytest.fixture
def bench(shot: RealShot, tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(shot, tmp_path)
    yield bench
    for process in bench.started:
        kill_tree(process)


def test_the_local_queue_with_a_killed_runner(bench: Bench, rendered: dict[str, bytes]) -> None:
    bench.stfam("queue", "add", *bench.arguments, "--chunk", CHUNK)
    runner = bench.start("queue", "run", "--workers", 2)
    wait_for(lambda: bench.written() >= 1, MINUTES)
    runner.kill()
    bench.stfam("queue", "run", "--until-empty")
    assert mattes(bench.out) == rendered
    assert bench.job()["state"] == "done"
    assert bench.renders() == [1] * len(FRAMES)


def test_two_dask_workers_of_which_one_is_killed(bench: Bench, rendered: dict[str, bytes]) -> None:
    pytest.importorskip("distributed")
    bench.stfam("queue", "add", *bench.arguments, "--chunk", 3)
    farm = Farm(2, bench.environment)
    try:
        runner = bench.start("queue", "run", "--until-empty", "--scheduler", farm.address)
        wait_for(lambda: bench.written() >= 1, MINUTES)
        os.kill(farm.workers[0], signal.SIGKILL)
        assert runner.wait(MINUTES) == 0
    finally:
        farm.end()
    assert mattes(bench.out) == rendered
    assert bench.renders() == [1] * len(FRAMES)


def test_openjd_run(bench: Bench, rendered: dict[str, bytes], tmp_path: Path) -> None:
    pytest.importorskip("openjd.cli")
    program = tmp_path / "stfam"
    program.write_text(f'#!/bin/sh\nexec "{STFAM[0]}" -m {STFAM[2]} "$@"\n')
    program.chmod(0o755)
    bundle = tmp_path / "bundle"
    bench.stfam("bundle", *bench.arguments, bundle, "--chunk", 6)
    command = [sys.executable, "-m", "openjd", "run", str(bundle / "template.json")]
    command += ["-p", f"StfamCommand={program}"]
    ran = subprocess.run(command, env=bench.environment, capture_output=True, text=True, timeout=MINUTES, check=False)
    assert ran.returncode == 0, ran.stdout[-3000:]
    assert mattes(bench.out) == rendered


def test_a_plate_frame_that_comes_late_and_a_matte_that_was_cut(bench: Bench, rendered: dict[str, bytes]) -> None:
    late = bench.shot.plate(1011)
    late.rename(late.with_suffix(".late"))
    try:
        bench.stfam("queue", "add", *bench.arguments, "--frames", "1001-1012", "--chunk", CHUNK)
        bench.stfam("queue", "run", "--until-empty", status=6)
        assert "1011" in bench.job()["error"]
    finally:
        late.with_suffix(".late").rename(late)
    for path in bench.out.glob("m.1002.exr"):
        path.write_bytes(path.read_bytes()[:200])
    bench.stfam("queue", "retry", 1)
    bench.stfam("queue", "run", "--until-empty")
    assert mattes(bench.out) == rendered
