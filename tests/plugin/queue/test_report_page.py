"""A job's report: what it warns of."""

from __future__ import annotations

from pathlib import Path

from queue_bench import AddJob

from stfam.plugin.queue.assignment import Ending, Outcome
from stfam.plugin.queue.claims import Claims
from stfam.plugin.queue.frame_events import FrameEvent
from stfam.plugin.queue.report_page import write_page
from stfam.plugin.queue.store import Store


def test_a_frame_that_was_rendered_again_is_named_with_its_step(
    store: Store, claims: Claims, add_job: AddJob, tmp_path: Path
) -> None:
    """A trimap and the matte of a frame that was broken at first are two lines that say different things."""
    number = add_job(chunk=6)
    for ending in (Outcome.LOST, Outcome.DONE, Outcome.LOST, Outcome.DONE):
        task = claims.take("")
        assert task is not None
        claims.record(task, [FrameEvent(1001, "written")])
        claims.end(task, Ending(ending))
    write_page(store, number, tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text("utf-8")
    for step in ("propagate", "matte"):
        assert page.count(f"{step} 1001 was rendered 2 times") == 1
    assert page.count("rendered 2 times") == 2
