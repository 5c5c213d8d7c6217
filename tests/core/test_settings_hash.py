"""A matte's hash covers what its pixels depend on, and no more."""

from __future__ import annotations

from pathlib import Path

import pytest

from stfam.core.engine.keyframe_spans import keyframe_spans
from stfam.core.render_plan import Clip
from stfam.core.settings_hash import MatteHashes, TrimapHashes
from stfam.core.shot import Output, Refinement

FRAMES = tuple(range(1, 18))
MIDDLE = 9


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
def test_the_window_and_twice_as_many_frames_beside_it_count(trimaps: dict[int, Path], reach: int) -> None:
    before = middle_hash(trimaps, {}, reach)
    for frame in FRAMES:
        distance = abs(frame - MIDDLE)
        assert (middle_hash(trimaps, {frame: "another"}, reach) != before) == (distance <= 3 * reach)
        text = trimaps[frame].read_text()
        trimaps[frame].write_text("painted anew")
        assert (middle_hash(trimaps, {}, reach) != before) == (distance <= 3 * reach)
        trimaps[frame].write_text(text)


@pytest.mark.parametrize("keys", [(1, 25), (5,), (3, 9, 15, 30), (2, 12, 13, 14, 22), (1, 8, 15, 22, 29)], ids=str)
@pytest.mark.parametrize("reach", [1, 2])
def test_a_key_painted_anew_changes_mattes_up_to_the_keys_beside_it(
    tmp_path: Path, keys: tuple[int, ...], reach: int
) -> None:
    clip, files = Clip(tuple(range(1, 31))), {key: tmp_path / f"trimap.{key}.png" for key in keys}
    spans = keyframe_spans(clip.frames, keys)

    def hashes() -> list[str]:
        trimaps = TrimapHashes(files, spans, lambda _: "plate", "weights", None)
        made = MatteHashes(trimaps, clip.window, "weights", reach, 1.0, Refinement(), Output("m.####.exr"))
        return [made.matte(frame) for frame in clip.frames]

    for key, path in files.items():
        path.write_text(f"painted {key}")
    before = hashes()
    for i, key in enumerate(keys):
        if {key - 1, key + 1} & set(keys):
            continue  # keys side by side are in each other's windows
        files[key].write_text("painted anew")
        changed = [frame for frame, old, new in zip(clip.frames, before, hashes()) if old != new]
        first, last = ([0, *keys][i], [*keys, 31][i + 1])
        assert changed == list(range(first + 1, last)), f"key {key}"
        files[key].write_text(f"painted {key}")
