"""Jobs wait for each other and are answered once each."""

from __future__ import annotations

import io
import json
import threading

import pytest

from stfam.core.worker.job_queue import JobQueue
from stfam.core.worker.protocol import ProtocolError
from stfam.core.worker.wire import Wire


def test_a_number_that_is_in_use_is_refused_and_later_jobs_are_done():
    sink, go = io.BytesIO(), threading.Event()
    jobs = JobQueue(Wire(io.BytesIO(), sink))
    jobs.add(1, lambda cancelled: {"waited": go.wait(240)})
    jobs.add(2, lambda cancelled: {})
    with pytest.raises(ProtocolError, match="number of its own"):
        jobs.add(2, lambda cancelled: {"second": True})
    done = threading.Event()
    jobs.add(3, lambda cancelled: done.set() or {})
    go.set()
    assert done.wait(240)
    jobs.close()
    answers = [json.loads(line) for line in sink.getvalue().splitlines()]
    assert [(answer["id"], answer.get("result")) for answer in answers] == [(1, {"waited": True}), (2, {}), (3, {})]


@pytest.mark.parametrize("work", [lambda cancelled: {}, lambda cancelled: 1 / 0], ids=["done", "failed"])
def test_a_job_that_was_answered_is_over(work):
    told: list[bool] = []

    class Asking(io.BytesIO):
        """A client that asks for the job's end as soon as it has the answer."""

        def write(self, line) -> int:
            told.append(jobs.cancel(1))
            return len(line)

    jobs = JobQueue(Wire(io.BytesIO(), Asking()))
    jobs.add(1, work)
    jobs.close(60)
    assert told == [False]
