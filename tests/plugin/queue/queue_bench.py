"""What the queue's tests share: types of their fixtures, waiting, and counting frames."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from stfam.core.shot import Keyframe, Output, Shot
from stfam.plugin.queue.assignment import Ending, Outcome
from stfam.plugin.queue.claims import Claims
from stfam.plugin.queue.folder import QueueFolder
from stfam.plugin.queue.job import Job
from stfam.plugin.queue.plan import Extent, Step, plan
from stfam.plugin.queue.states import State
from stfam.plugin.queue.store import Store
from stfam.plugin.queue.views import TaskView

STAND_IN = (sys.executable, str(Path(__file__).with_name("stand_in.py")))

PATIENCE = 240.0
"""Seconds that a test waits for what takes a moment on a machine with nothing else to do."""

MakeJob = Callable[..., Job]
AddJob = Callable[..., int]
StartRunner = Callable[..., "subprocess.Popen[str]"]
RunStfam = Callable[..., "subprocess.CompletedProcess[str]"]


def add_jobs(folder: str, place: str, first: int, count: int, together: Any, answers: Any) -> None:
    """In a process of its own: wait for the others, then add `count` jobs of two frames and answer their numbers."""
    store = Store(QueueFolder.find(folder))
    together.wait(PATIENCE)
    numbers = []
    for i in range(first, first + count):
        matte = Path(place) / f"job{i}"
        matte.mkdir()
        shot = Shot(f"{place}/p.####.exr", Output(str(matte / "m.####.exr")), (Keyframe(1, "key.png"),))
        steps = (Step.PROPAGATE, Step.MATTE)
        job = Job(name=f"job{i}", shot=shot, frames="1-2", priority=(i * 37) % 101, steps=steps)
        numbers.append(store.add(job, plan(Extent((1, 2), (1, 2), (1,)), job.steps, 2, 2)))
    store.close()
    answers.put(numbers)


def wait_for(holds: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Wait until something holds; fail if it does not in time."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.02)


def all_done(store: Store) -> bool:
    return all(view.state is State.DONE for view in store.views())


def written(store: Store, number: int) -> int:
    """Mattes of a job that are on disk."""
    return len(list(Path(store.job(number).shot.output.matte).parent.glob("m.*")))


def write_matte(store: Store, number: int, frame: int, alpha: int) -> Path:
    """The matte of a frame of a job, as a tiny picture of one value; its file."""
    import numpy as np  # not in the many processes of `add_jobs`
    import OpenImageIO as oiio

    path = Path(store.job(number).shot.output.matte.replace("####", f"{frame:04d}"))
    output = oiio.ImageOutput.create(str(path))
    assert output.open(str(path), oiio.ImageSpec(2, 2, 1, "half"))
    assert output.write_image(np.full((2, 2, 1), alpha, np.float32))
    output.close()
    return path


def finish_all(claims: Claims) -> list[TaskView]:
    """Take and finish tasks until there are none."""
    taken = []
    while (task := claims.take("")) is not None:
        taken.append(task)
        claims.end(task, Ending(Outcome.DONE))
    return taken


def rendered_twice(tmp_path: Path) -> list[str]:
    """What the stand-in found in place when it came to put a frame there."""
    return [line for audit in tmp_path.rglob("twice.txt") for line in audit.read_text().splitlines()]


def json_lines(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def kill_tree(process: subprocess.Popen[str]) -> None:
    """End a process that leads a session of its own; its render processes see their stdin end."""
    if process.poll() is None:
        process.kill()
    process.communicate(timeout=PATIENCE)
