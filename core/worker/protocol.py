"""Newline-delimited JSON between a host and `stfam worker` (standard library only).

One JSON object a line, UTF-8, in three shapes:
    request   {"id": 7, "method": "frame", "params": {...}}
    response  {"id": 7, "result": {...}}  or  {"id": 7, "error": {"kind", "message", "exit_status", "data"}}
    event     {"event": "progress", "job": 7, "data": {...}}
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stfam.core.errors import StfamError
from stfam.core.json_fields import FieldError, from_json, to_json
from stfam.core.out_of_memory import device_memory_error, is_out_of_memory
from stfam.core.strict_json import json_object
from stfam.core.worker.messages import EVENTS, REQUESTS, Request

PROTOCOL_VERSION = 1
"""Raised when a message changes its meaning; client and worker must agree."""

LINE_LIMIT = 4 * 1024 * 1024
"""Bytes of the longest line; pixels never travel in a line."""


class ProtocolError(StfamError):
    """A line that is no message of this protocol; `request_id` is the id to answer, 0 where the line has none."""

    exit_status = 2

    def __init__(self, sentence: str, request_id: int = 0) -> None:
        super().__init__(sentence, request_id=request_id)
        self.request_id = request_id


@dataclass(frozen=True)
class Failure:
    """An error as it travels: the class name, its sentence, the exit status it stands for and its data."""

    kind: str
    message: str
    exit_status: int = 1
    data: dict[str, Any] | None = None


@dataclass(frozen=True)
class Call:
    """A request with its id; ids are positive and grow."""

    id: int
    request: Request


@dataclass(frozen=True)
class Reply:
    """The answer to the request `id`: exactly one of result and error."""

    id: int
    result: dict[str, Any] | None = None
    error: Failure | None = None


@dataclass(frozen=True)
class Event:
    """What the worker says unasked; `job` is the id of the request that it belongs to, 0 for none."""

    event: str
    job: int
    data: dict[str, Any]


def encode_call(call: Call) -> bytes:
    """One line, with its newline."""
    return _line({"id": call.id, "method": call.request.method, "params": to_json(call.request)})


def encode_reply(reply: Reply) -> bytes:
    """One line, with its newline."""
    if reply.error is not None:
        return _line({"id": reply.id, "error": to_json(reply.error)})
    return _line({"id": reply.id, "result": reply.result or {}})


def encode_event(event: Event) -> bytes:
    """One line, with its newline."""
    return _line(to_json(event))


def decode_call(line: bytes) -> Call:
    """The request in `line`.

    Raises:
        ProtocolError: no JSON object, an unknown method, an unknown, missing or mistyped field.
    """
    data = _object(line)
    number = data.get("id")
    request_id = number if isinstance(number, int) and not isinstance(number, bool) and number > 0 else 0
    try:
        _only(data, {"id", "method", "params"})
        if not request_id:
            raise FieldError("a request takes a positive integer 'id'")
        method = data.get("method")
        if not isinstance(method, str) or method not in REQUESTS:
            raise FieldError(f"there is no method {method!r}; there are {', '.join(sorted(REQUESTS))}")
        return Call(request_id, from_json(REQUESTS[method], data.get("params", {})))
    except FieldError as error:
        raise _error(str(error), request_id) from error


def decode_answer(line: bytes) -> Reply | Event:
    """The response or event in `line`.

    Raises:
        ProtocolError: the line is neither.
    """
    data = _object(line)
    try:
        if "event" in data:
            event = from_json(Event, data)
            if event.event not in EVENTS:
                raise FieldError(f"there is no event {event.event!r}; there are {', '.join(EVENTS)}")
            return event
        _only(data, {"id", "result", "error"})
        if "error" in data:
            return Reply(data["id"], error=from_json(Failure, data["error"]))
        return Reply(data["id"], result=dict(data["result"]))
    except (FieldError, KeyError, TypeError, ValueError) as error:
        raise _error(f"{error} in {line[:200]!r}") from error


def failure(error: BaseException) -> Failure:
    """How an exception travels."""
    if is_out_of_memory(error):
        error = device_memory_error(error)
    if isinstance(error, StfamError):
        kept = {key: value for key, value in error.data.items() if isinstance(value, (str, int, float, bool))}
        return Failure(type(error).__name__, str(error), error.exit_status, kept)
    return Failure(type(error).__name__, f"{type(error).__name__}: {error}", 1, {})


def _object(line: bytes) -> dict[str, Any]:
    if len(line) > LINE_LIMIT:
        raise _error(f"a line of {len(line)} bytes is longer than the limit of {LINE_LIMIT}")
    try:
        return json_object(line)
    except ValueError as error:
        raise _error(f"a line is no JSON object: {error}; it starts {line[:80]!r}") from error


def _only(data: Mapping[str, Any], known: set[str]) -> None:
    unknown = sorted(set(data) - known)
    if unknown:
        raise FieldError(f"unknown field {', '.join(map(repr, unknown))}; known are {', '.join(sorted(known))}")


def _error(sentence: str, request_id: int = 0) -> ProtocolError:
    return ProtocolError(f"{sentence}. Client and worker must speak protocol {PROTOCOL_VERSION}.", request_id)


def _line(data: Mapping[str, Any]) -> bytes:
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "backslashreplace") + b"\n"  # half a surrogate pair, of a broken path, stays readable
