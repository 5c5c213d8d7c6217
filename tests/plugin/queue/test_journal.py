"""A task's journal on a disk that is full: the render goes on, and what is written later can be read."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from stfam.plugin.queue.journal import Journal, read_journal


def _event(frame: int) -> str:
    return f'{{"event": "frame", "frame": {frame}, "paths": ["m"]}}'


def test_a_full_disk_is_said_once_and_what_fits_later_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "task-1.ndjson"
    journal = Journal(str(path), 1)
    room = iter([1000, 5, 0, 0, 1000])

    class Disk:
        def write(self, data: bytes) -> int:
            left = next(room)
            if not left:
                raise OSError(28, os.strerror(28))
            with open(path, "ab") as file:
                return file.write(data[:left])

        def close(self) -> None:
            """Nothing is open."""

    journal.close()
    monkeypatch.setattr(journal, "_file", Disk())
    for frame in range(1001, 1006):
        journal.write(_event(frame))
    journal.close()
    assert [event.frame for event in read_journal(path, 1)] == [1001, 1005]
    assert capsys.readouterr().err.count("journal cannot be written") == 1


@pytest.mark.skipif(sys.platform != "linux", reason="a device of Linux")
def test_a_device_that_is_full_stops_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    journal = Journal("/dev/full", 1)
    journal.write(_event(1001))
    journal.close()
    assert "No space left" in capsys.readouterr().err


def test_a_journal_that_cannot_be_opened_stops_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    journal = Journal(str(tmp_path), 1)
    journal.write(_event(1001))
    journal.close()
    assert "journal cannot be written" in capsys.readouterr().err
