"""Where a user's files belong, also for a user who has no home."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from stfam.core.cache import cache_root
from stfam.core.user_folders import home_folder, user_cache_folder, user_data_folder

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other platforms name other folders")


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    for name in ("STFAM_CACHE", "XDG_CACHE_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def test_they_lie_in_the_home_of_the_user(home: Path) -> None:
    assert home_folder() == home
    assert user_data_folder() == home / ".local/share/stfam"
    assert user_cache_folder() == cache_root() == home / ".cache/stfam"


def test_the_platform_s_variables_name_others(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", "/data")
    monkeypatch.setenv("XDG_CACHE_HOME", "/cache")
    assert (user_data_folder(), cache_root()) == (Path("/data/stfam"), Path("/cache/stfam"))


@pytest.mark.parametrize("value", ["", "relative"])
def test_a_variable_that_names_no_whole_path_names_nothing(
    home: Path, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", value)
    monkeypatch.setenv("XDG_CACHE_HOME", value)
    assert (user_data_folder(), cache_root()) == (home / ".local/share/stfam", home / ".cache/stfam")


def test_a_user_without_a_home_has_the_root_of_the_disk(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", nobody)
    assert (home_folder(), cache_root()) == (Path("/"), Path("/.cache/stfam"))
    monkeypatch.setenv("XDG_DATA_HOME", "/data")
    assert user_data_folder() == Path("/data/stfam")
