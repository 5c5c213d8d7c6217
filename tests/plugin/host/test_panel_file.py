"""The shot file that a host and the panel share, written by one while the other reads it."""

from __future__ import annotations

from dataclasses import replace

from stfam.core.shot import Output, Settings, Shot
from stfam.plugin.host.panel_shot import PanelShot
from stfam.plugin.host.shot_memory import PanelNote


class Memory:
    """Remembers one note."""

    def __init__(self, note: PanelNote) -> None:
        self.note = note

    def panel_note(self, plate: str) -> PanelNote | None:
        return self.note

    def keep_panel_note(self, plate: str, note: PanelNote) -> None:
        self.note = note


def test_what_the_panel_saves_while_the_host_looks_is_taken_the_next_time(tmp_path, monkeypatch):
    file, load = tmp_path / "s.stfam", Shot.load
    first = Shot(str(tmp_path / "p.####.exr"), Output(str(tmp_path / "m.####.exr")))
    second = replace(first, settings=Settings(window=1))
    first.save(file)

    def loaded(path):
        shot = load(path)
        second.save(file)
        return shot

    memory = Memory(PanelNote(str(file), "nothing seen yet"))
    panel = PanelShot(memory, first.plate)
    with monkeypatch.context() as patch:
        patch.setattr(Shot, "load", loaded)
        taken = panel.latest(first)
    memory.keep_panel_note(first.plate, taken.note)
    assert [taken.shot, panel.latest(first).shot] == [first, second]
