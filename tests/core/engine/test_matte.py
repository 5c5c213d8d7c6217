from __future__ import annotations

import weakref
from dataclasses import replace

import numpy as np
import pytest

from stfam.core.engine.frame_record import FrameRecord
from stfam.core.engine.matte import matte
from stfam.core.errors import DeviceMemoryError, UsageError

TOLERANCE = 1 / 255


def test_each_frame_is_encoded_once(matting, make_clip):
    clip = make_clip((96, 256), 12)
    list(matte(clip.inputs(), matting, tile="off"))
    assert len(matting.encoded) == len({seen for seen, _ in matting.encoded}) == 12
    assert matting.contexts == 12


def test_regions_of_one_frame_do_not_repeat(matting, make_clip):
    clip = make_clip((256, 512), 10)
    list(matte(clip.inputs(), matting, tile=128))
    assert len(matting.encoded) == len(set(matting.encoded))
    assert matting.contexts == 10


@pytest.mark.parametrize("size", [(1, 1), (5, 300), (97, 131), (256, 512)], ids=str)
@pytest.mark.parametrize("tile", [128, "auto"], ids=str)
def test_tiled_equals_untiled(matting, make_clip, size, tile):
    clip = make_clip(size, 6)
    whole = dict(matte(clip.inputs(), matting, tile="off"))
    parts = dict(matte(clip.inputs(), matting, tile=tile))
    for frame in clip.frames:
        assert whole[frame].shape == size
        assert np.abs(whole[frame] - parts[frame]).max() <= TOLERANCE


def test_alpha_is_exact_where_the_trimap_is_known(matting, make_clip):
    clip = make_clip((96, 256), 5)
    for frame, alpha in matte(clip.inputs(), matting):
        trimap = clip.trimap(frame)
        assert (alpha[trimap == 0] == 0).all() and (alpha[trimap == 255] == 1).all()
        unknown = alpha[trimap == 128]
        assert unknown.min() >= 0 and unknown.max() <= 1 and unknown.std() > 0


@pytest.mark.parametrize("wanted", [(1004, 1005, 1006), (1001,), (1012,), (1003, 1009)], ids=str)
@pytest.mark.parametrize("tile", [128, "auto"], ids=str)
def test_a_part_of_a_clip_gets_the_same_bits(matting, make_clip, wanted, tile):
    clip = make_clip((256, 700), 12, side=100, step=50)
    whole = dict(matte(clip.inputs(), matting, tile=tile))
    part = dict(matte(clip.inputs(wanted), matting, tile=tile))
    assert tuple(part) == wanted
    for frame in wanted:
        assert np.array_equal(part[frame], whole[frame])


def test_the_window_is_clamped_at_the_ends(matting, make_clip):
    clip = make_clip((64, 64), 1)
    ((_, single),) = matte(clip.inputs(), matting)
    repeated = [replace(clip.inputs()[0], frame=f) for f in range(5)]
    assert np.array_equal(dict(matte(repeated, matting))[2], single)
    assert matting.encoded[0] == matting.encoded[-1]


def test_a_smaller_window_repeats_its_outermost_frame(matting, make_clip):
    clip = make_clip((64, 96), 5)
    alone = dict(matte(clip.inputs((1003,), 0), matting, window=0))
    near = dict(zip(clip.frames, clip.inputs()))
    assert np.array_equal(alone[1003], dict(matte([near[1003]], matting))[1003])
    assert not np.array_equal(alone[1003], dict(matte(clip.inputs(), matting))[1003])


def test_a_larger_window_than_the_weights_were_made_for_is_refused(matting, make_clip):
    with pytest.raises(UsageError, match="2 frames on each side"):
        list(matte(make_clip((32, 32), 2).inputs(), matting, window=3))


def test_frames_without_unknown_pixels_cost_nothing(matting, make_clip):
    clip = make_clip((64, 96), 6)
    known = [replace(given, trimap=np.where(given.trimap == 128, 0, given.trimap)) for given in clip.inputs()]
    mattes = dict(matte(known, matting))
    assert len(mattes) == 6 and not matting.encoded and not matting.contexts and not matting.decoded
    assert all(np.array_equal(mattes[g.frame], g.trimap == 255) for g in known)


def test_held_frames_are_copied(matting, make_clip, held):
    clip = make_clip((64, 96), 1)
    inputs = [held(clip.inputs()[0], frame) for frame in range(1, 31)]
    mattes = list(matte(inputs, matting))
    assert len(mattes) == 30 and len(matting.encoded) == 1 and len(matting.decoded) == 1
    mattes[0][1][:] = 7
    assert mattes[1][1].max() <= 1


def test_a_held_picture_with_another_trimap_is_another_frame(matting, make_clip):
    first = make_clip((64, 96), 1).inputs()[0]
    moved = np.roll(first.trimap, 24, 1)
    mattes = dict(matte([first, replace(first, frame=1002, trimap=moved)], matting))
    assert ((mattes[1002] % 1 == 0) == (moved != 128)).all()


@pytest.mark.parametrize(("centre", "beside"), [(0, (1, 2)), (1, (0, 2, 3)), (3, (1, 2, 4, 5)), (5, (3, 4))])
def test_as_many_frames_before_as_after_one_steady_it(make_clip, centre, beside):
    inputs = make_clip((64, 96), 6).inputs()
    record = FrameRecord.of(inputs, centre, 2, None, None)
    assert record.plate.centre.image is inputs[centre].image
    assert [id(other.image) for other in record.plate.others] == [id(inputs[i].image) for i in beside]


