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


NO_RANGES = ["", "a", "1-", "10-1", "1-10x0", "1,,2", "1-10:2", "1-99999999999", "²", "1-" + "9" * 20, "9" * 5000]


@pytest.mark.parametrize("text", NO_RANGES, ids=lambda text: text[:12])
def test_parse_says_what_is_wrong(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        FrameRange.parse(text)
    assert caught.value.exit_status == 2
    assert text in str(caught.value)


@pytest.mark.parametrize("text", ["1-5,7,9-11", "1001-1100", "3"])
def test_text_is_canonical(text: str) -> None:
    assert str(FrameRange.parse(text)) == text
    assert FrameRange.of(FrameRange.parse(text)) == FrameRange.parse(text)


@pytest.mark.parametrize(
    ("frames", "words"),
    [
        ([4, 7, 8, 9], "4, 7-9"),
        ([-2, -1], "-2 to -1"),
        ([-2, -1, 0, 1], "-2 to 1"),
        ([-5, -3, 0, 1], "-5, -3, 0-1"),
    ],
    ids=str,
)
def test_in_a_sentence_a_hyphen_is_no_minus(frames: list[int], words: str) -> None:
    assert FrameRange.of(frames).words == words
    assert FrameRange.parse(str(FrameRange.of(frames))).frames == tuple(frames)


def test_membership_and_length() -> None:
    frames = FrameRange.parse("1-10x2")
    assert len(frames) == 5
    assert 3 in frames
    assert 4 not in frames
