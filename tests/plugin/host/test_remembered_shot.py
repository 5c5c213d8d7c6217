"""A remembered shot whose files are somebody else's, and a memory that is damaged."""

from __future__ import annotations

import pytest

from stfam.core.shot import Keyframe, Output, Shot
from stfam.plugin.host.remembered_shot import TrimapsGoneError, for_plate, with_keys
from stfam.plugin.host.shot_memory import ShotMemory


def test_what_cannot_be_looked_at_is_gone(tmp_path):
    strange = f"{tmp_path}/{'n' * 300}"
    shot = Shot(f"{strange}/a/p.####.exr", Output(f"{strange}/m/m.####.exr"), (Keyframe(1, f"{strange}/k.png"),))
    with pytest.raises(TrimapsGoneError):
        with_keys(shot, (), ())
    assert with_keys(shot, (1,), ()).keys == (), "it is made of a seed again"
    assert for_plate(shot, "/b/a/p.####.exr").output.matte == "/b/m/m.####.exr"


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '[{"plate": "p", "panel": {"path": "s.stfam"}}]', '[{"plate": "p", "panel": 3}]'],
    ids=["deep", "half a note", "no note"],
)  # fmt: skip
def test_a_damaged_memory_is_an_empty_one(text):
    memory = ShotMemory(text)
    assert memory.note("p") is None and memory.shots == []
