"""Pictures that the worker wrote, as the panel maps them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from stfam.ui.link.mapped_picture import Picture, map_picture


def mapped(file: Path, **changed: object) -> Picture:
    answer = {"path": str(file), "width": 3, "height": 2, "stride": 4, "format": "gray8", "stale": False, "proxy": True}
    return map_picture({**answer, **changed}, 1)


def test_a_picture_is_what_its_file_holds_and_keeps_none_open(tmp_path: Path) -> None:
    path = tmp_path / "picture"
    path.write_bytes(bytes(range(8)))
    before = len(os.listdir("/proc/self/fd"))
    pictures = [mapped(path) for _ in range(50)]
    assert len(os.listdir("/proc/self/fd")) == before
    path.unlink()
    picture = pictures.pop()
    pictures.clear()
    assert [picture.image.pixel(x, 1) & 255 for x in range(3)] == [4, 5, 6]
    assert (picture.bytes, picture.level, picture.stale, picture.proxy) == (8, 1, False, True)


@pytest.mark.parametrize(
    ("changed", "error", "said"),
    [({"height": 3}, ValueError, "holds 8 bytes; the picture takes 12"), ({"stride": 2}, ValueError, "the picture")]
    + [({"path": "/nowhere/picture"}, OSError, "/nowhere/picture cannot be read: No such file")],
    ids=["too short", "rows too short", "gone"],
)
def test_what_is_no_such_picture_is_said(tmp_path: Path, changed: dict[str, object], error: type, said: str) -> None:
    (tmp_path / "picture").write_bytes(bytes(8))
    with pytest.raises(error, match=said):
        mapped(tmp_path / "picture", **changed)