def test_animation_on_twos_encodes_each_drawing_once(matting, make_clip, held):
    drawings = make_clip((64, 96), 5, step=0).inputs()
    inputs = [held(drawings[i // 2], i) for i in range(10)]
    list(matte(inputs, matting))
    assert len(matting.encoded) == matting.contexts == 5


def test_a_gap_starts_a_new_run(matting, make_clip):
    clip = make_clip((64, 96), 9)
    inputs = clip.inputs()
    inputs[4] = replace(inputs[4], starts_run=True)
    joined = dict(matte(inputs, matting))
    assert np.array_equal(joined[1004], dict(matte(inputs[:4], matting))[1004])
    assert np.array_equal(joined[1005], dict(matte(inputs[4:], matting))[1005])


def test_an_unreadable_frame_is_left_out_and_its_neighbours_stand_for_it(matting, make_clip):
    inputs = make_clip((64, 96), 5).inputs()
    inputs[3] = replace(inputs[3], image=None, trimap=None)
    mattes = dict(matte(inputs, matting))
    assert sorted(mattes) == [1001, 1002, 1003, 1005]
    stand_in = [inputs[0], inputs[1], inputs[2], replace(inputs[2], frame=1004), inputs[4]]
    assert np.array_equal(mattes[1003], dict(matte(stand_in, matting))[1003])


@pytest.mark.parametrize(("side_by_side", "most"), [(False, 4 + 2), (True, 6 + 4)], ids=["one by one", "side by side"])
def test_features_end_with_the_last_window_that_reads_them(matting, make_clip, cores, side_by_side, most):
    """Between two frames: of the window's all but the oldest, detail of those to come, and what is begun ahead."""
    alive: weakref.WeakSet[object] = weakref.WeakSet()
    encode, counts = matting.encode, []

    def watched(*given):
        features = encode(*given)
        alive.update((features.fine, features.detail))
        return features

    matting.encode = watched
    for _ in matte(make_clip((64, 96), 14).inputs(), matting, side_by_side=side_by_side):
        counts.append(len(alive))
    assert max(counts[4:-4]) <= most


class OutOfMemory:
    """Raises as an allocator does for more pixels than fit, on the accelerator only."""

    def __init__(self, network, pixels: int, error: Exception, cpu_too: bool = False) -> None:
        self.network, self.pixels, self.error, self.cpu_too = network, pixels, error, cpu_too

    def __call__(self, call: str, pixels: int) -> None:
        if pixels > self.pixels and (self.cpu_too or not self.network.devices):
            raise self.error


@pytest.mark.parametrize(
    "error", [MemoryError(), RuntimeError("DefaultCPUAllocator: can't allocate memory")], ids=["python", "torch"]
)
def test_out_of_memory_halves_the_tile_and_goes_on(make_matting, make_clip, error):
    clip = make_clip((512, 512), 6, side=400, step=20)
    network, said = make_matting(), []
    network.fail = OutOfMemory(network, 400 * 400, error)
    parts = dict(matte(clip.inputs(), network, notice=said.append))
    whole = dict(matte(clip.inputs(), make_matting()))
    assert len(said) == 1 and "tiles of 256x256" in said[0]
    assert all(np.abs(whole[f] - parts[f]).max() <= TOLERANCE for f in clip.frames)


def test_out_of_memory_in_the_middle_of_a_clip_keeps_what_is_encoded(make_matting, make_clip):
    clip = make_clip((512, 512), 8, side=300, step=40)
    network, said = make_matting(), []
    exhausted = OutOfMemory(network, 400 * 400, MemoryError())
    network.fail = lambda call, pixels: exhausted(call, pixels) if len(network.decoded) > 3 else None
    parts = dict(matte(clip.inputs(), network, notice=said.append))
    whole = dict(matte(clip.inputs(), make_matting()))
    assert said
    assert all(np.abs(whole[f] - parts[f]).max() <= TOLERANCE for f in clip.frames)


def test_out_of_memory_with_the_smallest_tile_goes_to_the_cpu(make_matting, make_clip):
    clip = make_clip((512, 512), 3, side=300)
    network, said = make_matting(), []

    def fail(call: str, pixels: int) -> None:
        if not network.devices:
            raise MemoryError

    network.fail = fail
    mattes = dict(matte(clip.inputs(), network, device="meta", notice=said.append))
    assert network.devices == ["cpu"]
    assert len(said) == 3 and "going on with the CPU" in said[-1]
    whole = dict(matte(clip.inputs(), make_matting()))
    assert all(np.array_equal(whole[f], mattes[f]) for f in clip.frames)


def test_out_of_memory_on_the_cpu_is_said(make_matting, make_clip):
    network, said = make_matting(), []
    network.fail = OutOfMemory(network, 0, MemoryError(), cpu_too=True)
    with pytest.raises(DeviceMemoryError, match="smallest tiles"):
        list(matte(make_clip((512, 512), 3).inputs(), network, notice=said.append))
    assert [text.split("tiles of ")[1].split()[0] for text in said] == ["256x256", "128x128"]


def test_other_errors_are_not_taken_for_memory(make_matting, make_clip):
    network = make_matting()
    network.fail = OutOfMemory(network, 0, RuntimeError("shapes do not match"))
    with pytest.raises(RuntimeError, match="shapes"):
        list(matte(make_clip((64, 64), 1).inputs(), network))


def test_check_is_asked_between_tiles(matting, make_clip):
    calls = []

    def check() -> None:
        calls.append(1)
        if len(calls) > 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(matte(make_clip((512, 512), 9).inputs(), matting, check=check))
    assert len(matting.decoded) <= 2
