"""What every host adapter has to do, whatever the host: one suite, run against each.

A subclass hands out an `adapter`. This module needs the standard library, pytest and the host's side of stfam alone, so
that it runs inside hosts.
"""

from __future__ import annotations

import os
import signal
import threading
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

import pytest

from stfam.core.errors import Cancelled
from stfam.core.worker.client import WorkerGone
from stfam.plugin.frame_path import frame_path
from stfam.plugin.host.interface import Host, HostError, HostPlate, PlateMovedError
from stfam.plugin.host.session import HostSession, RelinkError

FRAMES = "1001-1004"
"""Of the plate that each adapter shows, at their own numbers."""


class Adapter(Protocol):
    """A host with a plate of FRAMES selected, and a seed whose subject is right at 1001."""

    host: Host
    plate: str
    """The plate's pattern."""
    seed: str

    def graph(self) -> Any:
        """The host's graph, to compare."""

    def undo(self) -> None:
        """What the artist's undo does, once."""

    def cancelling(self) -> AbstractContextManager[object]:
        """The artist presses cancel on the next progress display."""

    def point_at(self, plate: str) -> None:
        """The artist points the plate at another place on disk."""

    def pump(self) -> None:
        """Let the host's main thread do what other threads ask for."""


class HostCompliance:
    """The suite."""

    @pytest.fixture
    def session(self, adapter: Adapter, tmp_path: Path, lent_workers: None):
        """Closed at the end, whatever happened."""
        made = HostSession(adapter.host, cache=str(tmp_path / "cache"))
        yield made
        made.close()

    @pytest.fixture
    def keyed(self, session: HostSession, adapter: Adapter, tmp_path: Path) -> HostSession:
        """Open, with a key of the seed at 1001."""
        session.open(window=0, device="cpu", matte=str(tmp_path / "mattes" / "matte.####.exr"))
        session.add_keys(adapter.seed, [1001], inner=4, outer=4)
        return session

    def test_it_has_a_name(self, adapter: Adapter) -> None:
        assert any(character.isalpha() for character in adapter.host.name)

    def test_the_plate_keeps_its_numbers(self, adapter: Adapter) -> None:
        plate = adapter.host.plate()
        assert (str(plate.frames), plate.offset, plate.baked) == (FRAMES, 0, False)
        assert plate.spec == Path(adapter.plate).as_posix() and "\\" not in plate.spec

    def test_a_seed_becomes_a_trimap(self, adapter: Adapter, keyed: HostSession) -> None:
        assert adapter.seed in [seed.name for seed in adapter.host.seeds()]
        key = keyed.shot.keys[0]
        assert key.frame == 1001 and Path(key.trimap).is_file()

    def test_mattes_land_in_the_graph(self, adapter: Adapter, keyed: HostSession) -> None:
        before = adapter.graph()
        assert keyed.run("matte", "1001-1002").done == 2
        assert keyed.place()
        assert adapter.graph() != before
        assert [path.name for path in keyed.shot.results().values()] == ["matte.1001.exr", "matte.1002.exr"]

    def test_placing_again_doubles_nothing(self, adapter: Adapter, keyed: HostSession) -> None:
        keyed.run("matte", "1001")
        keyed.place()
        once = adapter.graph()
        keyed.place()
        assert adapter.graph() == once

    def test_it_is_one_undo_step(self, adapter: Adapter, keyed: HostSession) -> None:
        keyed.run("matte", "1001")
        before = adapter.graph()
        keyed.place()
        adapter.undo()
        assert adapter.graph() == before

    def test_more_frames_update_what_is_there(self, adapter: Adapter, keyed: HostSession) -> None:
        keyed.run("matte", "1001")
        keyed.place()
        once = adapter.graph()
        keyed.run("matte", "1001-1003")
        assert "1001-1003" in keyed.place() or adapter.graph() != once
        assert len(adapter.graph()) == len(once)

    def test_the_shot_is_remembered(self, adapter: Adapter, keyed: HostSession, tmp_path: Path) -> None:
        remembered = adapter.host.remembered()
        assert remembered is not None and [key.frame for key in remembered.keys] == [1001]
        again = HostSession(adapter.host, cache=str(tmp_path / "cache"))
        try:
            again.open()
            assert [key.frame for key in again.shot.keys] == [1001] and again.shot.shot.settings.window == 0
        finally:
            again.close()

    def test_keys_that_were_made_before_one_failed_are_remembered(
        self, adapter: Adapter, keyed: HostSession, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write = adapter.host.write_seed

        def failing(seed: str, plate: HostPlate, frame: int, folder: Path) -> Path:
            if frame == 1003:
                raise HostError("Is another render running?")
            return write(seed, plate, frame, folder)

        monkeypatch.setattr(adapter.host, "write_seed", failing)
        with pytest.raises(HostError, match="another render"):
            keyed.add_keys(adapter.seed, [1002, 1003])
        remembered = adapter.host.remembered()
        assert remembered is not None and [key.frame for key in remembered.keys] == [1001, 1002]

    def test_a_plate_that_moved_is_said_and_relinked(
        self, adapter: Adapter, keyed: HostSession, tmp_path: Path
    ) -> None:
        old, new = Path(adapter.plate), tmp_path / "elsewhere" / Path(adapter.plate).name
        new.parent.mkdir()
        for frame in adapter.host.plate().frames:
            os.replace(frame_path(str(old), frame), frame_path(str(new), frame))
        with pytest.raises(PlateMovedError, match=r"not there any more"):
            keyed.open()
        adapter.point_at(new.as_posix())
        with pytest.raises(RelinkError, match=r"Relink it to"):
            keyed.open()
        assert [key.frame for key in keyed.open(relink=True).keys] == [1001]

    def test_the_artist_can_cancel(self, adapter: Adapter, keyed: HostSession, monkeypatch: pytest.MonkeyPatch) -> None:
        worker, stop = keyed.shot.worker_pid, keyed.shot._stop

        def stop_and_let_go(number: int) -> None:
            stop(number)
            os.kill(worker, signal.SIGCONT)

        monkeypatch.setattr(keyed.shot, "_stop", stop_and_let_go)
        os.kill(worker, signal.SIGSTOP)  # it would have finished, perhaps, before this process is told of a frame
        with adapter.cancelling(), pytest.raises(Cancelled):
            keyed.run("matte")
        assert keyed.run("matte", "1001").done == 1

    def test_a_dead_worker_leaves_the_host_alive(self, adapter: Adapter, keyed: HostSession) -> None:
        before = adapter.graph()
        os.kill(keyed.shot.worker_pid, signal.SIGKILL)
        with pytest.raises(WorkerGone, match="Start it again"):
            keyed.run("matte")
        assert adapter.graph() == before
        keyed.shot.restart()
        assert keyed.run("matte", "1001").done == 1

    @pytest.mark.parametrize("fails", [False, True], ids=["returns", "raises"])
    def test_other_threads_reach_the_main_thread(self, adapter: Adapter, fails: bool) -> None:
        heard: list[object] = []

        def act() -> int:
            if fails:
                raise ValueError("as it was raised")
            return threading.get_ident()

        def ask() -> None:
            try:
                heard.append(adapter.host.on_main_thread(act))
            except ValueError as error:
                heard.append(str(error))

        thread = threading.Thread(target=ask)
        thread.start()
        while thread.is_alive():
            adapter.pump()
            thread.join(0.02)
        assert heard == (["as it was raised"] if fails else [threading.get_ident()])
