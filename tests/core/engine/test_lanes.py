"""Small frames are computed side by side; which thread does what changes neither the bits nor what is kept."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np
import pytest
import torch

from stfam.core.engine import matte_job
from stfam.core.engine.lanes import COUNT, Lanes
from stfam.core.engine.matte import matte
from stfam.core.engine.matte_input import MatteInput
from stfam.core.network.weights import load_matting

pytestmark = pytest.mark.usefixtures("cores")


@pytest.fixture
def callers(matting, monkeypatch: pytest.MonkeyPatch) -> dict[str, set[str]]:
    """The names of the threads that encoded and decoded."""
    seen: dict[str, set[str]] = {"encode": set(), "decode": set()}

    def note(call: str, pixels: int) -> None:
        if call in seen:
            seen[call].add(threading.current_thread().name.split("_")[0])

    matting.fail = note
    return seen


def test_each_lane_has_its_share_of_the_threads_and_everyone_else_keeps_all() -> None:
    lanes = Lanes()
    asked = threading.Barrier(COUNT)

    def count() -> int:
        asked.wait()
        return torch.get_num_threads()

    assert [future.result() for future in [lanes.submit(count) for _ in range(COUNT)]] == [2, 2]
    fresh: list[int] = []
    other = threading.Thread(target=lambda: fresh.append(torch.get_num_threads()))
    other.start()
    other.join()
    assert torch.get_num_threads() == 4 and fresh == [4]
    lanes.close()


def test_there_are_no_lanes_for_one_thread_or_on_an_accelerator() -> None:
    assert Lanes.of(torch.device("meta")) is None
    torch.set_num_threads(1)
    assert Lanes.of(torch.device("cpu")) is None


def test_closing_drops_what_has_not_begun() -> None:
    lanes, go, begun = Lanes(), threading.Event(), threading.Barrier(COUNT + 1)

    def hold() -> bool:
        begun.wait()
        return go.wait(60)

    running = [lanes.submit(hold) for _ in range(COUNT)]
    waiting = lanes.submit(lambda: True)
    begun.wait()
    waiting.add_done_callback(lambda _: go.set())  # dropped, while the others run
    lanes.close()
    assert all(future.result() for future in running) and waiting.cancelled()


def test_small_frames_go_to_lanes_and_large_ones_do_not(matting, make_clip, callers) -> None:
    list(matte(make_clip((96, 256), 6).inputs(), matting))
    assert callers == {"encode": {"stfam-lane"}, "decode": {"stfam-lane"}}
    for names in callers.values():
        names.clear()
    list(matte(make_clip((1088, 1920), 3, side=1000).inputs(), matting))
    assert callers == {"encode": {"MainThread"}, "decode": {"MainThread"}}
    for names in callers.values():
        names.clear()
    list(matte(make_clip((96, 256), 3).inputs(), matting, side_by_side=False))
    assert callers == {"encode": {"MainThread"}, "decode": {"MainThread"}}


def test_small_and_large_frames_mixed_are_what_they_are_alone(matting, make_clip, monkeypatch, callers) -> None:
    clip = make_clip((256, 512), 12, side=60, step=10)
    monkeypatch.setattr(matte_job, "LANE_AREA", 0)
    inputs = clip.inputs()
    large = dict(matte(inputs, matting))
    sizes = [sum(t.box.height * t.box.width for t in slot.tiles) for slot in _slots(inputs, matting)]
    assert len(set(sizes)) > 1
    monkeypatch.setattr(matte_job, "LANE_AREA", sorted(sizes)[len(sizes) // 2] - 1)
    for names in callers.values():
        names.clear()
    mixed = dict(matte(clip.inputs(), matting))
    assert tuple(mixed) == clip.frames and all(np.array_equal(large[f], mixed[f]) for f in clip.frames)
    assert callers == {"encode": {"stfam-lane", "MainThread"}, "decode": {"stfam-lane", "MainThread"}}


def _slots(inputs, network):
    from stfam.core.engine.matte import _Matter

    return list(_Matter(network, 2, "auto", torch.device("cpu"), print, lambda: None).slots(inputs))


def test_no_more_frames_are_in_flight_than_keep_the_lanes_busy(matting, make_clip) -> None:
    read: list[int] = []

    def inputs() -> Iterator[MatteInput]:
        for given in make_clip((64, 96), 30).inputs():
            read.append(given.frame)
            yield given

    for done, _ in matte(inputs(), matting):
        assert read[-1] - done <= 9


def test_a_hold_across_the_lanes_is_one_frame(matting, make_clip, held) -> None:
    drawings = make_clip((64, 96), 4, step=0).inputs()
    mattes = dict(matte([held(drawings[i // 4], i) for i in range(16)], matting))
    alone = dict(matte([held(drawings[i // 4], i) for i in range(16)], matting, side_by_side=False))
    assert all(np.array_equal(mattes[frame], alone[frame]) for frame in range(16))
    assert all(mattes[i] is not mattes[i + 1] for i in range(15))


def test_an_error_in_a_lane_is_raised_and_the_lanes_end(matting, make_clip) -> None:
    def fail(call: str, pixels: int) -> None:
        if call == "decode" and len(matting.decoded) == 2:
            raise RuntimeError("shapes do not match")

    matting.fail = fail
    done: list[int] = []
    with pytest.raises(RuntimeError, match="shapes"):
        done.extend(frame for frame, _ in matte(make_clip((64, 96), 9).inputs(), matting))
    assert done == [1001, 1002]
    assert not [t for t in threading.enumerate() if t.name.startswith("stfam-lane")]


def test_stopping_early_ends_the_lanes(matting, make_clip) -> None:
    made = matte(make_clip((64, 96), 9).inputs(), matting)
    next(made)
    made.close()
    assert not [t for t in threading.enumerate() if t.name.startswith("stfam-lane")]


def test_a_part_of_a_clip_gets_the_same_bits_as_the_whole(make_clip) -> None:
    network, clip = load_matting("lite", "cpu"), make_clip((160, 256), 7)
    whole = dict(matte(clip.inputs(), network))
    (part,) = matte(clip.inputs((1004,)), network)
    assert np.array_equal(whole[1004], part[1])
    alone = dict(matte(clip.inputs(), network, side_by_side=False))
    assert np.abs(alone[1004] - whole[1004]).max() < 1e-4
