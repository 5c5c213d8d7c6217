"""A job works with the key trimaps as they were when it was asked for."""

from __future__ import annotations

import errno
import io
import os
from dataclasses import replace
from pathlib import Path

import pytest

from stfam.core.errors import InputError, UsageError, WriteError
from stfam.core.networks import KeptNetworks
from stfam.core.solved_cache import read_labels
from stfam.core.worker.kept_keys import KeptKeys
from stfam.core.worker.messages import Export, Propagate
from stfam.core.worker.session import Session
from stfam.core.worker.warm_start import WarmStart
from stfam.core.worker.wire import Wire


@pytest.fixture
def folder(make_shot_folder):
    return make_shot_folder(count=4)


def test_a_key_that_is_painted_on_while_a_job_waits_is_no_part_of_it(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(WarmStart, "networks", lambda self, cancelled: KeptNetworks())
    session = Session(folder.shot(1001), str(tmp_path / "cache"), WarmStart())
    key = folder.trimap_file(1001)
    untouched = key.read_bytes()
    job = session.work(Propagate("1002"), Wire(io.BytesIO(), io.BytesIO()), 1)
    replaced_by(key, folder.trimap_file(1004).read_bytes())
    job(lambda: False)
    assert session.status()["status"]["trimap"]["stale"] == "1002", "it is not of the key as it is now"
    replaced_by(key, untouched)
    again = Session(folder.shot(1001), str(tmp_path / "cache"), WarmStart())
    assert again.status()["status"]["trimap"]["fresh"] == "1001-1002", "but of the key as it was"
    carried = read_labels(tmp_path / "cache" / "solved" / "trimap.1002.png")
    fresh = Session(folder.shot(1001), str(tmp_path / "other"), WarmStart())
    fresh.work(Propagate("1002"), Wire(io.BytesIO(), io.BytesIO()), 1)(lambda: False)
    assert (carried == read_labels(tmp_path / "other" / "solved" / "trimap.1002.png")).all()


def test_an_error_names_the_key_and_not_what_was_kept_of_it(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(WarmStart, "networks", lambda self, cancelled: KeptNetworks())
    key = folder.trimap_file(1001)
    key.write_bytes(key.read_bytes()[:60])
    session = Session(folder.shot(1001), str(tmp_path / "cache"), WarmStart())
    with pytest.raises(InputError, match=f"^{key} cannot be read") as error:
        session.work(Propagate("1002"), Wire(io.BytesIO(), io.BytesIO()), 1)(lambda: False)
    assert error.value.data["path"] == str(key)


@pytest.mark.parametrize("kind", ["matte", "trimaps"])
def test_no_key_is_written_over(folder, tmp_path, monkeypatch, kind):
    monkeypatch.setattr(WarmStart, "networks", lambda self, cancelled: KeptNetworks())
    shot, painted = folder.shot(1001), folder.trimap_file(1001).read_bytes()
    shot = replace(shot, output=replace(shot.output, **{kind: folder.trimaps}))
    session = Session(shot, str(tmp_path / "cache"), WarmStart())
    with pytest.raises(UsageError, match="is the trimap of keyframe 1001: .* would be written over it"):
        session.work(Export("1001-1002"), Wire(io.BytesIO(), io.BytesIO()), 1)(lambda: False)
    assert folder.trimap_file(1001).read_bytes() == painted


def test_each_state_of_a_key_is_kept_once(folder, tmp_path):
    kept, key = KeptKeys(tmp_path / "keys"), folder.trimap_file(1001)
    (first,) = kept.shot(folder.shot(1001)).keys
    assert kept.shot(folder.shot(1001)).keys == (first,)
    assert Path(first.trimap).name == key.name, "errors name it"
    replaced_by(key, folder.trimap_file(1004).read_bytes())
    (second,) = kept.shot(folder.shot(1001)).keys
    assert second != first and Path(second.trimap).read_bytes() == key.read_bytes()
    assert len(list((tmp_path / "keys").rglob("*.png"))) == 2


def test_states_of_earlier_days_are_removed(folder, tmp_path):
    kept, key = KeptKeys(tmp_path / "keys"), folder.trimap_file(1001)
    (old,) = kept.shot(folder.shot(1001)).keys
    os.utime(old.trimap, (0, 0))
    replaced_by(key, folder.trimap_file(1004).read_bytes())
    (new,) = kept.shot(folder.shot(1001)).keys
    KeptKeys(tmp_path / "keys")
    assert [str(path) for path in (tmp_path / "keys").rglob("*.png")] == [new.trimap]


def test_a_state_of_an_earlier_day_that_a_job_works_with_stays(folder, tmp_path):
    kept = KeptKeys(tmp_path / "keys")
    (key,) = kept.shot(folder.shot(1001)).keys
    os.utime(key.trimap, (0, 0))
    kept.shot(folder.shot(1001))
    KeptKeys(tmp_path / "keys")
    assert Path(key.trimap).is_file()


def test_what_cannot_be_kept_is_said(folder, tmp_path, monkeypatch):
    (tmp_path / "keys").touch()
    with pytest.raises(WriteError, match="keyframe 1001 could not be kept"):
        KeptKeys(tmp_path / "keys").shot(folder.shot(1001))
    with monkeypatch.context() as full:
        full.setattr(os, "fsync", full_disk)
        with pytest.raises(WriteError, match="keyframe 1001 could not be kept"):
            KeptKeys(tmp_path / "full").shot(folder.shot(1001))
    assert not list((tmp_path / "full").glob("*/*")), "nothing is left of it"
    folder.trimap_file(1001).unlink()
    with pytest.raises(InputError, match="keyframe 1001 is missing"):
        KeptKeys(tmp_path / "other").shot(folder.shot(1001))


def test_a_key_that_cannot_be_read_is_no_full_disk(folder, tmp_path):
    key = folder.trimap_file(1001)
    key.unlink()
    key.mkdir()
    with pytest.raises(InputError, match=f"{key}, cannot be read: "):
        KeptKeys(tmp_path / "keys").shot(folder.shot(1001))


def full_disk(file: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def replaced_by(path: Path, content: bytes) -> None:
    """As the panel writes a key: another file of the same name."""
    part = path.with_name("part")
    part.write_bytes(content)
    os.replace(part, path)
