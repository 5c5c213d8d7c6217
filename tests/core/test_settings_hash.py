"""A matte's hash covers what its pixels depend on, and no more."""

from __future__ import annotations

from pathlib import Path

import pytest

from stfam.core.render_plan import Clip
from stfam.core.settings_hash import MatteHashes, TrimapHashes
from stfam.core.shot import Output, Refinement

FRAMES = tuple(range(1, 12))
MIDDLE = 6


@pytest.fixture
def trimaps(tmp_path: Path) -> dict[int, Path]:
    files = {frame: tmp_path / f"trimap.{frame}.png" for frame in FRAMES}
    for frame, path in files.items():
        path.write_text(f"painted {frame}")
    return files


def middle_hash(trimaps: dict[int, Path], plates: dict[int, str], reach: int) -> str:
    painted = TrimapHashes(trimaps, (), lambda frame: plates.get(frame, "plate"), "", None)
    clip = Clip(FRAMES)
    return MatteHashes(painted, clip.window, "weights", reach, 1.0, Refinement(), Output("m.####.exr")).matte(MIDDLE)


@pytest.mark.parametrize("reach", [0, 1, 2])
def test_plates_count_over_two_windows_and_trimaps_beside_the_window(trimaps: dict[int, Path], reach: int) -> None:
    before = middle_hash(trimaps, {}, reach)
    for frame in FRAMES:
        distance = abs(frame - MIDDLE)
        assert (middle_hash(trimaps, {frame: "another"}, reach) != before) == (distance <= 2 * reach)
        text = trimaps[frame].read_text()
        trimaps[frame].write_text("painted anew")
        assert (middle_hash(trimaps, {}, reach) != before) == (distance <= reach + min(reach, 1))
        trimaps[frame].write_text(text)
