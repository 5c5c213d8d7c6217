"""Time codes of a movie's frames."""

from __future__ import annotations

from fractions import Fraction

import pytest

from stfam.core.media.timecode import timecode_after

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
