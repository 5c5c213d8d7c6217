"""Jobs that go on past frames that fail: all others are rendered, the job fails at its end, and `retry` mends it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from queue_bench import PATIENCE, AddJob, StartRunner, written

from stfam.plugin.queue.control import JobControl
from stfam.plugin.queue.plan import Step
from stfam.plugin.queue.states import State
from stfam.plugin.queue.store import Store


def plate_frame(store: Store, number: int, frame: int) -> Path:
    return Path(store.job(number).shot.plate.replace("####", f"{frame:04d}"))


@pytest.mark.parametrize(
    "steps",
    [(Step.PROPAGATE, Step.MATTE, Step.CHECK), (Step.PROPAGATE, Step.MATTE), (Step.MATTE,)],
    ids=["all", "without check", "matte alone"],
)
def test_a_bad_frame_costs_itself_alone(
    store: Store, add_job: AddJob, start_runner: StartRunner, steps: Sequence[Step]
) -> None:
    number = add_job(frames="1001-1006", chunk=3, steps=steps, continue_on_error=True)
    plate_frame(store, number, 1003).unlink()
    assert start_runner("--until-empty").wait(PATIENCE) == 6
    view = store.view(number)
    assert (view.state, written(store, number)) == (State.FAILED, 5)
    assert "1003" in str(view.error) and "is missing" in str(view.error)
    assert [task.claims for task in store.tasks(number)] == [1] * view.tasks
    plate_frame(store, number, 1003).touch()
    JobControl(store).retry(number)
    assert start_runner("--until-empty").wait(PATIENCE) == 0
    assert (store.view(number).state, written(store, number)) == (State.DONE, 6)


def test_a_cut_off_matte_is_still_rendered_again(store: Store, add_job: AddJob, start_runner: StartRunner) -> None:
    number = add_job(frames="1001-1006", chunk=3, continue_on_error=True)
    cut_off = Path(store.job(number).shot.output.matte.replace("####", "1002"))
    cut_off.write_text("half a m")
    runner = start_runner("--until-empty")
    said, _ = runner.communicate(timeout=PATIENCE)
    assert "does not read back" in said
    matte = [task for task in store.tasks(number) if task.step == Step.MATTE.value]
    assert [task.claims for task in matte] == [3, 3]


def test_a_check_of_what_nothing_here_renders_is_not_tried_again(
    store: Store, add_job: AddJob, start_runner: StartRunner
) -> None:
    number = add_job(steps=(Step.CHECK,))
    assert start_runner("--until-empty").wait(PATIENCE) == 6
    assert store.view(number).state is State.FAILED
    assert [task.claims for task in store.tasks(number)] == [1]
