"""Small pictures of mattes: of those that were found finished too, never of what was there before."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

import OpenImageIO as oiio
from queue_bench import AddJob, MakeJob, write_matte

from stfam.core.shot import Output
from stfam.plugin.queue.claims import Claims
from stfam.plugin.queue.frame_events import FrameEvent
from stfam.plugin.queue.plan import PlannedTask, Step
from stfam.plugin.queue.report_page import write_page
from stfam.plugin.queue.store import Store
from stfam.plugin.queue.thumbnails import frame_mattes, thumbnail


def tell(claims: Claims, *events: FrameEvent) -> None:
    task = claims.take("")
    assert task is not None
    claims.record(task, events)


def test_a_frame_that_was_found_finished_has_a_picture(
    store: Store, claims: Claims, add_job: AddJob, tmp_path: Path
) -> None:
    number = add_job(steps=(Step.MATTE,))
    matte = write_matte(store, number, 1001, 1)
    tell(claims, FrameEvent(1001, "skipped"), FrameEvent(1002, "failed", note="disk full"))
    ((frame, path),) = frame_mattes(store, number)
    assert (frame.frame, path) == (1001, matte)
    write_page(store, number, tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text("utf-8")
    assert page.count("<img") == 1 and "1001 · found finished" in page


def test_a_movie_has_no_pictures_of_frames(store: Store, claims: Claims, make_job: MakeJob, tmp_path: Path) -> None:
    job = make_job(frames="1")
    shot = dataclasses.replace(job.shot, output=Output(matte=str(tmp_path / "m.mov")))
    number = store.add(dataclasses.replace(job, shot=shot), [PlannedTask(Step.MATTE, (1,))])
    tell(claims, FrameEvent(1, "written", 0.5, str(tmp_path / "m.mov")))
    assert list(frame_mattes(store, number)) == []
    write_page(store, number, tmp_path / "report.html")
    assert "No pictures." in (tmp_path / "report.html").read_text("utf-8")


def test_a_matte_that_was_rendered_again_has_a_new_picture_although_the_clock_was_set_back(
    store: Store, add_job: AddJob
) -> None:
    number = add_job()
    first = thumbnail(store, number, write_matte(store, number, 1001, 0), 1001)
    assert first is not None and oiio.ImageBuf(str(first)).getpixel(0, 0) == (0,)
    matte = write_matte(store, number, 1001, 1)
    os.utime(matte, (0, 0))
    again = thumbnail(store, number, matte, 1001)
    assert again == first and oiio.ImageBuf(str(again)).getpixel(0, 0) == (1,)
    made = first.stat().st_ino
    assert thumbnail(store, number, matte, 1001) == first and first.stat().st_ino == made
