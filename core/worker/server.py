"""`stfam worker`: answers requests on standard input until it ends or the parent is gone."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from stfam.core.errors import UsageError
from stfam.core.version import VERSION
from stfam.core.worker.job_queue import JobQueue
from stfam.core.worker.messages import (
    AdjustTrimap,
    Cancel,
    Configure,
    Estimate,
    Export,
    Frame,
    Hello,
    Matte,
    Open,
    Pixel,
    Playhead,
    Propagate,
    RemoveKey,
    SetKey,
    Shutdown,
    Status,
    TrimapFrom,
    Warm,
)
from stfam.core.worker.parent_watch import watch_parent
from stfam.core.worker.protocol import PROTOCOL_VERSION, Call, ProtocolError, decode_call
from stfam.core.worker.shot_object import shot_from_object
from stfam.core.worker.warm_start import WarmStart
from stfam.core.worker.wire import Wire, standard_wire

if TYPE_CHECKING:
    from stfam.core.worker.session import Session

Result = dict[str, Any]

LOOKERS = 2
"""Threads that make pictures and look things up while a job runs."""

HELP = """usage: stfam worker

The process that panels and hosts start and talk to: requests and events are lines of JSON on standard input and output
(docs/worker-protocol.md). It takes no options and ends with the process that started it."""


class Server:
    """Answers what is quick at once, looks up pictures on a few threads and runs jobs one after the other."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._session: Session | None = None
        self._jobs = JobQueue(wire)
        self._warm_start = WarmStart()
        self._lookers = ThreadPoolExecutor(LOOKERS, "stfam-look")
        self._ended = False
        self._at_once: dict[type, Callable[[Any], Result]] = {
            Hello: self._hello,
            Open: self._open,
            SetKey: self._set_key,
            RemoveKey: self._remove_key,
            Playhead: self._playhead,
            Cancel: self._cancel,
            Shutdown: self._shutdown,
        }
        self._looked_up: dict[type, Callable[[Session, Any], Result]] = {
            Configure: lambda session, request: session.status(),
            Status: lambda session, request: session.status(),
            Frame: lambda session, request: session.picture(request),
            Pixel: lambda session, request: session.pixel(request),
            TrimapFrom: lambda session, request: session.trimap_from(request),
            AdjustTrimap: lambda session, request: session.adjusted_trimap(request),
            Estimate: lambda session, request: session.estimate(request.frames),
        }

    def serve(self) -> None:
        """Answer until the parent closes the pipe or asks for the end."""
        self._warm_start.begin()
        for line in self._wire.lines():
            self._answer(line)
            if self._ended:
                break
        self.end()

    def end(self) -> None:
        """Stop jobs and let go of files."""
        self._jobs.close()
        self._lookers.shutdown(wait=False, cancel_futures=True)
        if self._session is not None:
            self._session.close()

    def _answer(self, line: bytes) -> None:
        try:
            call = decode_call(line)
        except ProtocolError as error:
            self._wire.refuse(error.request_id, error)
            return
        if isinstance(call.request, (Propagate, Matte, Export, Warm)):
            self._begin(call.id, call.request)
        elif type(call.request) in self._at_once:
            self._attempt(call, lambda: self._at_once[type(call.request)](call.request))
        else:
            self._look_up(call)

    def _begin(self, job: int, request: Propagate | Matte | Export | Warm) -> None:
        try:
            self._jobs.add(job, self._opened().work(request, self._wire, job))
        except Exception as error:  # whatever went wrong, the parent has to hear of it
            self._wire.refuse(job, error)

    def _look_up(self, call: Call) -> None:
        """Answer on another thread, about the shot as it is now."""
        try:
            session = self._opened()
            change = session.configure(call.request) if isinstance(call.request, Configure) else {}
        except Exception as error:  # likewise
            self._wire.refuse(call.id, error)
            return
        look = self._looked_up[type(call.request)]
        self._lookers.submit(self._attempt, call, lambda: {**look(session, call.request), **change})

    def _attempt(self, call: Call, act: Callable[[], Result]) -> None:
        try:
            self._wire.reply(call.id, act())
        except Exception as error:  # likewise
            self._wire.refuse(call.id, error)

    def _opened(self) -> Session:
        if self._session is None:
            raise UsageError("No shot is open. Send `open` first.")
        return self._session

    def _hello(self, request: Hello) -> Result:
        if request.protocol != PROTOCOL_VERSION:
            raise ProtocolError(
                f"This worker speaks protocol {PROTOCOL_VERSION}, the client {request.protocol}: "
                "they are of different stfam versions. Install the same version of both."
            )
        return {
            "protocol": PROTOCOL_VERSION,
            "version": VERSION,
            "pid": os.getpid(),
            "python": platform.python_version(),
        }

    def _open(self, request: Open) -> Result:
        from stfam.core.worker.session import Session  # takes numpy and OpenImageIO along; `hello` answers at once

        session = Session(shot_from_object(request.shot, request.folder), request.cache, self._warm_start)
        if self._session is not None:
            self._jobs.cancel_all()
            self._session.close()
        self._session = session
        return {"plate": session.describe(), "keys": session.key_files(), "trimaps": session.propagated()}

    def _set_key(self, request: SetKey) -> Result:
        self._opened().set_key(request.frame, request.trimap)
        return {}

    def _remove_key(self, request: RemoveKey) -> Result:
        self._opened().set_key(request.frame, None)
        return {}

    def _playhead(self, request: Playhead) -> Result:
        self._opened().playhead = request.frame
        return {}

    def _cancel(self, request: Cancel) -> Result:
        return {"cancelled": self._jobs.cancel(request.job)}

    def _shutdown(self, request: Shutdown) -> Result:
        self._ended = True
        return {}


def main(argv: Sequence[str] = ()) -> int:
    """Serve standard input; returns the exit status.

    Raises:
        UsageError: it was given an option.
    """
    if tuple(argv) in (("--help",), ("-h",)):
        print(HELP)
        return 0
    if argv:
        raise UsageError("`stfam worker` takes no arguments; it speaks NDJSON on its standard input and output.")
    wire = standard_wire()
    watch_parent(lambda: os._exit(1))
    server = Server(wire)
    server.serve()
    # Threads of numeric libraries may hold up an ordinary exit; everything that must be written is.
    os._exit(0)


if __name__ == "__main__":
    main()
