"""The passes of a propagation: from which key and which frames each trimap comes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pytest
import torch

from stfam.core.engine.keyframe_spans import FADE, KEY_NEIGHBOURHOOD, keyframe_spans
from stfam.core.engine.network_work import NetworkWork
from stfam.core.engine.propagate import Keyframes, ProxyFrame, propagate
from stfam.core.engine.proxies import Proxies
from stfam.core.engine.trimap_growth import quantised, subject_box
from stfam.core.engine.views import following_view, view_size
from stfam.core.network.box import Box

from .propagation_run import FRAMES, Run, given, painted

pytestmark = pytest.mark.usefixtures("cores")


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


def test_a_pass_looks_where_its_key_has_the_subject_and_follows_it_from_there(propagation, monkeypatch):
    torch.set_num_threads(1)  # nothing is encoded in a view that is guessed
    size, frames, seen = (1080, 1920), FRAMES[:8], []
    subjects = {1001: Box(400, 800, 200, 100), 1005: Box(300, 400, 200, 100)}

    def boxed(frame: int) -> np.ndarray:
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

    def blank(asked: Sequence[int]) -> Iterator[ProxyFrame]:
        return (ProxyFrame(frame, Proxies(size, torch.zeros(1, 3, 64, 96), None)) for frame in asked)

    monkeypatch.setattr(propagation, "encode", lambda proxy, view: (seen.append(view.box), proxy)[1])
    monkeypatch.setattr(propagation, "read", lambda recalled, recent: moved(seen[-1]).log())
    spans, options = keyframe_spans(frames, [1001, 1005]), {"wanted": frames, "read_proxies": blank}
    assert len(list(propagate(blank(frames), Keyframes((1001, 1005), boxed), spans, propagation, **options))) == 8
    one, two = (following_view(None, subject, size) for subject in subjects.values())
    assert len({one, two, after(one), after(two), after(after(two)), Box(0, 0, *size)}) == 6
    backward, forward, last = [two], [one, after(one)], [two, after(two), after(after(two))]
    assert seen == [one, two, *backward, *forward, *last]


def test_both_keyframes_speak_in_the_middle(propagation):
    trimap = Run(propagation, [1001, 1040]).trimaps[1021]
    alone = Run(propagation, [1001]).trimaps[1021]
    assert not np.array_equal(trimap, alone)


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


def test_finished_frames_are_read_and_the_others_come_as_without_them(propagation):
    options = {"wanted": (1003, 1004, 1005, 1007), "finished": (1004, 1006), "read_proxies": lambda f: map(given, f)}
    spans, keys = keyframe_spans(FRAMES, [1001]), Keyframes((1001,), painted)
    made = dict(propagate(map(given, FRAMES[:8]), keys, spans, propagation, **options))
    whole = Run(propagation, [1001]).trimaps
    assert tuple(made) == options["wanted"] and np.array_equal(made[1004], painted(1004))
    assert all(np.array_equal(made[frame], whole[frame]) for frame in (1003, 1005, 1007))


def test_a_span_whose_trimaps_are_finished_costs_nothing(propagation):
    options = {"wanted": FRAMES[:20], "finished": range(1011, 1021), "read_proxies": lambda f: map(given, f)}
    spans, keys = keyframe_spans(FRAMES[:20], [1001, 1010]), Keyframes((1001, 1010), painted)
    assert len(list(propagate(map(given, FRAMES[:20]), keys, spans, propagation, **options))) == 20
    assert max(propagation.encoded) == pytest.approx(10 / 50)


def test_pictures_that_no_pass_needs_change_nothing(propagation):
    options = {"wanted": FRAMES, "read_proxies": lambda frames: map(given, frames)}
    spans, keys = keyframe_spans(FRAMES, [1001, 1040]), Keyframes((1001, 1040), painted)
    made = dict(propagate(map(given, FRAMES), keys, spans, propagation, **options))
    needed = Run(propagation, [1001, 1040]).trimaps
    assert made.keys() == needed.keys() and all(np.array_equal(made[frame], needed[frame]) for frame in made)
