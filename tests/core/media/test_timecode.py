"""Time codes of a movie's frames."""

from __future__ import annotations

from fractions import Fraction

import pytest

from stfam.core.media.timecode import timecode_after, timecode_label

DROP = 0x40
NTSC = Fraction(30000, 1001)


@pytest.mark.parametrize(
    ("start", "frames", "fps", "word"),
    [
        ("01:02:03:04", 0, Fraction(24), 0x01020304),
        ("01:02:03:20", 6, Fraction(24), 0x01020402),
        ("00:59:59:23", 1, Fraction(24000, 1001), 0x01000000),
        ("23:59:59:24", 1, Fraction(25), 0x00000000),
        ("00:00:59;29", 1, NTSC, 0x00010002 | DROP),
        ("00:09:59;29", 1, NTSC, 0x00100000 | DROP),
        ("00:00:00;00", 17982, NTSC, 0x00100000 | DROP),
        ("00:00:00;00", 107892, NTSC, 0x01000000 | DROP),
    ],
)
def test_counting(start: str, frames: int, fps: Fraction, word: int) -> None:
    assert timecode_after(start, frames, fps) == (word, 0)


def test_what_is_no_time_code() -> None:
    assert timecode_after("soon", 1, Fraction(24)) is None


@pytest.mark.parametrize(
    ("word", "fps", "label"),
    [
        (0x01020304, Fraction(24), "01:02:03:04"),
        (0x00100000 | DROP, NTSC, "00:10:00;00"),
        (0x00000045, Fraction(50), "00:00:00:45"),
        (0x00000024, Fraction(24), None),
        (0x00000061, Fraction(24), "00:00:00:21"),
        (0x25000000, Fraction(24), None),
    ],
)
def test_labels(word: int, fps: Fraction, label: str | None) -> None:
    assert timecode_label(word, fps) == label


@pytest.mark.parametrize("frames", [0, 39, 40, 49])
def test_what_is_counted_is_labelled_alike_beyond_forty_frames_a_second(frames: int) -> None:
    counted = timecode_after("10:00:00:00", frames, Fraction(50))
    assert counted is not None and timecode_label(counted[0], Fraction(50)) == f"10:00:00:{frames:02}"
