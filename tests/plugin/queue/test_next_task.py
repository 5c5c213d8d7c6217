"""Jobs that write the same files take turns, however they spell them."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from queue_bench import MakeJob

from stfam.core.shot import Output
from stfam.plugin.queue.claims import Claims
from stfam.plugin.queue.plan import PlannedTask, Step
from stfam.plugin.queue.store import Store


@pytest.mark.parametrize(
    ("first", "second", "waits"),
    [
        (("out/m.####.exr", "1001"), ("out/m.%04d.exr", "1001"), True),
        (("out/m.####.exr", "1001"), ("out/m.%d.exr", "999-1001"), True),
        (("out/m.####.exr", "999"), ("out/m.%d.exr", "999"), False),
        (("out/m.####.exr", "998-1001"), ("out/m.%d.exr", "998-1001"), True),
        (("out/m.####.exr", "1001"), ("linked/m.####.exr", "1001"), True),
        (("out/m.####.exr", "1001"), ("linked/../out/m.####.exr", "1001"), True),
        (("out/m.####.exr", "1001"), ("out/m.####.exr", "1002"), False),
        (("out/m.####.exr", "1001"), ("out/n.####.exr", "1001"), False),
        (("out/m.mov", "1001"), ("linked/m.mov", "1002"), True),
        (("out/m.mov", "1001"), ("out/n.mov", "1001"), False),
    ],
    ids=["token", "width", "other-width", "width-of-some", "link", "dots", "frames", "name", "movie", "other-movie"],
)
def test_a_job_waits_while_another_writes_its_files(
    first: tuple[str, str],
    second: tuple[str, str],
    waits: bool,
    store: Store,
    claims: Claims,
    make_job: MakeJob,
    tmp_path: Path,
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "linked").symlink_to(tmp_path / "out", target_is_directory=True)
    for matte, frames in (first, second):
        job = make_job("shot", frames)
        shot = dataclasses.replace(job.shot, output=Output(matte=f"{tmp_path}/{matte}"))
        store.add(dataclasses.replace(job, shot=shot), [PlannedTask(Step.MATTE, (int(frames[-4:]),))])
    assert claims.take("") is not None
    assert (claims.take("") is None) is waits
