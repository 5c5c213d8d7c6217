"""Tasks of runners that are gone go to others; those of living ones do not."""

from __future__ import annotations

from queue_bench import AddJob

from stfam.plugin.queue.claims import Claims
from stfam.plugin.queue.locks import ProcessLock
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
