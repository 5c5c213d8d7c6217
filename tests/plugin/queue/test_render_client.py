"""The runner's end of a render process."""

from __future__ import annotations

import queue
import sys

from queue_bench import wait_for

from stfam.plugin.queue.assignment import CRASH_STATUS
from stfam.plugin.queue.render_client import RenderProcess, Said


def test_a_task_of_a_process_that_has_just_died_ends() -> None:
    said: queue.Queue[Said] = queue.Queue()
    process = RenderProcess([sys.executable, "-c", ""], {}, said.put)
    wait_for(lambda: not process.alive)
    process.close(1.0)
    process.run("7.1", {})
    assert said.get(timeout=5.0) == Said("7.1", status=CRASH_STATUS)
    assert process.token == ""
