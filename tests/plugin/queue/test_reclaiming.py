"""Tasks of runners that are gone go to others; those of living ones do not."""

from __future__ import annotations

import threading
import time

import pytest
from queue_bench import STAND_IN, AddJob

from stfam.plugin.queue import runner as runner_module
from stfam.plugin.queue.claims import Claims
from stfam.plugin.queue.local_executor import LocalExecutor
from stfam.plugin.queue.locks import ProcessLock, is_free
from stfam.plugin.queue.runner import Runner, RunnerOptions
from stfam.plugin.queue.store import Store


def test_a_dead_runners_task_is_taken_up_when_its_process_is_dead_too(store: Store, add_job: AddJob) -> None:
    number = add_job()
    dead, alive = Claims(store, "dead"), Claims(store, "alive")
    dead.register(1)
    task = dead.take("")
    assert task is not None
    journal = store.folder.journal(number, task.number)
    journal.write_text(
        '1\t{"event": "frame", "frame": 1001, "paths": ["t"]}\n9\t{"event": "frame", "frame": 5}\n1\t{"ev'
    )
    with ProcessLock(store.folder.task_lock(task.number)) as process:
        assert process.acquire()
        assert alive.reclaim() == []
    assert [freed.number for freed in alive.reclaim()] == [task.number]
    assert [(frame.frame, frame.renders) for frame in store.frames(number)] == [(1001, 1)]
    taken = alive.take("")
    assert taken is not None and taken.number == task.number
    assert store.slots() == 0


def test_a_living_runner_keeps_its_task(store: Store, add_job: AddJob) -> None:
    add_job()
    with ProcessLock(store.folder.runner_lock("living")) as lock:
        assert lock.acquire()
        living, other = Claims(store, "living"), Claims(store, "other")
        living.register(3)
        assert living.take("") is not None
        assert other.reclaim() == []
        assert store.slots() == 3


def test_a_runner_holds_its_lock_although_somebody_asked_for_it_just_then(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without it others would take it for dead, and take what it has in hand."""
    free: list[bool] = []

    def idle() -> bool:
        free.append(is_free(lock))
        return len(free) < 2

    monkeypatch.setattr(runner_module, "RECLAIM_SECONDS", 0.3)
    options = RunnerOptions(until_empty=True, idle=idle)
    runner = Runner(store, lambda say: LocalExecutor([""], store.folder, say, STAND_IN), [], options)
    lock, asked = store.folder.runner_lock(runner.name), threading.Event()

    def ask() -> None:
        with ProcessLock(lock) as theirs:
            assert theirs.acquire()
            asked.set()
            time.sleep(0.2)

    threading.Thread(target=ask).start()
    asked.wait(10)
    assert runner.run() == 0
    assert set(free) == {False}
