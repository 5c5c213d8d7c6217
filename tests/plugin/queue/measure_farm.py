"""Measures what docs/farm.md says: seconds a frame, what a task costs besides, and two Dask workers against one.

    OMP_NUM_THREADS=1 python tests/plugin/queue/measure_farm.py --frames 96 --size 480x270

Wants a machine with two idle cores. Each worker renders a frame or two before its time is taken.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import mean
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from farm_bench import Farm
from real_shot import make_real_shot

STFAM = (sys.executable, "-m", "stfam.plugin.cli")


class Measure:
    """One shot, one queue, one environment."""

    def __init__(self, folder: Path, frames: int, size: tuple[int, int], chunk: int) -> None:
        self.folder, self.frames, self.chunk = folder, frames, chunk
        self.environment = {**os.environ, "STFAM_QUEUE": str(folder / "queue")}
        self.shot = make_real_shot(folder / "shot", size=size, frames=frames, keys=(1001, 1000 + frames))
        self.jobs = 0

    def stfam(self, *arguments: object) -> str:
        command = [*STFAM, *map(str, arguments)]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, check=True).stdout

    def add(self, *arguments: object, chunk: int) -> int:
        self.jobs += 1
        out = self.folder / f"job{self.jobs}" / "m.####.exr"
        said = self.stfam("queue", "add", *arguments, "--out", out, "--chunk", chunk, "--json")
        return int(json.loads(said)["number"])

    def run(self, *arguments: object) -> float:
        """Work the queue off; seconds from the first task's start to the last one's end."""
        command = [*STFAM, "queue", "run", "--until-empty", "--json", *map(str, arguments)]
        first = last = 0.0
        with subprocess.Popen(command, env=self.environment, stdout=subprocess.PIPE, text=True) as runner:
            assert runner.stdout is not None
            for line in runner.stdout:
                event = json.loads(line)["event"]
                first = first or (time.monotonic() if event == "task_started" else 0.0)
                last = time.monotonic() if event == "task_ended" else last
        assert runner.returncode == 0
        return last - first

    def show(self, job: int) -> dict[str, Any]:
        shown: dict[str, Any] = json.loads(self.stfam("queue", "show", job, "--json"))
        return shown

    def local(self) -> dict[str, Any]:
        """Every step in the local queue, one worker."""
        first = self.add(*self.shot.arguments, "--frames", "1001-1004", chunk=4)
        job = self.add(*self.shot.arguments, chunk=self.chunk)
        whole = self.add(*self.shot.arguments, "--steps", "propagate,matte,check", chunk=self.frames)
        self.run("--workers", 1)
        return {"warm-up": first, **self.costs(job), "one piece": self.costs(whole)}

    def costs(self, job: int) -> dict[str, float]:
        """Seconds a frame by step, and what tasks took beyond their frames."""
        shown = self.show(job)
        found: dict[str, float] = {}
        for step in ("propagate", "matte", "check"):
            seconds = [frame["seconds"] for frame in shown["frames"] if frame["step"] == step]
            tasks = [task for task in shown["tasks"] if task["step"] == step]
            told = sum(task["seconds"] for task in tasks)
            found[step] = round(mean(seconds), 4)
            found[f"{step} beyond frames, a task"] = round((told - sum(seconds)) / len(tasks), 3)
        return found

    def scaling(self) -> dict[str, float]:
        """The matte step of the shot on one Dask worker and on two."""
        self.stfam("propagate", *self.shot.arguments, "--out", self.folder / "trimaps" / "t.####.png")
        given = (self.shot.arguments[0], "--keys", self.folder / "trimaps" / "t.####.png", "--steps", "matte")
        seconds = []
        for workers in (1, 2):
            farm = Farm(workers, self.environment)
            try:
                self.add(*given, "--frames", "1001-1008", chunk=2)
                self.run("--scheduler", farm.address)
                self.add(*given, chunk=self.chunk)
                seconds.append(self.run("--scheduler", farm.address))
            finally:
                farm.end()
        return {"one worker": seconds[0], "two workers": seconds[1], "ratio": seconds[0] / seconds[1]}


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--frames", type=int, default=96)
    options.add_argument("--size", default="480x270")
    options.add_argument("--chunk", type=int, default=12)
    options.add_argument("--only", choices=("local", "scaling"))
    chosen = options.parse_args()
    width, height = map(int, chosen.size.split("x"))
    with tempfile.TemporaryDirectory(prefix="stfam-measure-") as folder:
        measure = Measure(Path(folder), chosen.frames, (width, height), chosen.chunk)
        if chosen.only != "scaling":
            print("local queue", json.dumps(measure.local(), indent=1), flush=True)
        if chosen.only != "local":
            print("Dask", json.dumps(measure.scaling(), indent=1), flush=True)


if __name__ == "__main__":
    main()
