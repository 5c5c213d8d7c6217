"""Repair: every job is back as it stood, none is lost for good, and no number is given twice."""

from __future__ import annotations

from pathlib import Path

import pytest
from queue_bench import AddJob, MakeJob, RunStfam

from stfam.plugin.queue.control import JobControl
from stfam.plugin.queue.errors import QueueDamagedError, QueueError
from stfam.plugin.queue.locks import ProcessLock
from stfam.plugin.queue.plan import Extent, plan
from stfam.plugin.queue.repair import repair
from stfam.plugin.queue.states import State
from stfam.plugin.queue.store import Store


def damage(store: Store) -> None:
    store.close()
    store.folder.database.write_bytes(b"no database at all" * 100)


def again(store: Store) -> Store:
    return Store(store.folder)


def plates_of(store: Store, number: int) -> Path:
    return Path(store.job(number).shot.plate).parent


def test_jobs_come_back_as_a_person_left_them(store: Store, add_job: AddJob) -> None:
    first, cancelled, paused, resumed = (add_job(name) for name in "abcd")
    control = JobControl(store)
    control.reprioritise(first, 99)
    control.cancel(cancelled)
    control.reprioritise(paused, 7)
    control.pause(paused)
    control.pause(resumed)
    control.resume(resumed)
    damage(store)
    assert repair(store.folder).queued == (first, cancelled, paused, resumed)
    mended = again(store)
    found = {view.number: (view.state, view.priority) for view in mended.views()}
    mended.close()
    assert found == {
        first: (State.WAITING, 99),
        cancelled: (State.CANCELLED, 50),
        paused: (State.PAUSED, 7),
        resumed: (State.WAITING, 50),
    }


def test_a_job_whose_plate_is_away_keeps_its_number_and_comes_back_with_it(
    store: Store, add_job: AddJob, make_job: MakeJob, run_stfam: RunStfam
) -> None:
    first, last = add_job("a"), add_job("b", depends=(1,))
    plates = plates_of(store, first)
    plates.rename(plates.with_name("away"))
    damage(store)
    said = run_stfam("queue", "repair")
    assert said.returncode == 6
    assert "ERROR: Job 1 could not be queued again" in said.stderr and "`stfam queue repair` again" in said.stderr
    mended = again(store)
    job = make_job("new")
    wanted = (1001, 1002)
    new = mended.add(job, plan(Extent(wanted, wanted, (1001,)), job.steps, 2, 2))
    assert new > last
    mended.close()
    plates.with_name("away").rename(plates)
    assert repair(store.folder).queued == (first, last)
    mended = again(store)
    assert [(view.number, view.waits_for) for view in mended.views()] == [(first, ()), (last, (first,)), (new, ())]
    mended.close()


def test_a_dependency_that_was_cleaned_away_is_dropped_with_a_notice(
    store: Store, add_job: AddJob, run_stfam: RunStfam
) -> None:
    first = add_job("a")
    assert run_stfam("queue", "run", "--until-empty").returncode == 0
    second = add_job("b", depends=(first,))
    JobControl(store).clean(first)
    damage(store)
    said = run_stfam("queue", "repair")
    assert said.returncode == 0, said.stderr
    assert f"Job {second} no longer waits for job {first}" in said.stdout
    assert run_stfam("queue", "run", "--until-empty").returncode == 0
    mended = again(store)
    assert mended.view(second).state is State.DONE
    mended.close()


def test_a_queue_that_a_runner_works_on_is_not_touched(store: Store, add_job: AddJob) -> None:
    number = add_job()
    damage(store)
    broken = store.folder.database.read_bytes()
    with ProcessLock(store.folder.runner_lock("living")) as lock:
        assert lock.acquire()
        with pytest.raises(QueueError, match="A runner is working on this queue"):
            repair(store.folder)
        assert store.folder.database.read_bytes() == broken
    assert repair(store.folder).queued == (number,)


def test_each_damaged_database_is_set_aside(store: Store) -> None:
    """Where it holds no job, too."""
    kept = set()
    for _ in range(2):
        damage(store)
        mended = repair(store.folder)
        assert (mended.queued, mended.lost) == ((), {})
        kept.add(mended.aside)
    assert len(kept) == 2
    assert all(path is not None and path.read_bytes().startswith(b"no database") for path in kept)


