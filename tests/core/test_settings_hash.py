"""A matte's hash covers what its pixels depend on, and no more."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from stfam.core.engine.keyframe_spans import keyframe_spans
from stfam.core.render_plan import Clip
from stfam.core.settings_hash import VERSION, MatteHashes, TrimapHashes
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


@pytest.mark.parametrize(
    ("changed", "matte", "foreground"),
    [
        ({"weights": "others"}, True, True),
        ({"trimaps": TrimapHashes({}, (), lambda _: "plate", "", "ACEScg")}, True, True),
        ({"proxy": 0.5}, True, True),
        ({"refinement": Refinement(blur=1.0)}, True, True),
        ({"output": Output("m.####.exr", compression="none")}, True, True),
        ({"output": Output("m.####.exr", premultiplied=True)}, False, True),
        ({"output": Output("elsewhere.####.exr")}, False, False),
    ],
    ids=["weights", "colour space", "proxy", "refinement", "compression", "premultiplied", "place"],
)
def test_what_a_file_is_made_with_counts(changed: dict[str, object], matte: bool, foreground: bool) -> None:
    trimaps = TrimapHashes({}, (), lambda _: "plate", "", None)
    output = Output("m.####.exr")
    made = MatteHashes(trimaps, Clip(FRAMES).window, "weights", 1, 1.0, Refinement(), output)
    other = replace(made, **changed)
    assert (other.matte(MIDDLE) != made.matte(MIDDLE)) is matte
    assert (other.foreground(MIDDLE) != made.foreground(MIDDLE)) is foreground
    assert made.foreground(MIDDLE) != made.matte(MIDDLE)


def test_equal_files_hold_from_version_to_version() -> None:
    """Where this fails, every frame on disk is made again: raise VERSION if pixels changed, else keep the hash."""
    trimaps = TrimapHashes({}, (), lambda _: "plate", "", None)
    made = MatteHashes(trimaps, Clip(FRAMES).window, "weights", 1, 1.0, Refinement(), Output("m.####.exr"))
    assert (VERSION, made.matte(MIDDLE)[:16]) == (11, "3bb83dff88117d7c")


def propagated_hashes(
    keys: dict[int, Path], plate: int | None = None, weights: str = "weights", colorspace: str | None = None
) -> dict[int, str]:
    """Of every frame's trimap between the keys; `plate` is a frame whose picture is another."""
    spans = keyframe_spans(FRAMES, tuple(keys))
    made = TrimapHashes(keys, spans, lambda frame: f"{frame} {frame == plate}", weights, colorspace)
    return {frame: made[frame] for frame in FRAMES}


@pytest.mark.parametrize(
    ("changed", "frames"),
    [
        ({1: "plate"}, range(2, 14)),
        ({17: "plate"}, range(5, 17)),
        ({3: "plate"}, range(3, 14)),
        ({15: "plate"}, range(6, 16)),
        ({1: "key"}, range(1, 14)),
        ({17: "key"}, range(5, 18)),
    ],
    ids=str,
)
def test_a_propagated_trimap_hangs_on_its_way_from_the_keys(
    tmp_path: Path, changed: dict[int, str], frames: range
) -> None:
    keys = {key: tmp_path / f"trimap.{key}.png" for key in (1, 17)}
    for path in keys.values():
        path.write_text("painted")
    before = propagated_hashes(keys)
    ((frame, what),) = changed.items()
    if what == "key":
        keys[frame].write_text("painted anew")
    after = propagated_hashes(keys, plate=frame if what == "plate" else None)
    assert [f for f in FRAMES if before[f] != after[f]] == list(frames)


@pytest.mark.parametrize("changed", [{"weights": "others"}, {"colorspace": "ACEScg"}], ids=str)
def test_what_propagates_counts_where_no_key_is(tmp_path: Path, changed: dict[str, str]) -> None:
    keys = {key: tmp_path / f"trimap.{key}.png" for key in (1, 17)}
    for path in keys.values():
        path.write_text("painted")
    before, after = propagated_hashes(keys), propagated_hashes(keys, **changed)
    assert [f for f in FRAMES if before[f] != after[f]] == list(range(2, 17))


def test_a_frame_that_no_key_reaches_has_no_hash() -> None:
    assert TrimapHashes({}, (), str, "weights", None)[5] == ""
