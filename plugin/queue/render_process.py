"""The process that renders: it runs `stfam` commands one after the other, so that torch and weights load once.

Started by a runner or a Dask worker (render_program.py). Lines of JSON come in on stdin:
`{"run": {"token", "arguments", "claim", "lock", "journal"}}` and `{"stop": TOKEN}`. What the command prints goes out
as it is, and `{"ended": STATUS, "token": TOKEN}` follows it, once the log on stderr is marked as complete. When stdin
ends, whoever started it is dead: the process stops its command within a frame and ends, so that nothing renders
unowned. With `--warm` torch and the weights that ship are loaded before the first task comes.
"""

from __future__ import annotations

import _thread
import json
import os
import queue
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any, TextIO

from stfam.core.errors import StfamError
from stfam.core.kept_memory import keep_memory
from stfam.core.shared_cores import share_cores
from stfam.core.stopping import TERMINATED
from stfam.plugin.queue.assignment import CRASH_STATUS, TRY_AGAIN_STATUS
from stfam.plugin.queue.journal import Journal
from stfam.plugin.queue.locks import ProcessLock
from stfam.plugin.queue.render_client import LOG_END

Main = Callable[[list[str]], int]

GRACE_SECONDS = 10.0
"""What a command has to come to the end of its frame after it was told to stop."""
LOCK_SECONDS = 20.0
"""How long to wait for another process that still renders the same task; it ends within GRACE_SECONDS."""


class _Stopped(BaseException):
    """The command did not take the signal itself."""


class _Output:
    """stdout of the command: whole lines out, frame events into the journal too."""

    encoding = "utf-8"

    def __init__(self, stream: TextIO, journal: Journal) -> None:
        self._stream, self._journal, self._rest = stream, journal, ""

    def write(self, text: str) -> int:
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            self._journal.write(line)
            self._stream.write(line + "\n")
        if lines:
            self._stream.flush()
        return len(text)

    def flush(self) -> None:
        """Lines are flushed as they end."""

    def isatty(self) -> bool:
        return False


class _Server:
    """One command at a time; a request to stop reaches the command that it is meant for, or nothing."""

    def __init__(self, main: Main, answers: TextIO) -> None:
        self._main, self._answers = main, answers
        self._requests: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._token: str | None = None
        self._unwanted: set[str] = set()

    def serve(self) -> None:
        """Run commands until stdin ends."""
        threading.Thread(target=self._read, daemon=True).start()
        self._say({"ready": os.getpid()})
        while (request := self._requests.get()) is not None:
            status = self._run(request)
            print(LOG_END, file=sys.stderr, flush=True)
            self._say({"ended": status, "token": request["token"]})

    def stop(self, number: int, _frame: FrameType | None) -> None:
        """Signal handler while no command has its own."""
        if self._token is not None:
            raise _Stopped(number)

    def _run(self, request: dict[str, Any]) -> int:
        lock = ProcessLock(Path(request["lock"])) if Path(request["lock"]).parent.is_dir() else None
        if lock is not None and not lock.acquire(LOCK_SECONDS):
            return TRY_AGAIN_STATUS
        journal = Journal(request["journal"], request["claim"])
        stdout, sys.stdout = sys.stdout, _Output(self._answers, journal)
        try:
            self._token = request["token"]
            if self._token in self._unwanted:
                return TERMINATED
            return _status(self._main, list(request["arguments"]))
        except _Stopped:
            return TERMINATED
        finally:
            self._token = None
            sys.stdout = stdout
            self.take_signals()
            journal.close()
            if lock is not None:
                lock.release()

    def take_signals(self) -> None:
        """A command may have set handlers of its own."""
        signal.signal(signal.SIGTERM, self.stop)
        signal.signal(signal.SIGINT, self.stop)

    def _read(self) -> None:
        for line in sys.stdin.buffer:
            request = json.loads(line)
            if "run" in request:
                self._requests.put(request["run"])
            else:
                self._unwanted.add(request["stop"])
                if request["stop"] == self._token:
                    _interrupt_main_thread()
        self._requests.put(None)
        if self._token is not None:
            _interrupt_main_thread()
        threading.Event().wait(GRACE_SECONDS)
        os._exit(TERMINATED)

    def _say(self, answer: dict[str, Any]) -> None:
        print(json.dumps(answer), file=self._answers, flush=True)


def serve(main: Main) -> int:
    """Run commands through `main` until stdin ends; returns the process's exit status."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what libraries print on their own goes to the log, not among the answers
    server = _Server(main, answers)
    server.take_signals()
    try:
        server.serve()
    except BrokenPipeError:
        return TERMINATED
    return 0


def _interrupt_main_thread() -> None:
    """SIGTERM for the main thread alone, so that it leaves a blocking call."""
    if sys.platform == "win32":
        _thread.interrupt_main(signal.SIGTERM)
    else:
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)


def _status(main: Main, arguments: list[str]) -> int:
    try:
        return main(arguments)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except StfamError as error:
        print(f"ERROR: {error}", file=sys.stderr, flush=True)
        return error.exit_status
    except KeyboardInterrupt:
        return TERMINATED
    except Exception:
        traceback.print_exc()
        return CRASH_STATUS


class _CommandLine:
    """`stfam` with networks that are kept from one command to the next."""

    def __init__(self) -> None:
        self._networks: Any = None

    def warm(self) -> None:
        """Load torch and the weights that ship; to the device of a task they go with the task."""
        import torch

        from stfam.core.shot import Settings

        usual, cpu = Settings(), torch.device("cpu")
        try:
            self._kept().matting(usual.weights, cpu)
            self._kept().propagation(usual.propagation_weights, cpu)
        except StfamError as error:
            print(f"Note: {error}", file=sys.stderr, flush=True)  # a shot may bring weights of its own

    def __call__(self, arguments: list[str]) -> int:
        from stfam.plugin.cli import main
        from stfam.plugin.cli_render import DESCRIPTIONS, run_step

        if arguments[0] in DESCRIPTIONS:
            return run_step(arguments[0], arguments[1:], self._kept())
        return main(arguments)

    def _kept(self) -> Any:
        if self._networks is None:
            from stfam.core.networks import KeptNetworks  # imports torch

            self._networks = KeptNetworks()
        return self._networks


if __name__ == "__main__":
    share_cores()
    keep_memory()
    command_line = _CommandLine()
    if "--warm" in sys.argv[1:]:
        command_line.warm()
    sys.exit(serve(command_line))
