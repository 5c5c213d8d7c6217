from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence

import numpy as np
import pytest
import torch

from stfam.core.engine.keyframe_spans import FADE, KEY_NEIGHBOURHOOD, forward_frames, keyframe_spans
from stfam.core.engine.network_work import NetworkWork
from stfam.core.engine.propagate import Keyframes, ProxyFrame, propagate
from stfam.core.engine.proxies import Proxies
from stfam.core.engine.trimap_growth import quantised, subject_box
from stfam.core.engine.views import following_view, view_size
from stfam.core.errors import DeviceMemoryError
from stfam.core.network.box import Box

pytestmark = pytest.mark.usefixtures("cores")

SIZE = (48, 80)
FRAMES = tuple(range(1001, 1041))


def _proxies(frame: int) -> Proxies:
    return Proxies(SIZE, torch.full((1, 3, 64, 96), (frame - 1000) / 50), None)


def _given(frame: int) -> ProxyFrame:
    return ProxyFrame(frame, _proxies(frame))


def _painted(frame: int) -> np.ndarray:
    trimap = np.zeros(SIZE, np.uint8)
    trimap[:, frame % 40 :] = 255
    trimap[:, frame % 40 - 5 : frame % 40 + 5] = 128
    return trimap


class Run:
    """Propagation over a clip, with a record of what was read."""

    def __init__(
        self, network, keys: Sequence[int], wanted: Sequence[int] = FRAMES, unreadable: Sequence[int] = ()
    ) -> None:
        self.read: list[int] = []
        self.unreadable = unreadable
        spans = keyframe_spans(FRAMES, keys)
        forward = {frame for span in spans for frame in forward_frames(span, wanted)}
        stream = [frame for frame in FRAMES if frame in forward or frame in wanted]
        given = (self._frame(frame, frame in forward) for frame in stream)
        self.trimaps = dict(
            propagate(given, Keyframes(tuple(keys), _painted), spans, network, wanted=wanted, read_proxies=self._read)
        )

    def _frame(self, frame: int, pictured: bool = True) -> ProxyFrame:
        return ProxyFrame(frame, _proxies(frame) if pictured and frame not in self.unreadable else None)

    def _read(self, frames: Sequence[int]) -> Iterator[ProxyFrame]:
        self.read += frames
        return (self._frame(frame) for frame in frames)


def test_every_frame_gets_a_trimap_of_three_values_and_keyframes_keep_theirs(propagation):
    run = Run(propagation, [1010, 1030])
    assert tuple(run.trimaps) == FRAMES
    for trimap in run.trimaps.values():
        assert trimap.dtype == np.uint8 and trimap.shape == SIZE
        assert set(np.unique(trimap)) <= {0, 128, 255}
    for key in (1010, 1030):
        assert np.array_equal(run.trimaps[key], _painted(key))


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


def test_a_pass_begins_with_its_own_key_alone_and_remembers_two_frames(propagation, monkeypatch):
    frame_of = lambda memory: 1000 + round(float(memory[0].mean()) * 50)  # noqa: E731
    seen, read = [], propagation.read

    def watched(recalled, recent):
        keys = {frame_of(key) for key in recalled[1]}
        seen.append((frame_of(recalled), keys, [frame_of(memory) for memory in recent]))
        return read(recalled, recent)

    def passed(order: Sequence[int], own: int, keys: set[int]) -> list[tuple[int, set[int], list[int]]]:
        near = KEY_NEIGHBOURHOOD
        return [(f, {own} if i < near else keys, list(order[max(0, i - 2) : i])) for i, f in enumerate(order)]

    monkeypatch.setattr(propagation, "read", watched)
    Run(propagation, [1001, 1012, 1040])
    expected = []
    for span in keyframe_spans(FRAMES, [1001, 1012, 1040]):
        keys = {span.before, span.after}
        expected += passed(span.backward, span.after, keys) + passed(span.forward, span.before, keys)
    assert seen == expected


def test_a_fade_goes_over_from_the_forward_pass_to_the_backward_one(propagation, monkeypatch):
    def read(recalled, recent):
        """Foreground from a frame before, background from one after."""
        features, keys = recalled
        before = (recent[-1] if recent else keys[0])[0].mean() < features.mean()
        shares = torch.full_like(features, 1e-6)
        shares[:, 2 if before else 0] = 1
        return shares.log()

    monkeypatch.setattr(propagation, "read", read)
    trimaps = Run(propagation, [1001, 1040]).trimaps
    (span,) = keyframe_spans(FRAMES, [1001, 1040])
    values = [sorted({int(value) for value in np.unique(trimaps[frame])}) for frame in span.frames]
    alone = len(span.frames) // 2 - FADE
    assert values == [[255]] * alone + [[255]] * 2 + [[128]] * 4 + [[0]] * 2 + [[0]] * alone


