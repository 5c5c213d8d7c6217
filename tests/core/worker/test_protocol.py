from __future__ import annotations

import json

import pytest

from stfam.core.errors import MissingFrameError
from stfam.core.worker.messages import REQUESTS, Frame, Hello, Matte, Open
from stfam.core.worker.protocol import (
    Call,
    Event,
    Failure,
    ProtocolError,
    Reply,
    decode_answer,
    decode_call,
    encode_call,
    encode_event,
    encode_reply,
    failure,
)


@pytest.mark.parametrize(
    "request_",
    [Hello(1, "x"), Frame(1001, "comp", 2, "#102030"), Matte("1001-1010"), Open({"plate": "ä.####.exr"}, "/tmp/c")],
    ids=lambda request: request.method,
)
def test_a_request_comes_back_as_it_was_sent(request_):
    line = encode_call(Call(7, request_))
    assert line.endswith(b"\n") and line.count(b"\n") == 1
    assert decode_call(line) == Call(7, request_)


def test_every_method_has_one_class():
    assert {cls.method for cls in REQUESTS.values()} == set(REQUESTS)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"nonsense", "no JSON"),
        (b"[1]", "JSON object"),
        (b"[" * 200_000, "nested too deep"),
        (b'{"id":3,"id":4,"method":"status"}', "names 'id' twice"),
        (b'{"id":3,"method":"frame","params":{"frame":1,"zoom":2}}', "no field 'zoom'"),
        (b'{"id":3,"method":"status","params":{"zoom":2}}', "no field 'zoom'; it has none"),
        (b'{"id":3,"method":"frame","params":{}}', "lacks a field"),
        (b'{"id":3,"method":"frame","params":{"frame":"1"}}', "takes int"),
        (b'{"id":3,"method":"frame","params":{"frame":true}}', "takes int"),
        (b'{"id":3,"method":"fly","params":{}}', "no method 'fly'"),
        (b'{"id":3,"method":"status","params":{},"more":1}', "unknown field 'more'"),
        (b'{"id":0,"method":"status","params":{}}', "positive integer"),
        (b'{"method":"status"}', "positive integer"),
    ],
)
def test_a_line_that_is_no_request_says_what_is_wrong(line, said):
    with pytest.raises(ProtocolError, match=said):
        decode_call(line)


def test_the_id_of_a_wrong_request_is_known_so_that_it_can_be_answered():
    with pytest.raises(ProtocolError) as error:
        decode_call(b'{"id":12,"method":"fly"}')
    assert error.value.request_id == 12


def test_a_line_beyond_the_limit_is_refused():
    with pytest.raises(ProtocolError, match="longer than the limit"):
        decode_call(b" " * (4 * 1024 * 1024 + 1))


@pytest.mark.parametrize(
    "answer",
    [
        Reply(4, result={"a": [1, 2]}),
        Reply(4, error=Failure("InputError", "There is no plate.", 3, {"path": "x"})),
        Event("progress", 4, {"done": 1}),
    ],
    ids=["result", "error", "event"],
)
def test_an_answer_comes_back_as_it_was_sent(answer):
    line = encode_event(answer) if isinstance(answer, Event) else encode_reply(answer)
    assert decode_answer(line) == answer


@pytest.mark.parametrize("line", [b'{"id":4}', b'{"event":"dance","job":0,"data":{}}', b'{"event":"progress"}'])
def test_a_line_that_is_no_answer_is_an_error(line):
    with pytest.raises(ProtocolError):
        decode_answer(line)


def test_an_error_travels_with_its_kind_status_and_data():
    told = failure(MissingFrameError("Frame 7 is missing.", frame=7, path="p", odd=object()))
    assert (told.kind, told.exit_status, told.data) == ("MissingFrameError", 3, {"frame": 7, "path": "p"})
    assert failure(KeyError("x")).message == "KeyError: 'x'"
    json.dumps(told.data)


def test_half_a_surrogate_pair_travels():
    line = encode_reply(Reply(3, error=failure(ValueError("\ud800.exr"))))
    answer = decode_answer(line)
    assert isinstance(answer, Reply) and answer.error is not None and "\ud800.exr" in answer.error.message
