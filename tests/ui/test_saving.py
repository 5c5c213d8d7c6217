"""Saving, saving as, leaving and restoring: nothing is lost, and nothing comes back that was discarded."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog, QMessageBox

from stfam.ui.commands.import_dialog import ImportDialog
from stfam.ui.model.shot_file import keys_folder
from stfam.ui.model.trimap_canvas import TrimapCanvas


def _answer(monkeypatch, *answers: QMessageBox.StandardButton) -> list[str]:
    """Answer the questions that come, in order; returns them."""
    asked: list[str] = []

    def take(text: str) -> QMessageBox.StandardButton:
        asked.append(text)
        return answers[len(asked) - 1]

    monkeypatch.setattr(QMessageBox, "question", lambda *a: take(a[2]))
    monkeypatch.setattr(QMessageBox, "exec", lambda box: take(box.text()))
    return asked


def _choose(monkeypatch, path: Path) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a: (str(path), ""))


def test_saving_writes_the_paint_as_it_is_where_the_autosave_cannot(painted, tmp_path):
    shot = tmp_path / "s.stfam"
    assert painted.panel.files.save_to(shot)
    painted.work.autosave.flush()
    (painted.work.autosave.folder / ".key.1001.png.part").mkdir()
    painted.brush(255, 6)
    painted.stroke((80, 50))
    painted.wait(lambda: "Autosave failed" in painted.said)
    assert painted.panel.files.save() and not painted.panel.isWindowModified()
    assert TrimapCanvas.from_file(keys_folder(shot) / "s.1001.png").label(80, 50) == 255


def test_saving_removes_the_trimaps_of_keys_that_are_gone_and_nothing_else(painted, tmp_path):
    shot = tmp_path / "s[1].stfam"
    folder = keys_folder(shot)
    assert painted.panel.files.save_to(shot)
    for name in ("s[1].1005.png", "s[1].1001.before.png", "s1.1005.png"):
        (folder / name).touch()
    assert painted.panel.files.save()
    assert sorted(path.name for path in folder.iterdir()) == ["s1.1005.png", "s[1].1001.before.png", "s[1].1001.png"]


@pytest.mark.parametrize("name", ["p.####.png", "p.mov"])
def test_a_plate_whose_name_is_no_text_is_said(drive, tmp_path, name):
    driver = drive()
    driver.panel.open_path(f"{tmp_path}/caf\udce9/{name}")
    assert "is no UTF-8 text" in driver.said and driver.work.document.plate is None


def test_a_folder_that_may_not_be_read_is_said(drive, tmp_path, monkeypatch):
    def refused(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    driver = drive()
    monkeypatch.setattr(Path, "iterdir", refused)
    driver.panel.open_path(str(tmp_path))
    assert f"{tmp_path} cannot be read: Permission denied." in driver.said


def test_a_shot_whose_name_is_no_text_is_not_saved_and_said(painted, tmp_path):
    assert not painted.panel.files.save_to(tmp_path / "caf\udce9.stfam") and painted.panel.isWindowModified()
    assert "is no UTF-8 text" in painted.said and painted.work.document.value("output.matte") == ""
    assert painted.panel.files.save_to(tmp_path / "s.stfam")


def test_a_shot_whose_name_is_too_long_is_not_saved_and_said(painted, tmp_path, monkeypatch):
    _choose(monkeypatch, tmp_path / ("s" * 300))
    painted.act("save_as")
    assert "File name too long" in painted.said and painted.panel.isWindowModified()


def test_a_shot_that_cannot_be_saved_stays_modified_and_whole(painted, tmp_path):
    shot = tmp_path / "s.stfam"
    assert painted.panel.files.save_to(shot)
    before = {path.name: path.read_bytes() for path in keys_folder(shot).iterdir()}
    painted.stroke((80, 50))
    painted.work.playhead.go(1002)
    painted.stroke((80, 50))
    (keys_folder(shot) / ".s.1002.png.part").mkdir()
    assert not painted.panel.files.save() and painted.panel.isWindowModified()
    assert "was not saved" in painted.said
    assert {path.name: path.read_bytes() for path in keys_folder(shot).iterdir() if path.is_file()} == before


def test_save_as_that_fails_keeps_the_lock(painted, drive, tmp_path):
    shot = tmp_path / "s.stfam"
    assert painted.panel.files.save_to(shot)
    (tmp_path / "file").touch()
    assert not painted.panel.files.save_to(tmp_path / "file" / "t.stfam")
    assert painted.work.document.path == shot and "was not saved" in painted.said
    second = drive()
    second.open(shot)
    assert second.work.document.read_only


def test_a_shot_is_one_by_whatever_path_it_is_named(painted, drive, tmp_path):
    (tmp_path / "shots").mkdir()
    shot, folder, link = tmp_path / "shots" / "s.stfam", tmp_path / "link", tmp_path / "current.stfam"
    assert painted.panel.files.save_to(shot)
    folder.symlink_to("shots")
    link.symlink_to(folder / "s.stfam")
    second = drive()
    for spelling in (folder / "s.stfam", link, tmp_path / "shots" / ".." / "shots" / "s.stfam"):
        second.open(spelling)
        assert second.work.document.read_only, spelling
        assert painted.panel.files.save_to(spelling), painted.said
    assert link.is_symlink() and painted.work.document.path.samefile(shot)
    assert not keys_folder(link).exists() and keys_folder(shot).is_dir()
    link.unlink()
    link.symlink_to(link)
    second.panel.open_path(str(link))
    assert "cannot be read" in second.said


@pytest.mark.parametrize("answer", [QMessageBox.StandardButton.No, QMessageBox.StandardButton.Yes])
def test_save_as_appends_the_suffix_and_asks_before_it_writes_over(painted, tmp_path, monkeypatch, answer):
    old = tmp_path / "shot.stfam"
    assert painted.panel.files.save_to(old)
    content = old.read_bytes()
    _choose(monkeypatch, tmp_path / "shot.v002")
    asked = _answer(monkeypatch, answer)
    painted.act("save_as")
    new = tmp_path / "shot.v002.stfam"
    assert painted.work.document.path == new and not asked and old.read_bytes() == content
    painted.stroke((80, 50))
    painted.act("save_as")
    assert asked == ["shot.v002.stfam is there already. Replace it?"]
    assert painted.panel.isWindowModified() == (answer == QMessageBox.StandardButton.No)


def test_discarded_paint_does_not_come_back(painted, make_shot_folder, monkeypatch):
    first, other = painted.work.document.plate.spec, make_shot_folder(count=1, name="other").plate
    _answer(monkeypatch, QMessageBox.StandardButton.Discard)
    painted.open(other)
    painted.open(first)
    assert not painted.work.document.keys and "restored" not in painted.said


@pytest.mark.parametrize("action", ["open_plate", "open_shot"])
def test_the_file_menu_asks_before_unsaved_paint_is_left(painted, make_shot_folder, monkeypatch, action):
    other = make_shot_folder(count=1, name="other").plate
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *a: (other, ""))
    asked = _answer(monkeypatch, QMessageBox.StandardButton.Cancel, QMessageBox.StandardButton.Discard)
    painted.act(action)
    assert asked == ["The shot has unsaved changes."] and painted.work.document.keys
    with painted.qtbot.waitSignal(painted.work.opener.opened, timeout=240_000):
        painted.act(action)
    assert len(asked) == 2 and painted.work.document.plate.spec == other


def test_restored_work_can_only_be_discarded_where_some_was_restored(painted):
    assert painted.work.document.keys and not painted.panel.actions_by_id["discard_recovered"].isEnabled()


def test_an_invalid_value_is_said_and_the_field_shows_what_holds(painted, tmp_path):
    tile = painted.panel.side.forms[0].editor("settings.tile")
    line = tile.box.lineEdit()
    line.setText("8")
    line.editingFinished.emit()
    assert "at least 16 pixels" in painted.said and tile.box.currentText() == "Automatic"
    painted.stroke((80, 50))
    assert painted.panel.files.save_to(tmp_path / "s.stfam")
    assert not painted.panel.isWindowModified()


def test_the_frames_of_a_shot_are_kept_and_a_range_elsewhere_is_said(painted, tmp_path):
    shot = tmp_path / "s.stfam"
    assert painted.panel.files.save_to(shot)
    data = {**json.loads(shot.read_text("utf-8")), "frames": "2000-2010"}
    shot.write_text(json.dumps(data))
    painted.open(shot)
    assert "2000-2010 names no frame" in painted.said
    painted.work.messages.clear()
    painted.act("matte_range")
    assert "2000-2010 names no frame" in painted.said and not painted.work.jobs.running
    painted.stroke((80, 50))
    assert painted.panel.files.save()
    assert json.loads(shot.read_text("utf-8"))["frames"] == "2000-2010"
    painted.act("set_in")
    assert painted.work.document.range_frames == (1001, 1002)


def test_a_shot_whose_frames_are_no_range_is_said_and_what_was_open_stays(painted, tmp_path):
    shot = tmp_path / "s.stfam"
    assert painted.panel.files.save_to(shot)
    other = tmp_path / "other.stfam"
    other.write_text(json.dumps({**json.loads(shot.read_text("utf-8")), "frames": "abc"}))
    painted.panel.open_path(str(other))
    assert "'abc' is no frame range" in painted.said and painted.work.document.path == shot


def test_a_trimap_is_imported_from_a_named_image_alone(qtbot, qapp):
    from PySide6.QtWidgets import QWidget

    parent = QWidget()
    qtbot.addWidget(parent)
    dialog = ImportDialog(parent)
    assert not dialog.ok_button.isEnabled()
    dialog.path_field.setText("roto.png")
    assert dialog.ok_button.isEnabled()
    dialog.path_field.setText("  ")
    assert not dialog.ok_button.isEnabled()