def test_check_is_asked_before_each_frame(propagation):
    asked = []

    def check() -> None:
        asked.append(len(asked))
        if len(asked) > 3:
            raise KeyboardInterrupt

    options = {"wanted": FRAMES, "read_proxies": lambda frames: map(_given, frames), "check": check}
    spans = keyframe_spans(FRAMES, [1001])
    with pytest.raises(KeyboardInterrupt):
        list(propagate(map(_given, FRAMES), Keyframes((1001,), _painted), spans, propagation, **options))
    assert len(propagation.encoded) <= 6


def test_a_pass_looks_where_its_key_has_the_subject_and_follows_it_from_there(propagation, monkeypatch):
    torch.set_num_threads(1)  # nothing is encoded in a view that is guessed
    size, frames, seen = (1080, 1920), FRAMES[:8], []
    subjects = {1001: Box(400, 800, 200, 100), 1005: Box(300, 400, 200, 100)}

    def painted(frame: int) -> np.ndarray:
        trimap, box = np.zeros(size, np.uint8), subjects[frame]
        trimap[box.top : box.bottom, box.left : box.right] = 128
        return trimap

    def moved(view: Box) -> torch.Tensor:
        """The subject on the right of what is seen."""
        shares = torch.full((1, 3, *view_size(view, size)), 1e-6)
        shares[:, 0] = 1
        top, left, bottom, right = (round(at * side) for at, side in zip((0.4, 0.7, 0.6, 0.85), shares.shape[2:] * 2))
        shares[:, 0, top:bottom, left:right], shares[:, 1, top:bottom, left:right] = 1e-6, 1
        return shares

    def after(view: Box) -> Box:
        return following_view(view, subject_box(quantised(moved(view)), view), size)

    def given(asked: Sequence[int]) -> Iterator[ProxyFrame]:
        return (ProxyFrame(frame, Proxies(size, torch.zeros(1, 3, 64, 96), None)) for frame in asked)

    monkeypatch.setattr(propagation, "encode", lambda proxy, view: (seen.append(view.box), proxy)[1])
    monkeypatch.setattr(propagation, "read", lambda recalled, recent: moved(seen[-1]).log())
    spans, options = keyframe_spans(frames, [1001, 1005]), {"wanted": frames, "read_proxies": given}
    assert len(list(propagate(given(frames), Keyframes((1001, 1005), painted), spans, propagation, **options))) == 8
    one, two = (following_view(None, subject, size) for subject in subjects.values())
    assert len({one, two, after(one), after(two), after(after(two)), Box(0, 0, *size)}) == 6
    backward, forward, last = [two], [one, after(one)], [two, after(two), after(after(two))]
    assert seen == [one, two, *backward, *forward, *last]


def test_both_keyframes_speak_in_the_middle(propagation):
    trimap = Run(propagation, [1001, 1040]).trimaps[1021]
    alone = Run(propagation, [1001]).trimaps[1021]
    assert not np.array_equal(trimap, alone)


def test_an_unreadable_frame_is_left_out(propagation):
    run = Run(propagation, [1010], unreadable=(1005, 1020))
    assert sorted(run.trimaps) == [frame for frame in FRAMES if frame not in (1005, 1020)]


def test_out_of_memory_goes_to_the_cpu_and_says_so(propagation):
    said = []

    def fail(call: str, pixels: int) -> None:
        if not propagation.devices:
            raise MemoryError

    propagation.fail = fail
    key = Keyframes((1001,), _painted)
    spans = keyframe_spans(FRAMES[:3], [1001])
    frames = [ProxyFrame(frame, _proxies(frame)) for frame in FRAMES[:3]]
    reader = lambda asked: [ProxyFrame(frame, _proxies(frame)) for frame in asked]  # noqa: E731
    options = {"wanted": FRAMES, "read_proxies": reader, "device": "meta", "notice": said.append}
    trimaps = dict(propagate(frames, key, spans, propagation, **options))
    assert len(trimaps) == 3 and propagation.devices == ["cpu"]
    assert len(said) == 1 and "CPU" in said[0]


def test_out_of_memory_on_the_cpu_is_an_error(propagation):
    def fail(call: str, pixels: int) -> None:
        raise RuntimeError("CUDA out of memory")

    propagation.fail = fail
    with pytest.raises(DeviceMemoryError):
        Run(propagation, [1001])


