"""Files of a queue that may not be read or written: said as that, and looked at where looking is allowed."""

from __future__ import annotations

import contextlib
import errno
import io
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from ordinary_user import ordinary_user
from queue_bench import AddJob, MakeJob, write_matte

from stfam.core.shot import Shot
from stfam.plugin.queue.claims import Claims
from stfam.plugin.queue.command.main import main
from stfam.plugin.queue.control import JobControl
from stfam.plugin.queue.errors import QueueAccessError, QueueDamagedError
from stfam.plugin.queue.folder import QueueFolder
from stfam.plugin.queue.frame_events import FrameEvent
from stfam.plugin.queue.job_logs import JobLogs, Printed
from stfam.plugin.queue.locks import forget_lock, is_free
from stfam.plugin.queue.plan import Step
from stfam.plugin.queue.repair import repair
from stfam.plugin.queue.reports import JobEnded, Notice, Report
from stfam.plugin.queue.store import Store


@contextmanager
def closed(path: Path, mode: int) -> Iterator[None]:
    """The file or folder has `mode` for a while, which counts."""
    before = path.stat().st_mode
    path.chmod(mode)
    try:
        with ordinary_user():
            yield
    finally:
        path.chmod(before)


@pytest.mark.parametrize(("of_folder", "mode"), [(True, 0o555), (False, 0o444)], ids=["folder", "database"])
def test_a_queue_that_may_only_be_read_can_be_looked_at(
    store: Store, add_job: AddJob, capsys: pytest.CaptureFixture[str], of_folder: bool, mode: int
) -> None:
    number = add_job()
    store.close()
    root = store.folder.root
    with closed(root if of_folder else store.folder.database, mode):
        for command in (["list"], ["show", str(number)], ["log", str(number)]):
            assert main([*command, "--queue", str(root)]) == 0
        assert main(["pause", str(number), "--queue", str(root)]) == 2
    said = capsys.readouterr()
    assert "waiting" in said.out
    assert "cannot be opened or written" in said.err and "repair" not in said.err


def test_a_queue_that_may_only_be_read_is_seen_as_it_changes(store: Store, add_job: AddJob) -> None:
    add_job("a")
    store.close()
    with closed(store.folder.root, 0o555):
        looking = Store(store.folder)
        seen = {looking.database.version()}
    add_job("b")
    for count, at_rest in ((2, True), (3, False), (4, False)):
        if at_rest:
            store.close()
        with closed(store.folder.root, 0o555):
            assert len(looking.views()) == count
            seen.add(looking.database.version())
        add_job("c")
    assert len(seen) == 4
    looking.close()


def test_a_queue_that_is_just_being_left_is_looked_at_a_moment_later(store: Store, add_job: AddJob) -> None:
    """SQLite takes away one of the files beside it before the other."""
    number = add_job()
    store.close()
    left = store.folder.database.with_name("queue.sqlite-wal")
    left.touch()
    threading.Timer(0.15, left.unlink).start()
    with closed(store.folder.root, 0o555):
        looking = Store(store.folder)
        assert [view.number for view in looking.views()] == [number]
    looking.close()


@pytest.mark.parametrize("of_folder", [True, False], ids=["folder", "database"])
def test_a_queue_that_is_closed_is_not_called_damaged(store: Store, add_job: AddJob, of_folder: bool) -> None:
    add_job()
    store.close()
    root = store.folder.root
    with (
        closed(root if of_folder else store.folder.database, 0),
        pytest.raises(QueueAccessError, match="Check who may"),
    ):
        Store(QueueFolder.find(str(root)))


def test_repair_leaves_a_database_alone_that_it_cannot_open(store: Store, add_job: AddJob) -> None:
    number = add_job()
    store.close()
    with closed(store.folder.database, 0), pytest.raises(QueueAccessError):
        repair(store.folder)
    assert store.view(number).number == number


@pytest.mark.parametrize("jobs", [False, True], ids=["folder", "jobs"])
def test_repair_says_what_it_may_not_change(
    store: Store, add_job: AddJob, capsys: pytest.CaptureFixture[str], jobs: bool
) -> None:
    number = add_job()
    store.close()
    store.folder.database.write_text("damaged")
    with closed(store.folder.jobs if jobs else store.folder.root, 0 if jobs else 0o555):
        assert main(["repair", "--queue", str(store.folder.root)]) == 2
    assert "cannot be opened or written: Permission denied" in capsys.readouterr().err
    assert repair(store.folder).queued == (number,)


def test_what_may_not_be_read_of_a_job_is_said(
    store: Store, claims: Claims, add_job: AddJob, capsys: pytest.CaptureFixture[str]
) -> None:
    number = add_job()
    log, journal = store.folder.log(number), store.folder.journal(number, 1)
    log.touch()
    journal.touch()
    claims.take("")
    with closed(log, 0):
        assert main(["log", str(number), "--queue", str(store.folder.root)]) == 2
    with closed(journal, 0), pytest.raises(QueueAccessError, match="task-1.ndjson"):
        Claims(store, "runner-b").reclaim()
    assert "log.txt cannot be opened or written: Permission denied" in capsys.readouterr().err
    assert [task.number for task in Claims(store, "runner-b").reclaim()] == [1]


