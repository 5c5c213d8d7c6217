"""The runner: takes tasks from the store, has them rendered, and tells the store how they went.

It may be killed at any moment. What it has not told the store is on disk, in the frames themselves and in the tasks'
journals; the next runner picks both up.
"""

from __future__ import annotations

import queue
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from stfam.core.errors import StfamError
from stfam.plugin.queue.active_task import ActiveTask
from stfam.plugin.queue.assignment import CRASH_STATUS, TRY_AGAIN_STATUS, Assignment, Ending, Outcome
from stfam.plugin.queue.claims import Claims
from stfam.plugin.queue.commands import shot_for_tasks
from stfam.plugin.queue.errors import QueueAccessError, QueueBusyError, QueueFilesError, QueueFullError
from stfam.plugin.queue.executor import Executor, Message
from stfam.plugin.queue.job import Job
from stfam.plugin.queue.late_frames import with_late_frames
from stfam.plugin.queue.left_behind import left_behind
from stfam.plugin.queue.locks import ProcessLock, forget_lock
from stfam.plugin.queue.plan import Step
from stfam.plugin.queue.reports import FrameTold, JobEnded, Listener, Notice, Report, Said, TaskEnded, TaskStarted
from stfam.plugin.queue.states import ENDED, State
from stfam.plugin.queue.store import Store
from stfam.plugin.queue.views import TaskView

TICK_SECONDS = 0.1
SAVE_SECONDS = 0.25
"""How often frames' events go to the store, and how soon a pause or a cancel is noticed."""
RECLAIM_SECONDS = 1.0
LOCK_SECONDS = 10.0
"""How long a runner waits for its own lock: who asks whether it is held holds it for a moment."""
EMPTY_SECONDS = 0.2
COMPLAINT_SECONDS = 60.0
"""How often the same trouble is said while it lasts."""
FAILED_STATUS = 6

MakeExecutor = Callable[[Callable[[Message], None]], Executor]


@dataclass(frozen=True)
class RunnerOptions:
    """How long a runner goes on.

    Attributes:
        until_empty: it ends when nothing is left that can be done; else it waits for more.
        idle: called about once a second; whatever it does must be quick. Returns whether it may bring work soon.
    """

    until_empty: bool = False
    idle: Callable[[], bool] = lambda: False