def test_what_is_left_of_a_database_that_is_gone_is_set_aside(store: Store, add_job: AddJob) -> None:
    number = add_job()
    store.close()
    database = store.folder.database
    database.unlink()
    database.with_name(database.name + "-wal").write_bytes(b"of it")
    mended = repair(store.folder)
    assert (mended.aside, mended.queued) == (None, (number,))
    assert database.with_name(f"{database.stem}.damaged-1{database.suffix}-wal").read_bytes() == b"of it"


def test_journals_of_tasks_that_get_other_numbers_are_gone(store: Store, add_job: AddJob) -> None:
    number = add_job()
    journal = store.folder.journal(number, store.tasks(number)[0].number)
    journal.write_text('1\t{"event": "frame", "frame": 1001}\n')
    assert repair(store.folder).aside is None and journal.exists(), "a sound database knows of it"
    damage(store)
    assert repair(store.folder).queued == (number,) and not journal.exists()


@pytest.mark.parametrize("done", [False, True], ids=["waiting", "done"])
def test_a_sound_queue_is_left_as_it_is(store: Store, add_job: AddJob, run_stfam: RunStfam, done: bool) -> None:
    number = add_job()
    if done:
        assert run_stfam("queue", "run", "--until-empty").returncode == 0
    before = store.view(number)
    mended = repair(store.folder)
    assert (mended.aside, mended.queued, mended.lost) == (None, (), {})
    assert store.view(number) == before


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("job", '{"stfam_job": 1, "na', "is no JSON of a job"),
        ("job", "[" * 100_000, "nested too deep"),
        ("job", None, "cannot be read: No such file"),
        ("standing", '{"state": "pau', "Delete it to have the job waiting"),
        ("standing", "[]", "Delete it to have the job waiting"),
        ("standing", '{"state": "asleep", "priority": 1}', "Delete it to have the job waiting"),
    ],
    ids=["cut", "deep", "gone", "cut standing", "list", "no state"],
)
def test_a_damaged_file_of_a_job_is_named_and_costs_that_job_alone(
    store: Store, add_job: AddJob, name: str, text: str | None, sentence: str
) -> None:
    broken, whole = add_job("a"), add_job("b")
    path = store.folder.job(broken) / f"{name}.json"
    path.unlink(missing_ok=True)
    if text is not None:
        path.write_text(text)
    damage(store)
    mended = repair(store.folder)
    assert (mended.queued, list(mended.lost)) == ((whole,), [broken])
    assert str(path) in mended.lost[broken] and sentence in mended.lost[broken]


def test_an_older_copy_of_the_database_costs_no_job(store: Store, add_job: AddJob, make_job: MakeJob) -> None:
    """What is added under it writes over no job that it does not know of, and `repair` finds those again."""
    first = add_job("a")
    store.close()
    older = store.folder.database.read_bytes()
    later = [add_job(name) for name in "bc"]
    store.close()
    store.folder.database.write_bytes(older)
    job = make_job("d")
    wanted = tuple(range(1001, 1007))
    last = store.add(job, plan(Extent(wanted, wanted, (1001,)), job.steps, 2, 3))
    store.close()
    assert repair(store.folder).queued == tuple(later)
    assert [store.job(number).name for number in (first, *later, last)] == list("abcd")


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("jobs", "state", "Done"),
        ("jobs", "frame_count", "many"),
        ("jobs", "name", b"\xff"),
        ("jobs", "body", "{"),
        ("tasks", "seconds", "long"),
        ("tasks", "step", "paint"),
    ],
)
def test_a_queue_that_was_edited_by_hand_says_so_and_comes_back(
    store: Store, add_job: AddJob, table: str, column: str, value: object
) -> None:
    number = add_job("a")
    with store.database.write() as connection:
        connection.exec_driver_sql(f"UPDATE {table} SET {column} = ?", (value,))
    with pytest.raises(QueueDamagedError, match="which the queue did not write|Expecting"):
        store.views(), store.tasks(number), store.job(number)
    store.close()
    assert repair(store.folder).queued == (number,)
    mended = again(store)
    assert [view.state for view in mended.views()] == [State.WAITING]
    mended.close()
