"""A queue folder of its own for each test, and shots that the stand-in renders."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from stfam.core.frame_range import FrameRange
from stfam.core.shot import Keyframe, Output, Shot
from stfam.plugin.queue.folder import QueueFolder
from stfam.plugin.queue.job import Job
from stfam.plugin.queue.plan import Extent, plan
from stfam.plugin.queue.store import Store

STAND_IN = (sys.executable, str(Path(__file__).with_name("stand_in.py")))


@pytest.fixture
def folder(tmp_path: Path) -> QueueFolder:
    return QueueFolder.find(str(tmp_path / "queue"))


@pytest.fixture
def store(folder: QueueFolder) -> Iterator[Store]:
    opened = Store(folder)
    yield opened
    opened.close()


MakeJob = Callable[..., Job]


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
        shot = Shot(
            plate=str(plate / "p.####.exr"),
            keys=(Keyframe(wanted[0], str(plate / "key.png")),),
            output=Output(matte=str(matte / "m.####.exr")),
            frames=frames,
        )
        return Job(name=name, shot=shot, frames=frames, **fields)  # type: ignore[arg-type]

    return make


AddJob = Callable[..., int]


@pytest.fixture
def add_job(store: Store, make_job: MakeJob) -> AddJob:
    """Queue a job for the stand-in, `chunk` frames a matte task; returns its number."""

    def add(name: str = "shot", frames: str = "1001-1006", chunk: int = 3, **fields: object) -> int:
        job = make_job(name, frames, **fields)
        wanted = tuple(FrameRange.parse(frames))
        keys = tuple(key.frame for key in job.shot.keys)
        return store.add(job, plan(Extent(wanted, wanted, keys), job.steps, job.shot.settings.window, chunk))

    return add
