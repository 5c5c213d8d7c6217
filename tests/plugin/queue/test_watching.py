"""Watched folders: what is wrong with one file or with the folder is said once and stops nothing."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from ordinary_user import ordinary_user
from queue_bench import MakeJob

from stfam.core.shot import Shot
from stfam.plugin.queue import watching
from stfam.plugin.queue.errors import QueueError
from stfam.plugin.queue.store import Store
from stfam.plugin.queue.watching import WatchedFolder


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


@pytest.fixture
def shot(make_job: MakeJob) -> Shot:
    """A shot that can be queued."""
    shot = make_job().shot
    Path(shot.keys[0].trimap).touch()
    return shot


def looked(folder: WatchedFolder) -> list[str]:
    """What is said in two looks: a file counts once it has stayed the same."""
    return [notice.line() for _ in range(2) for notice in folder.look()]


def test_a_name_that_is_no_text_stops_nothing(store: Store, inbox: Path, shot: Shot) -> None:
    shot.save(inbox / "good.STFAM")
    os.link(inbox / "good.STFAM", os.fsencode(inbox) + b"/lat\xe9.stfam")
    folder = WatchedFolder(store, str(inbox))
    said = looked(folder)
    assert any("Queued job 1" in line for line in said)
    assert any("ERROR: lat\\udce9.stfam was not queued" in line for line in said)
    assert "".join(said).encode("utf-8")
    assert looked(folder) == []
    assert [view.name for view in store.views()] == ["good"]


@pytest.mark.parametrize("text", ["[" * 100_000, '{"stfam": 1, "plate": "\\ud800", "output": {"matte": "m"}}', "\x00"])
def test_contents_that_are_no_shot_stop_nothing(store: Store, inbox: Path, shot: Shot, text: str) -> None:
    (inbox / "bad.stfam").write_text(text)
    shot.save(inbox / "good.stfam")
    said = looked(WatchedFolder(store, str(inbox)))
    assert len(said) == 2 and said[0].startswith("ERROR: bad.stfam was not queued: ")
    assert [view.name for view in store.views()] == ["good"]
    assert looked(WatchedFolder(store, str(inbox))) == []


def test_a_look_leaves_what_it_has_no_time_for_to_the_next_one(
    store: Store, inbox: Path, shot: Shot, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("b", "c"):
        shot.save(inbox / f"{name}.stfam")
    (inbox / "a.stfam").write_text("no shot")
    monkeypatch.setattr(watching, "TURN_SECONDS", 0.0)
    monkeypatch.setattr(watching, "AGAIN_SECONDS", 0.0)
    folder = WatchedFolder(store, str(inbox))
    said, expecting = zip(*[(folder.look(), folder.expecting) for _ in range(4)], strict=True)
    assert [len(notices) for notices in said] == [0, 1, 1, 1]
    assert all(expecting) and [view.name for view in store.views()] == ["b", "c"]
    assert folder.look() == [] and not folder.expecting


def test_an_error_that_nobody_thought_of_stops_nothing(
    store: Store, inbox: Path, shot: Shot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RecursionError("too deep")

    shot.save(inbox / "s.stfam")
    monkeypatch.setattr(watching, "job_from_shot", broken)
    said = looked(WatchedFolder(store, str(inbox)))
    assert said == ["ERROR: s.stfam was not queued: RecursionError: too deep"]


def test_a_shot_that_lands_before_its_plate_is_queued_when_that_is_there(
    store: Store, inbox: Path, shot: Shot, monkeypatch: pytest.MonkeyPatch
) -> None:
    plate = Path(shot.plate).parent
    plate.rename(plate.with_name("on the way"))
    shot.save(inbox / "s.stfam")
    folder = WatchedFolder(store, str(inbox))
    assert ["was not queued" in line for line in looked(folder)] == [True]
    plate.with_name("on the way").rename(plate)
    assert looked(folder) == []  # not at every look
    now = watching.time.monotonic()
    monkeypatch.setattr(watching.time, "monotonic", lambda: now + watching.AGAIN_SECONDS)
    assert ["Queued job 1" in line for line in looked(folder)] == [True]
    assert looked(WatchedFolder(store, str(inbox))) == []
    monkeypatch.setattr(watching, "_identity", None)
    assert looked(folder) == []  # without reading it again


def test_a_plate_that_is_still_landing_is_queued_whole(
    store: Store, inbox: Path, shot: Shot, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = watching.time.monotonic()
    monkeypatch.setattr(watching.time, "monotonic", lambda: now)
    replace(shot, frames=None).save(inbox / "s.stfam")
    folder = WatchedFolder(store, str(inbox))
    for frame in range(1007, 1010):
        assert (looked(folder), folder.expecting) == ([], True)
        now += watching.PLATE_SECONDS * 0.9
        Path(shot.plate.replace("####", str(frame))).touch()
    assert looked(folder) == []
    now += watching.PLATE_SECONDS
    assert ["Queued job 1" in line for line in looked(folder)] == [True]
    assert (store.job(1).frames, folder.expecting) == ("1001-1009", False)


def test_a_shot_that_is_touched_or_renamed_is_queued_once_and_one_that_changes_again(
    store: Store, inbox: Path, shot: Shot
) -> None:
    shot.save(inbox / "a.stfam")
    assert [line.split()[0] for line in looked(WatchedFolder(store, str(inbox)))] == ["Queued"]
    os.utime(inbox / "a.stfam", (1, 1))
    assert looked(WatchedFolder(store, str(inbox))) == []
    (inbox / "a.stfam").rename(inbox / "b.stfam")
    assert looked(WatchedFolder(store, str(inbox))) == []
    replace(shot, frames="1001-1002").save(inbox / "b.stfam")
    assert len(looked(WatchedFolder(store, str(inbox)))) == 1
    shutil.copy(inbox / "b.stfam", inbox / "c.stfam")
    assert len(looked(WatchedFolder(store, str(inbox)))) == 1
    assert len(store.views()) == 3


def test_a_folder_that_goes_away_is_said_once_and_when_it_is_back(store: Store, inbox: Path) -> None:
    folder = WatchedFolder(store, str(inbox))
    inbox.rmdir()
    said = looked(folder)
    assert len(said) == 1 and said[0].startswith(f"ERROR: The watched folder {inbox} cannot be read")
    inbox.mkdir()
    assert looked(folder) == [f"The watched folder {inbox} can be read again"]


def test_a_folder_that_cannot_be_read_is_refused(store: Store, inbox: Path) -> None:
    inbox.chmod(0)
    with ordinary_user(), pytest.raises(QueueError, match="cannot be watched"):
        WatchedFolder(store, str(inbox))
    with pytest.raises(QueueError, match="cannot be watched"):
        WatchedFolder(store, str(inbox / "nowhere"))
