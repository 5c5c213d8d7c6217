"""The commands that change jobs, by several numbers, by none, and by what is no number; and what cleaning leaves."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from ordinary_user import ordinary_user
from queue_bench import AddJob, RunStfam

from stfam.plugin.queue.command.main import main
from stfam.plugin.queue.control import JobControl
from stfam.plugin.queue.plan import Step
from stfam.plugin.queue.states import State
from stfam.plugin.queue.store import Store

Said = tuple[int, str, str]
RunQueue = Callable[..., Said]


@pytest.fixture
def queue(store: Store, capsys: pytest.CaptureFixture[str]) -> RunQueue:
    """Run `stfam queue` on this test's queue; returns its status, answer and errors."""

    def run(*arguments: object) -> Said:
        status = main([*map(str, arguments), "--queue", str(store.folder.root)])
        said = capsys.readouterr()
        return status, said.out, said.err

    return run


def test_each_number_is_answered_before_the_error(store: Store, add_job: AddJob, queue: RunQueue) -> None:
    first, second = add_job("a"), add_job("b")
    status, said, error = queue("pause", first, 99, second)
    assert (status, said) == (2, "Job 1 is paused.\nJob 2 is paused.\n")
    assert error.startswith("ERROR: There is no job 99")
    status, _, error = queue("cancel", 98, 99)
    assert status == 2 and "no job 98" in error and "no job 99" in error


def test_a_number_given_twice_counts_once(store: Store, add_job: AddJob, queue: RunQueue) -> None:
    number = add_job()
    assert queue("cancel", number, number) == (0, "Job 1 is cancelled.\n", "")


def test_retry_of_all_that_failed_and_one_of_them(
    store: Store, add_job: AddJob, run_stfam: RunStfam, queue: RunQueue
) -> None:
    number = add_job(retries=0)
    Path(store.job(number).shot.plate.replace("####", "1003")).unlink()
    run_stfam("queue", "run", "--until-empty")
    assert store.view(number).state is State.FAILED
    assert queue("retry", number, "--failed") == (0, "Job 1 is waiting.\n", "")


def test_retry_with_nothing_failed_says_so(queue: RunQueue) -> None:
    assert queue("retry", "--failed") == (0, "No job has failed.\n", "")
    _, said, _ = queue("retry", "--failed", "--json")
    assert json.loads(said) == {"event": "notice", "message": "No job has failed."}


def test_cleaning_says_what_it_forgot_before_what_it_refused(store: Store, add_job: AddJob, queue: RunQueue) -> None:
    first, open_job = add_job("a"), add_job("b")
    JobControl(store).cancel(first)
    status, said, error = queue("clean", first, open_job, "--json")
    assert status == 2 and json.loads(said.splitlines()[0]) == {"cleaned": [first]}
    assert f"Job {open_job} is waiting" in error


def test_cleaning_leaves_nothing_of_a_job(store: Store, add_job: AddJob, run_stfam: RunStfam, queue: RunQueue) -> None:
    add_job()
    assert run_stfam("queue", "run", "--until-empty").returncode == 0
    assert queue("clean") == (0, "1 jobs forgotten.\n", "")
    left = {path.name for path in store.folder.root.rglob("*") if path.is_file()}
    assert not {name for name in left if name.startswith(("task-", "shot-", "job"))}


@pytest.mark.skipif(sys.platform == "win32", reason="a folder that may not be written is one of POSIX")
def test_cleaning_says_what_it_may_not_remove(store: Store, add_job: AddJob, queue: RunQueue) -> None:
    jobs = [add_job(name) for name in "abc"]
    queue("cancel", *jobs)
    folder = store.folder.job(jobs[0])
    folder.chmod(0o500)
    with ordinary_user():
        status, said, error = queue("clean")
    folder.chmod(0o700)
    assert (status, said) == (0, "3 jobs forgotten.\n")
    assert error == f"Note: {folder} could not be removed: check who may write there, then remove it.\n"
    assert store.folder.numbers() == jobs[:1] and not store.views()


@pytest.mark.parametrize("command", ["pause", "resume", "cancel", "retry", "clean", "show", "log"])
@pytest.mark.parametrize("number", ["99999999999999999999", "-1", "one"])
def test_what_is_no_number_of_a_job_is_a_usage_error(command: str, number: str, queue: RunQueue) -> None:
    with pytest.raises(SystemExit) as ended:
        queue(command, number)
    assert ended.value.code == 2


def test_a_report_into_a_folder_is_refused(add_job: AddJob, tmp_path: Path, queue: RunQueue) -> None:
    number = add_job(steps=(Step.CHECK,))
    for place in (tmp_path, "."):
        status, _, error = queue("report", number, place)
        assert status == 2 and "is a folder" in error
