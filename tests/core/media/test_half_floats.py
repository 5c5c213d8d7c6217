"""Half floats are numpy's own, only sooner."""

from __future__ import annotations

import numpy as np
import pytest

from stfam.core.media.half_floats import as_floats, as_halfs, chosen_floats, four_times


def _every_half() -> np.ndarray:
    return np.arange(2**16, dtype=np.uint16).view(np.float16).reshape(256, 256)


def test_every_half_float_is_widened_as_numpy_widens_it() -> None:
    halfs = _every_half()
    assert np.array_equal(as_floats(halfs), halfs.astype(np.float32), equal_nan=True)


@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid value")
def test_floats_are_rounded_as_numpy_rounds_them() -> None:
    halfs = _every_half().astype(np.float32)
    rng = np.random.default_rng(0)
    between = (halfs[:, 1:] + halfs[:, :-1]) / 2  # ties
    wide = (rng.standard_normal((300, 300)) * 10 ** rng.uniform(-9, 6, (300, 300))).astype(np.float32)
    for floats in (halfs, between, wide, wide[::2, ::3]):
        known = floats[np.isfinite(floats)]
        assert np.array_equal(as_halfs(known).view(np.uint16), known.astype(np.float16).view(np.uint16))


@pytest.mark.filterwarnings("error")
def test_an_image_that_may_not_be_written_to_stays_as_it_is() -> None:
    floats = np.linspace(0, 1, 12, dtype=np.float32).reshape(3, 4)
    floats.flags.writeable = False
    halfs = as_halfs(floats)
    halfs.flags.writeable = False
    assert np.array_equal(as_floats(halfs), floats.astype(np.float16).astype(np.float32))


def test_floats_stay_as_they_are() -> None:
    floats = np.linspace(-1, 2, 12, dtype=np.float32).reshape(3, 4)
    assert np.shares_memory(as_floats(floats), floats)
    assert as_floats(floats.astype(np.float64)).dtype == np.float32


@pytest.mark.parametrize("size", [(1, 1), (7, 5)], ids=str)
def test_an_image_four_times(size: tuple[int, int]) -> None:
    image = as_halfs(np.random.default_rng(0).random((*size, 1)).astype(np.float32))
    assert np.array_equal(four_times(image), np.repeat(image, 4, axis=2))


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
@pytest.mark.parametrize(
    ("stored", "channels"), [(1, [0, 0, 0]), (1, [0]), (3, [0, 1, 2]), (3, [2, 1, 0]), (4, [3, 3, 3])], ids=str
)
def test_channels_are_those_that_numpy_takes(stored: int, channels: list[int], dtype: type) -> None:
    image = np.random.default_rng(0).standard_normal((7, 5, stored)).astype(dtype)
    image[0, 0] = np.nan
    floats = chosen_floats(image, channels)
    assert np.array_equal(floats, image[..., channels].astype(np.float32), equal_nan=True)
    assert floats.dtype == np.float32 and floats.flags.c_contiguous