def test_what_one_pass_kept_for_the_other_outlasts_a_lack_of_memory(propagation, monkeypatch):
    torch.set_num_threads(1)  # no lanes, as on a GPU
    remembered = []

    def memorise(features, trimap):
        remembered.append(round(float(features.mean()) * 50))
        if remembered[-1] == 20 and remembered.count(20) == 2:
            raise MemoryError
        return features, trimap

    def again(work: NetworkWork, begun):
        try:
            return begun()
        except MemoryError:
            return begun()

    monkeypatch.setattr(propagation, "memorise", memorise)
    monkeypatch.setattr(NetworkWork, "finish", again)
    Run(propagation, [1001, 1040])
    assert remembered.count(20) == 3 and len(propagation.encoded) == len(FRAMES)


def test_spans_meet_in_the_middle_and_fade():
    (span,) = keyframe_spans(range(1, 42), [1, 41])
    assert (span.before, span.after) == (1, 41)
    assert span.forward[0] == 2 and span.backward[0] == 40
    assert set(span.forward) | set(span.backward) == set(range(2, 41))
    assert len(span.faded) == 2 * FADE
    assert [span.weight(f) for f in span.faded] == sorted((span.weight(f) for f in span.faded), reverse=True)


@pytest.mark.parametrize("length", range(1, 12))
def test_short_spans_leave_the_keyframes_neighbours_to_them(length):
    (span,) = keyframe_spans(range(length + 2), [0, length + 1])
    assert sorted({*span.forward, *span.backward}) == list(range(1, length + 1))
    for frame in span.faded:
        assert min(frame, length + 1 - frame) > min(KEY_NEIGHBOURHOOD, length // 2)


def test_the_next_frame_is_begun_before_a_frame_is_handed_on(propagation):
    made = propagate(
        map(_given, FRAMES),
        Keyframes((1001,), _painted),
        keyframe_spans(FRAMES, [1001]),
        propagation,
        wanted=FRAMES,
        read_proxies=lambda frames: map(_given, frames),
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
        yield from map(_given, FRAMES[:6])
        raise OSError("the plate went away")

    made = propagate(
        frames(),
        Keyframes((1001,), _painted),
        keyframe_spans(FRAMES, [1001]),
        propagation,
        wanted=FRAMES,
        read_proxies=lambda frames: map(_given, frames),
    )
    assert [next(made)[0] for _ in range(6)] == list(FRAMES[:6])
    with pytest.raises(OSError, match="went away"):
        next(made)


def test_finished_frames_are_read_and_the_others_come_as_without_them(propagation):
    options = {"wanted": (1003, 1004, 1005, 1007), "finished": (1004, 1006), "read_proxies": lambda f: map(_given, f)}
    spans, keys = keyframe_spans(FRAMES, [1001]), Keyframes((1001,), _painted)
    made = dict(propagate(map(_given, FRAMES[:8]), keys, spans, propagation, **options))
    whole = Run(propagation, [1001]).trimaps
    assert tuple(made) == options["wanted"] and np.array_equal(made[1004], _painted(1004))
    assert all(np.array_equal(made[frame], whole[frame]) for frame in (1003, 1005, 1007))


def test_a_span_whose_trimaps_are_finished_costs_nothing(propagation):
    options = {"wanted": FRAMES[:20], "finished": range(1011, 1021), "read_proxies": lambda f: map(_given, f)}
    spans, keys = keyframe_spans(FRAMES[:20], [1001, 1010]), Keyframes((1001, 1010), _painted)
    assert len(list(propagate(map(_given, FRAMES[:20]), keys, spans, propagation, **options))) == 20
    assert max(propagation.encoded) == pytest.approx(10 / 50)


def test_pictures_that_no_pass_needs_change_nothing(propagation):
    options = {"wanted": FRAMES, "read_proxies": lambda frames: map(_given, frames)}
    spans, keys = keyframe_spans(FRAMES, [1001, 1040]), Keyframes((1001, 1040), _painted)
    made = dict(propagate(map(_given, FRAMES), keys, spans, propagation, **options))
    needed = Run(propagation, [1001, 1040]).trimaps
    assert made.keys() == needed.keys() and all(np.array_equal(made[frame], needed[frame]) for frame in made)


def test_given_trimaps_need_no_network_and_one_that_cannot_be_read_is_left_out():
    keys = Keyframes(FRAMES[:5], lambda frame: None if frame == 1003 else _painted(frame))
    options = {"wanted": FRAMES[1:4], "read_proxies": lambda frames: map(_given, frames)}
    made = dict(propagate(map(_given, FRAMES[:5]), keys, (), None, **options))
    assert tuple(made) == (1002, 1004) and np.array_equal(made[1002], _painted(1002))
