"""Trimaps carried through a clip: every frame once, in order, in bounded memory, whatever goes wrong."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest
import torch

from stfam.core.engine.keyframe_spans import keyframe_spans
from stfam.core.engine.propagate import Keyframes, propagate
from stfam.core.errors import DeviceMemoryError

from .propagation_run import FRAMES, SIZE, Run, given, painted

pytestmark = pytest.mark.usefixtures("cores")


def test_every_frame_gets_a_trimap_of_three_values_and_keyframes_keep_theirs(propagation):
    run = Run(propagation, [1010, 1030])
    assert tuple(run.trimaps) == FRAMES
    for trimap in run.trimaps.values():
        assert trimap.dtype == np.uint8 and trimap.shape == SIZE
        assert set(np.unique(trimap)) <= {0, 128, 255}
    for key in (1010, 1030):
        assert np.array_equal(run.trimaps[key], painted(key))


@pytest.mark.parametrize("keys", [[1001], [1040], [1020], [1001, 1040], [1005, 1006, 1030]], ids=str)
def test_each_frame_is_encoded_once(propagation, keys):
    Run(propagation, keys)
    assert len(propagation.encoded) == len(set(propagation.encoded)) == len(FRAMES)


def test_memory_is_bounded(propagation):
    Run(propagation, list(FRAMES[::5]))
    assert propagation.longest_memory <= 4


@pytest.mark.parametrize("wanted", [(1001,), (1013, 1014), (1020, 1021), (1029, 1038)], ids=str)
def test_a_part_of_a_clip_gets_the_same_trimaps(propagation, wanted):
    keys = [1004, 1036]
    whole = Run(propagation, keys).trimaps
    part = Run(propagation, keys, wanted).trimaps
    assert tuple(part) == wanted
    assert all(np.array_equal(whole[frame], part[frame]) for frame in wanted)


def test_a_part_of_a_clip_reads_no_more_than_it_needs(propagation):
    run = Run(propagation, [1001, 1040], (1003,))
    assert run.read == [1001, 1040]
    assert len(propagation.encoded) == 4


@pytest.mark.parametrize("corrected", [[1001, 1020, 1028, 1040], [1001, 1020, 1030]], ids=["added", "moved"])
def test_a_correction_stays_in_its_span_and_away_from_the_neighbouring_keyframe(propagation, corrected):
    before = Run(propagation, [1001, 1020, 1040]).trimaps
    after = Run(propagation, corrected).trimaps
    assert all(np.array_equal(before[frame], after[frame]) for frame in range(1001, 1024))


def test_check_is_asked_before_each_frame(propagation):
    asked = []

    def check() -> None:
        asked.append(len(asked))
        if len(asked) > 3:
            raise KeyboardInterrupt

    options = {"wanted": FRAMES, "read_proxies": lambda frames: map(given, frames), "check": check}
    spans = keyframe_spans(FRAMES, [1001])
    with pytest.raises(KeyboardInterrupt):
        list(propagate(map(given, FRAMES), Keyframes((1001,), painted), spans, propagation, **options))
    assert len(propagation.encoded) <= 6


def test_an_unreadable_frame_is_left_out(propagation):
    run = Run(propagation, [1010], unreadable=(1005, 1020))
    assert sorted(run.trimaps) == [frame for frame in FRAMES if frame not in (1005, 1020)]


def test_out_of_memory_goes_to_the_cpu_and_says_so(propagation):
    said = []

    def fail(call: str, pixels: int) -> None:
        if not propagation.devices:
            raise MemoryError

    propagation.fail = fail
    key = Keyframes((1001,), painted)
    spans = keyframe_spans(FRAMES[:3], [1001])
    frames = list(map(given, FRAMES[:3]))
    reader = lambda asked: map(given, asked)  # noqa: E731
    options = {"wanted": FRAMES, "read_proxies": reader, "device": "meta", "notice": said.append}
    trimaps = dict(propagate(frames, key, spans, propagation, **options))
    assert len(trimaps) == 3 and propagation.devices == ["cpu"]
    assert len(said) == 1 and "CPU" in said[0]


def test_a_keyframe_that_was_memorised_before_memory_ran_out_goes_to_the_cpu_too(propagation, monkeypatch):
    asked, recall = [], propagation.recall

    def fail(call: str, pixels: int) -> None:
        if not propagation.devices and propagation.encoded:
            raise MemoryError

    def watched(features, keyframes):
        asked.extend(key.dtype for key, _ in keyframes)
        return recall(features, keyframes)

    propagation.fail, propagation.recall = fail, watched
    monkeypatch.setattr("stfam.core.engine.propagate.to_device", lambda tensor, device: tensor)
    moved = lambda memory, device: tuple(part.double() for part in memory)  # noqa: E731
    monkeypatch.setattr("stfam.core.engine.propagate.move_features", moved)
    keys, spans = Keyframes((1001, 1003), painted), keyframe_spans(FRAMES[:3], [1001, 1003])
    options = {"wanted": FRAMES[:3], "read_proxies": lambda frames: map(given, frames), "device": "meta"}
    assert len(dict(propagate(map(given, FRAMES[:3]), keys, spans, propagation, **options))) == 3
    assert asked[0] == torch.float64


def test_out_of_memory_on_the_cpu_is_an_error(propagation):
    def fail(call: str, pixels: int) -> None:
        raise RuntimeError("CUDA out of memory")

    propagation.fail = fail
    with pytest.raises(DeviceMemoryError):
        Run(propagation, [1001])


def test_the_next_frame_is_begun_before_a_frame_is_handed_on(propagation):
    made = propagate(
        map(given, FRAMES),
        Keyframes((1001,), painted),
        keyframe_spans(FRAMES, [1001]),
        propagation,
        wanted=FRAMES,
        read_proxies=lambda frames: map(given, frames),
    )
    assert [next(made)[0] for _ in range(3)] == [1001, 1002, 1003]
    deadline = time.monotonic() + 60
    while len(propagation.encoded) < 5 and time.monotonic() < deadline:  # the key, two frames, and two to come
        time.sleep(0.01)
    assert len(propagation.encoded) == 5
    made.close()
    assert not any(thread.name.startswith("stfam-lane") for thread in threading.enumerate())


def test_one_thread_gives_the_same_trimaps(propagation):
    beside = Run(propagation, [1005, 1030], unreadable=(1012, 1025)).trimaps
    torch.set_num_threads(1)
    alone = Run(propagation, [1005, 1030], unreadable=(1012, 1025)).trimaps
    assert beside.keys() == alone.keys()
    assert all(np.array_equal(beside[frame], alone[frame]) for frame in beside)


def test_what_stops_a_frame_comes_after_the_frames_before_it(propagation):
    def frames():
        yield from map(given, FRAMES[:6])
        raise OSError("the plate went away")

    made = propagate(
        frames(),
        Keyframes((1001,), painted),
        keyframe_spans(FRAMES, [1001]),
        propagation,
        wanted=FRAMES,
        read_proxies=lambda frames: map(given, frames),
    )
    assert [next(made)[0] for _ in range(6)] == list(FRAMES[:6])
    with pytest.raises(OSError, match="went away"):
        next(made)


def test_given_trimaps_need_no_network_and_one_that_cannot_be_read_is_left_out():
    keys = Keyframes(FRAMES[:5], lambda frame: None if frame == 1003 else painted(frame))
    options = {"wanted": FRAMES[1:4], "read_proxies": lambda frames: map(given, frames)}
    made = dict(propagate(map(given, FRAMES[:5]), keys, (), None, **options))
    assert tuple(made) == (1002, 1004) and np.array_equal(made[1002], painted(1002))
