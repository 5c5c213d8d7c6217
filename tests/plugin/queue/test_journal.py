"""A task's journal on a disk that is full: the render goes on, and what is written later can be read."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from stfam.plugin.queue.journal import Journal, begun_before, read_journal


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


def test_the_events_of_one_claim_are_read(tmp_path: Path) -> None:
    path = tmp_path / "task-1.ndjson"
    events = [f'{claim}\t{{"event": "frame", "frame": {claim}}}\n' for claim in (1, 2, 12)]
    damaged = ['1\t{"event": "frame", "frame": 1e999}\n', '1\t{"a":' * 9, "1\t" + '{"a":' * 100_000 + "\n"]
    path.write_text("".join([*damaged, *events]))
    assert [[event.frame for event in read_journal(path, claim)] for claim in (1, 2, 3)] == [[1], [2], []]


@pytest.mark.parametrize(
    ("lines", "claim", "begun"),
    [
        ([], 1, False),
        (["1\tstarted"], 1, False),
        (["1\tstarted", "1\tstarted"], 1, True),
        (["1\tstarted", "2\tstarted"], 2, True),
        (["1\tstarted", "2\tstarted"], 1, False),
        (["1\tstarted", "1\tframe"], 1, False),
        (["1\tstarted", "x\tstarted", "started"], 1, False),
    ],
    ids=str,
)
def test_a_task_had_begun_before_where_it_started_twice_up_to_now(
    tmp_path: Path, lines: list[str], claim: int, begun: bool
) -> None:
    path = tmp_path / "task-1.ndjson"
    events = {"started": '{"event": "started", "skipped": []}', "frame": '{"event": "frame", "frame": 1}'}
    if lines:
        spelt = ("\t".join(events.get(part, part) for part in line.split("\t")) for line in lines)
        path.write_text("".join(f"{line}\n" for line in spelt))
    assert begun_before(path, claim) is begun