class Runner:
    """One process that works on a queue; others may work on the same one."""

    def __init__(
        self, store: Store, make_executor: MakeExecutor, listeners: Sequence[Listener], options: RunnerOptions
    ) -> None:
        self.name = uuid.uuid4().hex[:12]
        self._store = store
        self._claims = Claims(store, self.name)
        self._messages: queue.Queue[Message] = queue.Queue()
        self._executor = make_executor(self._messages.put)
        self._listeners = tuple(listeners)
        self._options = options
        self._active: dict[int, ActiveTask] = {}
        self._unsaid: list[tuple[ActiveTask, Ending]] = []
        self._stop_status: int | None = None
        self._failed = self._left = self._expecting = False
        self._due: dict[str, float] = {}

    def stop(self, status: int) -> None:
        """Come to an end soon: running tasks go back to the queue within a frame. Safe in a signal handler."""
        self._stop_status = status

    def run(self) -> int:
        """Work until there is no more to do or `stop` is called.

        Returns:
            the exit status: 0, 6 where a job failed, or what `stop` was given.

        Raises:
            QueueError: the queue cannot be used any more.
        """
        own = self._store.folder.runner_lock(self.name)
        with ProcessLock(own) as lock:
            if not lock.acquire(LOCK_SECONDS):
                raise QueueBusyError(own, LOCK_SECONDS)
            try:
                self._claims.register(self._executor.slots)
                while not self._finished():
                    self._step()
            finally:
                self._give_back()
        forget_lock(own)
        if self._stop_status is not None:
            return self._stop_status
        for notice in left_behind(self._store):
            self._failed |= notice.hopeless
            self._tell_all(Notice(notice.text))
        return FAILED_STATUS if self._failed else 0

    def _give_back(self) -> None:
        """End what runs and hold nothing any more."""
        for active in self._active.values():
            active.stopping = True  # whatever ends this runner is no fault of its tasks
        self._executor.close()
        self._drain()
        self._unsaid += [(active, Ending(Outcome.STOPPED)) for active in self._active.values()]
        self._active.clear()
        try:
            self._save()
            self._claims.unregister()
        except (QueueBusyError, QueueFullError, QueueAccessError) as error:
            self._tell_notice(f"ERROR: {error} The next runner finds out from the frames and journals how far it came.")

    def _finished(self) -> bool:
        return not self._active and (self._left or self._stop_status is not None)

    def _leave(self) -> bool:
        """Whether this runner is not wanted any more and has left the queue."""
        if self._active or self._unsaid or self._expecting or not self._options.until_empty:
            return False
        return self._is_due("empty", EMPTY_SECONDS) and self._claims.leave()

    def _step(self) -> None:
        self._drain(wait=TICK_SECONDS)
        if self._stop_status is not None and self._is_due("stop", SAVE_SECONDS):
            self._stop_tasks(set(self._active))
        try:
            if self._unsaid or self._is_due("save", SAVE_SECONDS):
                self._save()
                self._stop_tasks(self._claims.to_stop() if self._active else set())
            if self._is_due("reclaim", RECLAIM_SECONDS):
                self._reclaim()
                self._expecting = self._options.idle()
            if self._stop_status is None:
                self._take()
                self._left = self._leave()
        except (QueueBusyError, QueueFullError) as error:
            # what is not said yet is kept, and said when the queue answers again
            if self._is_due(str(error), COMPLAINT_SECONDS):
                self._tell_notice(f"ERROR: {error}")
        self._executor.tick()

    def _take(self) -> None:
        while (device := self._executor.free_device()) is not None:
            task = self._claims.take(device)
            if task is None or not self._begin(task):
                return

    def _begin(self, task: TaskView) -> bool:
        """Have a claimed task rendered; one that cannot even be started has failed, and the next may fare the same."""
        active = self._active[task.number] = ActiveTask(task)
        try:
            job = self._store.job(task.job)
            active.continue_on_error = job.continue_on_error
            active.view = with_late_frames(task, job, self._store.tasks(task.job))
            self._executor.start(self._assignment(active.view, job))
        except QueueFilesError as error:
            active.error, status = str(error), TRY_AGAIN_STATUS
        except (OSError, StfamError) as error:
            active.error, status = f"it could not be started: {_cause(error)}", CRASH_STATUS
        else:
            self._tell_all(TaskStarted(active.view, job.name))
            return True
        self._end(active, status)
        return False

    def _end(self, active: ActiveTask, status: int) -> None:
        self._unsaid.append((active, active.ending(status)))
        del self._active[active.view.number]
        self._executor.ended(active.view.number)

    def _assignment(self, task: TaskView, job: Job) -> Assignment:
        folder = self._store.folder
        shot = shot_for_tasks(job, folder.trimaps(task.job))
        return Assignment(
            task=task.number,
            claim=task.claims,
            job=task.job,
            step=Step(task.step),
            frames=task.frames,
            shot=shot.to_json(),
            continue_on_error=job.continue_on_error,
            environment=tuple(sorted(job.environment.items())),
            lock=str(folder.task_lock(task.number)),
            journal=str(folder.journal(task.job, task.number)),
            device=task.device or "",
        )

    def _drain(self, wait: float = 0.0) -> None:
        """Take in what has been said; waits at most `wait` seconds for the first of it."""
        try:
            message = self._messages.get(timeout=wait) if wait else self._messages.get_nowait()
            while True:
                self._hear(message)
                message = self._messages.get_nowait()
        except queue.Empty:
            return

    def _hear(self, message: Message) -> None:
        if message.task == 0:
            self._tell_notice(message.log)
        active = self._active.get(message.task)
        if active is None:
            return
        if message.status is not None:
            self._end(active, message.status)
            return
        events, text = active.hear(message.line) if message.line else ([], None)
        for done, event in enumerate(events, active.handled - len(events) + 1):
            self._tell_all(FrameTold(active.view, event, done))
        if message.log:
            active.hear_log(message.log)
        if text or message.log:
            self._tell_all(Said(active.view, text or message.log))

    def _save(self) -> None:
        """Tell the store what it does not know yet; all of it stays here until the store has taken it."""
        while self._unsaid:
            active, ending = self._unsaid[0]
            self._save_frames(active)
            state = self._claims.end(active.view, ending)
            self._unsaid.pop(0)
            self._tell_ended(active, ending, state)
        for active in self._active.values():
            self._save_frames(active)

    def _save_frames(self, active: ActiveTask) -> None:
        self._claims.record(active.view, active.unsaved)
        active.unsaved = []

    def _tell_ended(self, active: ActiveTask, ending: Ending, state: State) -> None:
        self._tell_all(TaskEnded(active.view, ending, state))
        for job in self._store.views([active.view.job]):  # none if it has been cleaned away since
            if job.state in ENDED:
                self._failed |= job.state is State.FAILED
                self._tell_all(JobEnded(job))

    def _stop_tasks(self, unwanted: set[int]) -> None:
        for number in unwanted & set(self._active):
            self._active[number].stopping = True
            self._executor.stop(number)

    def _reclaim(self) -> None:
        for task in self._claims.reclaim():
            self._tell_notice(f"Job {task.job} {task.step} {task.frames}: its runner died; it waits for a worker again")

    def _tell_notice(self, text: str) -> None:
        self._tell_all(Notice(text))

    def _tell_all(self, report: Report) -> None:
        for listener in self._listeners:
            listener(report)

    def _is_due(self, what: str, every: float) -> bool:
        """True at the first call and then each `every` seconds, by a clock that nobody can set back."""
        now = time.monotonic()
        if now < self._due.get(what, 0.0):
            return False
        self._due[what] = now + every
        return True


def _cause(error: Exception) -> str:
    return f"{error.strerror}: {error.filename}" if isinstance(error, OSError) and error.filename else str(error)
