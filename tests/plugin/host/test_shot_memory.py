"""The text in which a host's file remembers shots."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from stfam.core.shot import Output, Shot
from stfam.plugin.host.shot_memory import PanelNote, ShotMemory

ONE, TWO = (Shot(f"/{name}.####.exr", Output(f"/{name}/m.####.exr")) for name in ("one", "two"))
NOTE = PanelNote("/panel.stfam", "abc", (1, 7))


def remembered(*shots: Shot) -> ShotMemory:
    memory = ShotMemory("")
    for shot in shots:
        memory = ShotMemory(memory.with_shot(shot))
    return memory


@pytest.mark.parametrize(
    "text", ["", "[", "{}", "7", '["a", 1, null]', '[{"plate": "/one.####.exr", "shot": {"stfam": 99}}]']
)
def test_a_text_without_shots(text: str) -> None:
    memory = ShotMemory(text)
    assert memory.shots == [] and memory.shot(None) is None and memory.note(ONE.plate) is None


def test_each_plate_has_its_shot_and_the_newest_is_last() -> None:
    memory, again = remembered(ONE, TWO), replace(ONE, frames="1-5")
    assert memory.shots == [ONE, TWO]
    assert [memory.shot(plate) for plate in (ONE.plate, TWO.plate, None, "/other.exr")] == [ONE, TWO, TWO, TWO]
    assert ShotMemory(memory.with_shot(again)).shots == [TWO, again]
    assert ShotMemory(memory.without(TWO.plate)).shots == [ONE]


def test_what_the_panel_has_stays_with_its_plate() -> None:
    memory = ShotMemory(remembered(ONE, TWO).with_note(ONE.plate, NOTE))
    assert (memory.note(ONE.plate), memory.note(TWO.plate)) == (NOTE, None)
    assert memory.shots == [ONE, TWO]
    later = ShotMemory(memory.with_shot(replace(ONE, frames="1-5")))
    assert later.note(ONE.plate) == NOTE
    assert ShotMemory(later.without(ONE.plate)).note(ONE.plate) is None


def test_a_shot_of_another_version_is_left_alone() -> None:
    newer = {"plate": "/new.exr", "shot": {"stfam": 99, "more": True}}
    memory = ShotMemory(json.dumps([newer]))
    for text in (memory.with_shot(ONE), memory.with_note(ONE.plate, NOTE), memory.without(ONE.plate)):
        assert newer in json.loads(text)
