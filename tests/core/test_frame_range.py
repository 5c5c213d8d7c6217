"""Frame ranges as artists write them."""

from __future__ import annotations

import pytest

from stfam.core.errors import UsageError
from stfam.core.frame_range import FrameRange


@pytest.mark.parametrize(
    ("text", "frames"),
    [
        ("7", (7,)),
        ("1001-1003", (1001, 1002, 1003)),
        ("1-10x3", (1, 4, 7, 10)),
        ("5,1-3,2", (1, 2, 3, 5)),
        ("-2-1", (-2, -1, 0, 1)),
        (" 1 - 2 , 4 ", (1, 2, 4)),
    ],
)
def test_parse(text: str, frames: tuple[int, ...]) -> None:
    assert FrameRange.parse(text).frames == frames


@pytest.mark.parametrize("text", ["", "a", "1-", "10-1", "1-10x0", "1,,2", "1-10:2", "1-99999999999"])
def test_parse_says_what_is_wrong(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        FrameRange.parse(text)
    assert caught.value.exit_status == 2
    assert text in str(caught.value)


@pytest.mark.parametrize("text", ["1-5,7,9-11", "1001-1100", "3"])
def test_text_is_canonical(text: str) -> None:
    assert str(FrameRange.parse(text)) == text
    assert FrameRange.of(FrameRange.parse(text)) == FrameRange.parse(text)


def test_membership_and_length() -> None:
    frames = FrameRange.parse("1-10x2")
    assert len(frames) == 5
    assert 3 in frames
    assert 4 not in frames