def test_a_table_that_is_gone_is_damage_that_repair_mends(store: Store, add_job: AddJob) -> None:
    number = add_job()
    store.close()
    with contextlib.closing(sqlite3.connect(store.folder.database)) as connection:
        connection.execute("DROP TABLE tasks")
    again = Store(store.folder)
    with pytest.raises(QueueDamagedError, match="no such table"):
        again.views()
    again.close()
    assert repair(store.folder).queued == (number,)


@pytest.mark.parametrize("place", ["a file", "below a file", "below a closed folder"])
@pytest.mark.parametrize("extra", [(), ("--json",)], ids=["words", "json"])
def test_a_place_where_no_queue_can_be_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], place: str, extra: tuple[str, ...]
) -> None:
    file, shut = tmp_path / "file", tmp_path / "shut"
    file.touch()
    shut.mkdir()
    queue = {"a file": file, "below a file": file / "queue", "below a closed folder": shut / "queue"}[place]
    with closed(shut, 0o555):
        assert main(["list", "--queue", str(queue), *extra]) == 2
    said = capsys.readouterr()
    assert said.err.startswith("ERROR: The queue's ")
    assert bool(extra) == ("QueueAccessError" in said.out)


def test_a_job_that_cannot_be_kept_is_refused(store: Store, make_job: MakeJob, tmp_path: Path) -> None:
    shot = tmp_path / "s.stfam"
    Shot.save(make_job().shot, shot)
    (tmp_path / "shot" / "plate" / "key.png").touch()
    with closed(store.folder.jobs, 0o555):
        assert main(["add", str(shot), "--queue", str(store.folder.root)]) == 2
    assert store.views() == []


def test_a_runner_that_cannot_lock_says_so(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    with closed(store.folder.locks, 0o555):
        assert main(["run", "--until-empty", "--queue", str(store.folder.root)]) == 2
    assert "cannot be opened or written" in capsys.readouterr().err
    assert store.slots() == 0


def test_a_lock_that_may_not_be_taken_away_stays(store: Store) -> None:
    lock = store.folder.runner_lock("a")
    lock.touch()
    with closed(store.folder.locks, 0o555):
        forget_lock(lock)
    assert lock.exists() and is_free(lock)
    forget_lock(lock)
    forget_lock(lock)
    assert not lock.exists()


def test_a_picture_that_cannot_be_kept_is_said(
    store: Store, claims: Claims, add_job: AddJob, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    number = add_job(steps=(Step.MATTE,))
    write_matte(store, number, 1001, 1)
    task = claims.take("")
    assert task is not None
    claims.record(task, [FrameEvent(1001, "written")])
    place = ["--queue", str(store.folder.root)]
    with closed(store.folder.job(number), 0o555):
        for command in (["thumbnails", str(number)], ["report", str(number), str(tmp_path / "report.html")]):
            assert main([*command, *place]) == 2
            assert "thumbnails/1001.png cannot be opened or written" in capsys.readouterr().err
    assert main(["thumbnails", str(number), *place]) == 0
    assert capsys.readouterr().out.startswith("1001 ")


def test_a_log_that_cannot_be_written_is_said_once(
    store: Store, add_job: AddJob, capsys: pytest.CaptureFixture[str]
) -> None:
    number = add_job()
    logs, ended = JobLogs(store.folder), JobEnded(store.view(number))
    for _ in range(2):
        with closed(store.folder.job(number), 0o555):
            logs(ended)
            logs(ended)
        logs(ended)
        store.folder.log(number).unlink()
    assert capsys.readouterr().err.count("cannot be written") == 2


class Full(io.StringIO):
    """A disk without room."""

    room = False

    def write(self, text: str) -> int:
        if not self.room:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(text)


def test_what_a_runner_says_onto_a_full_disk_stops_no_render(capsys: pytest.CaptureFixture[str]) -> None:
    out = Full()
    listener = Printed(lambda report: print(report.line(), file=out))
    for text in "ab":
        listener(Notice(text))
    with contextlib.redirect_stderr(Full()):
        Printed(lambda report: print(report.line(), file=out))(Notice("its errors go there too"))
    out.room = True
    listener(Notice("c"))
    assert capsys.readouterr().err.count("cannot be written: [Errno 28]") == 1
    assert out.getvalue().strip() == "c"


def test_what_nobody_reads_ends_the_runner_once() -> None:
    def unread(report: Report) -> None:
        raise BrokenPipeError

    listener = Printed(unread)
    with pytest.raises(BrokenPipeError):
        listener(Notice("a"))
    listener(Notice("b"))


def test_what_cannot_be_kept_is_not_changed(store: Store, add_job: AddJob) -> None:
    number = add_job()
    with closed(store.folder.job(number), 0o555), pytest.raises(QueueAccessError):
        JobControl(store).pause(number)
    assert store.view(number).state.value == "waiting"


@pytest.mark.parametrize("another", [False, True], ids=["moved", "replaced"])
def test_a_queue_that_is_no_longer_in_its_place_is_said(store: Store, add_job: AddJob, *, another: bool) -> None:
    """A runner would wait for ever for what is added to the queue that is there now."""
    add_job()
    store.folder.root.rename(store.folder.root.with_name("away"))
    if another:
        Store(QueueFolder.find(str(store.folder.root))).close()
    for look in (store.views, store.database.version, Claims(store, "runner-a").reclaim, lambda: add_job("b")):
        with pytest.raises(QueueAccessError, match="moved, deleted or replaced"):
            look()
