"""A small file is the old one or the new one, and nothing lies beside it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from stfam.core.shot import Output, Shot
from stfam.core.whole_file import write_whole


def test_text_and_bytes_replace_what_was_there(tmp_path: Path) -> None:
    file = tmp_path / "a"
    for content in ("ä\n", b"\xff\r\n"):
        write_whole(file, content)
        assert file.read_bytes() == (content.encode() if isinstance(content, str) else content)
    assert list(tmp_path.iterdir()) == [file]


def test_two_that_write_at_once_do_not_meet(tmp_path: Path) -> None:
    contents = [str(i) * 10000 for i in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda content: write_whole(tmp_path / "a", content), contents))
    assert (tmp_path / "a").read_text() in contents and len(list(tmp_path.iterdir())) == 1


def test_a_shot_that_cannot_be_saved_leaves_nothing_behind(tmp_path: Path) -> None:
    file = tmp_path / "s.stfam"
    file.mkdir()
    with pytest.raises(OSError, match="directory"):
        Shot("p.####.exr", Output("m.####.exr")).save(file)
    assert list(tmp_path.iterdir()) == [file]
