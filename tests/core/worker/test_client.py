from __future__ import annotations

import os
import subprocess
import sys
import threading
import time

import pytest

from stfam.core.worker.client import WorkerClient, WorkerError, WorkerGone
from stfam.core.worker.environment import WorkerNotFoundError, worker_command, worker_surroundings
from stfam.core.worker.messages import Status
from stfam.core.worker.protocol import PROTOCOL_VERSION, decode_answer

WAIT = 240
"""Seconds for what comes at once where the machine has nothing else to do."""
ECHO = """
import json, sys
for line in sys.stdin:
    call = json.loads(line)
    if call["method"] == "shutdown": break
    print("noise that is no message")
    print(json.dumps({"event": "progress", "job": call["id"], "data": {"done": 1}}))
    print(json.dumps({"id": call["id"], "result": {"method": call["method"]}}), flush=True)
"""


def client(code: str, **options) -> WorkerClient:
    return WorkerClient([sys.executable, "-c", code], **options)


def test_answers_and_events_find_their_request():
    events = []
    worker = client(ECHO, on_event=events.append)
    number, future = worker.send(Status())
    assert future.result(WAIT) == {"method": "status"}
    assert [(event.event, event.job) for event in events] == [("progress", number)]
    assert worker.close() == 0


def test_ids_grow_and_many_requests_may_wait():
    worker = client(ECHO)
    sent = [worker.send(Status()) for _ in range(20)]
    assert [number for number, _ in sent] == list(range(1, 21))
    assert all(future.result(WAIT) for _, future in sent)
    worker.close()


def test_the_end_of_the_process_reaches_who_waits_once():
    ended = []
    gone = threading.Event()
    code = "import sys; sys.stdin.readline(); sys.exit('out of luck')"
    worker = client(code, on_exit=lambda error: (ended.append(error), gone.set()))
    with pytest.raises(WorkerGone, match="out of luck"):
        worker.call(Status(), WAIT)
    assert gone.wait(WAIT) and len(ended) == 1 and ended[0].status == 1
    with pytest.raises(WorkerGone):
        worker.call(Status(), WAIT)
    worker.close()


def test_a_worker_that_does_not_read_holds_nobody_up():
    worker = client("import time; time.sleep(600)")
    futures = [worker.send(Status())[1] for _ in range(5000)]  # more than any pipe holds
    assert worker.alive, "nothing waited for its end"
    worker.close(grace=0.2)
    assert all(isinstance(future.exception(WAIT), WorkerGone) for future in futures)


def test_a_program_that_is_not_there_is_said():
    with pytest.raises(WorkerGone, match="no-such-program"):
        WorkerClient(["/no-such-program", "worker"])


def test_a_worker_of_another_version_is_refused(worker):
    from stfam.core.worker.messages import Hello

    with pytest.raises(WorkerError, match="Install the same version"):
        worker().call(Hello(PROTOCOL_VERSION + 1), WAIT)


def test_a_request_before_a_shot_is_open_says_what_to_do(worker):
    with pytest.raises(WorkerError, match="Send `open` first") as error:
        worker(fresh=True).call(Status(), WAIT)
    assert error.value.failure.kind == "UsageError"


def test_a_broken_line_is_answered_and_the_worker_goes_on():
    command = [sys.executable, "-m", "stfam.core.worker.server"]
    lines = b'garbage\n{"id":5,"method":"fly","params":{}}\n{"id":6,"method":"hello","params":{"protocol":1}}\n'
    done = subprocess.run(command, input=lines, capture_output=True, timeout=240)
    answers = [decode_answer(line) for line in done.stdout.splitlines()]
    assert [answer.id for answer in answers] == [0, 5, 6]
    assert answers[2].result["protocol"] == 1 and done.returncode == 0


def test_the_worker_ends_when_its_parent_is_killed():
    code = (
        "import sys, time\n"
        "from stfam.core.worker.client import WorkerClient\n"
        "worker = WorkerClient([sys.executable, '-m', 'stfam.core.worker.server'])\n"
        "worker.hello('test', 240)\n"
        "print(worker.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    with parent:
        pid = int(parent.stdout.readline())
        parent.kill()
    deadline = time.monotonic() + WAIT
    while _runs(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _runs(pid)


@pytest.mark.parametrize("others", [[], ["libs"]], ids=["alone", "beside others"])
def test_the_worker_s_path_lacks_the_host_s_side_alone(tmp_path, monkeypatch, others):
    (tmp_path / "side" / "stfam").mkdir(parents=True)
    whole = tmp_path / "whole" / "stfam" / "core" / "worker"
    whole.mkdir(parents=True)
    (whole / "server.py").touch()
    kept = [*others, str(tmp_path / "whole")] if others else []
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path / "side"), *kept]))
    assert worker_surroundings().get("PYTHONPATH") == (os.pathsep.join(kept) if kept else None)


def test_a_host_with_a_python_of_its_own_does_not_name_the_worker_s(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONHOME", str(tmp_path))
    worker = client(ECHO)
    assert worker.call(Status(), WAIT) == {"method": "status"}
    worker.close()


def test_the_environment_is_found_in_order(tmp_path, monkeypatch):
    programs = {}
    for name in ("setting", "variable", "python", "path"):
        folder = tmp_path / name / "bin"
        folder.mkdir(parents=True)
        programs[name] = folder / "stfam"
        programs[name].write_text("#!/bin/sh\n")
        programs[name].chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "path" / "bin"))
    monkeypatch.setenv("STFAM_ENV", str(tmp_path / "variable"))
    assert worker_command(str(tmp_path / "setting")) == [str(programs["setting"]), "worker"]
    assert worker_command() == [str(programs["variable"]), "worker"]
    monkeypatch.delenv("STFAM_ENV")
    monkeypatch.setattr("sys.executable", str(programs["python"].with_name("python3")))
    assert worker_command() == [str(programs["python"]), "worker"]
    monkeypatch.setattr("sys.executable", str(tmp_path / "host"))
    assert worker_command() == [str(programs["path"]), "worker"]
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    (tmp_path / "stfam").mkdir()
    (tmp_path / "stfam" / "worker.txt").write_bytes(b"\xff damaged")
    with pytest.raises(WorkerNotFoundError, match="set STFAM_ENV"):
        worker_command()


def test_what_cannot_be_looked_at_is_no_environment(tmp_path, monkeypatch):
    strange = str(tmp_path / ("n" * 300))
    program = tmp_path / "stfam"
    program.touch(0o755)
    monkeypatch.setenv("STFAM_ENV", strange)
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    assert worker_command() == [str(program), "worker"]
    monkeypatch.setenv("PYTHONPATH", strange)
    assert worker_surroundings()["PYTHONPATH"] == strange


def _runs(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):  # the second where it ends between opening and reading
        return False
