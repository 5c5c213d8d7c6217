"""The runner's end of a render process."""

from __future__ import annotations

import queue
import sys

import pytest
from queue_bench import PATIENCE, wait_for

from stfam.plugin.queue.assignment import CRASH_STATUS
from stfam.plugin.queue.render_client import RenderProcess, Said


def test_a_task_of_a_process_that_has_just_died_ends() -> None:
    said: queue.Queue[Said] = queue.Queue()
    process = RenderProcess([sys.executable, "-c", ""], {}, said.put)
    wait_for(lambda: not process.alive)
    process.close(1.0)
    process.run("7.1", {})
    assert said.get(timeout=PATIENCE) == Said("7.1", status=CRASH_STATUS)
    assert process.token == ""


@pytest.mark.skipif(sys.platform == "win32", reason="there names are no bytes")
def test_names_are_utf8_whatever_the_locale_of_a_dask_worker_is(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}.items():
        monkeypatch.setenv(name, value)
    said: queue.Queue[Said] = queue.Queue()
    code = "import sys; print(sys.getfilesystemencoding(), file=sys.stderr); input()"
    process = RenderProcess([sys.executable, "-c", code], {}, said.put)
    assert said.get(timeout=PATIENCE).log == "utf-8"
    process.close(5.0)
