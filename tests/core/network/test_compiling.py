"""Equal mattes are equal bytes: also those of the first process after an installation, which compiles its kernels."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import numba
import numpy as np
import pytest
from numba.core.caching import IndexDataCacheFile
from numba.core.registry import cpu_target

from stfam.core.network.compiling import compiled

PROGRAM = textwrap.dedent("""
    import hashlib, numpy as np
    from stfam.core.engine.steady_kernel import follow
    from stfam.core.network.deform_kernel import gather

    def shown(*arrays):
        print(*(hashlib.sha256(array.tobytes()).hexdigest() for array in arrays))

    rng = np.random.default_rng(0)
    for channels, side, height, width in ((40, 3, 24, 33), (16, 1, 24, 33), (5, 3, 9, 7)):
        pixels, taps = height * width, side * side
        image = rng.random(pixels * channels, dtype=np.float32)
        offsets = (rng.random(pixels * taps * 2, dtype=np.float32) - np.float32(0.5)) * 6
        mask, bias = rng.random(pixels * taps, dtype=np.float32), np.zeros(channels, np.float32)
        out = np.empty(pixels * taps * channels, np.float32)
        gather(image, height, width, channels, side, offsets, mask, bias, 0, pixels, out)
        shown(out)
    image, here = (rng.random((40, 60, 3), dtype=np.float32) for _ in range(2))
    flow = rng.random((20, 30, 2), dtype=np.float32)
    rows, columns = (np.arange(count, dtype=np.float32) for count in (40, 60))
    there, difference = np.empty_like(here), np.empty(here.shape[:2], np.float32)
    follow(image, flow, columns, rows, 0, 0, 2.0, 2.0, here, there, difference, 0, 40)
    shown(there, difference)
""")


def test_a_freshly_compiled_kernel_rounds_as_one_from_the_cache(tmp_path: Path) -> None:
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
    first, second = (
        subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True)
        for _ in range(2)
    )
    assert list(tmp_path.rglob("*.nbc"))
    assert first.stdout.count("\n") == 4
    assert first.stdout == second.stdout


def _summed() -> Callable[..., float]:
    """A kernel as it is before it is compiled, a new one each time."""

    def summed(x: np.ndarray) -> float:
        return x.sum()

    return summed


def test_a_kernel_with_other_options_is_compiled_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache that was kept under other flags would go on rounding by them."""
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))
    kernels = [compiled("float32(float32[::1])", reordered=given)(_summed()) for given in (False, False, True)]
    assert [kernel.stats.cache_hits.total() for kernel in kernels] == [0, 1, 0]


def test_processors_that_share_a_folder_have_files_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two that write at once would leave one's code under the other's name."""
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))
    kept = []
    for processor in ("one", "other"):
        monkeypatch.setattr(type(cpu_target.target_context.codegen()), "magic_tuple", lambda _, name=processor: (name,))
        compiled("float32(float32[::1])")(_summed())
        kept.append({path.name for path in tmp_path.rglob("*.nb?")} - set().union(*kept))
    assert [len(names) for names in kept] == [2, 2]


def _truncated(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    del monkeypatch
    for path in folder.rglob("*.nb?"):
        os.truncate(path, 0)


def _full(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in folder.rglob("*.nb?"):
        path.unlink()

    def save(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(IndexDataCacheFile, "_dump", save)


@pytest.mark.parametrize(("fault", "kept_after"), [(_truncated, 1), (_full, 0)])
def test_a_cache_that_fails_keeps_no_kernel_from_its_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: Callable[..., None], kept_after: int
) -> None:
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))
    compiled("float32(float32[::1])")(_summed())
    fault(tmp_path, monkeypatch)
    for _ in range(2):  # the second has what was damaged made anew
        assert compiled("float32(float32[::1])")(_summed())(np.ones(3, np.float32)) == 3
    assert len([path for path in tmp_path.rglob("*.nbc") if path.stat().st_size]) == kept_after
