"""SMPTE time code as OpenEXR stores it: a word of binary-coded decimals and a word of user bits.

Frames are counted as they are, not in pairs, so that 40 and more a second need the bit that flags drop-frame counting.
"""

from __future__ import annotations

import re
from fractions import Fraction

_TEXT = re.compile(r"(\d\d):(\d\d):(\d\d)([:;.])(\d\d)")
_DROP_FRAME = 1 << 6


def timecode_after(start: str, frames: int, fps: Fraction) -> tuple[int, int] | None:
    """The time code some frames after the one that a movie starts with.

    Args:
        start: `HH:MM:SS:FF`, with a semicolon before the frames for drop-frame counting.
        frames: to go on, 0 or more.
        fps: of the movie; counted in whole frames a second.

    Returns:
        The two words; None where `start` is no time code.
    """
    match = _TEXT.fullmatch(start)
    base = round(fps)
    if match is None or base < 1:
        return None
    hours, minutes, seconds, count = (int(match[i]) for i in (1, 2, 3, 5))
    dropped = base // 15 if match[4] in ";." else 0
    total_minutes = hours * 60 + minutes
    number = (total_minutes * 60 + seconds) * base + count - dropped * (total_minutes - total_minutes // 10)
    number = _with_dropped(number + frames, base, dropped)
    count, seconds = number % base, number // base
    fields = (count, seconds % 60, seconds // 60 % 60, seconds // 3600 % 24)
    word = sum((value // 10 << 4 | value % 10) << 8 * place for place, value in enumerate(fields))
    return word | (_DROP_FRAME if dropped else 0), 0


def timecode_label(word: int, fps: Fraction) -> str | None:
    """A time code's first word as text.

    Args:
        word: of binary-coded decimals.
        fps: of the frames, counted in whole frames a second.

    Returns:
        `HH:MM:SS:FF`, a semicolon before the frames for drop-frame counting; None where it is none at this rate.
    """
    base = round(fps)
    drops = base == 30 or (base % 30 == 0 and fps.denominator > 1)
    tens = 0x7 if base > 40 and not drops else 0x3  # beyond 40 frames a second the flag's bit counts too
    fields = [_decimal(word >> 8 * place, mask) for place, mask in ((3, 0x3), (2, 0x7), (1, 0x7), (0, tens))]
    hours, minutes, seconds, count = (99 if field is None else field for field in fields)
    if hours > 23 or max(minutes, seconds) > 59 or count >= base:
        return None
    return f"{hours:02}:{minutes:02}:{seconds:02}{';' if drops and word & _DROP_FRAME else ':'}{count:02}"


def _with_dropped(number: int, base: int, dropped: int) -> int:
    """The label's number of a frame: the first `dropped` labels of every minute but each tenth are left out."""
    if not dropped:
        return number
    per_minute = 60 * base - dropped
    tens, rest = divmod(number, 10 * per_minute + dropped)
    minutes = 0 if rest < 60 * base else 1 + (rest - 60 * base) // per_minute
    return number + dropped * (9 * tens + minutes)


def _decimal(byte: int, tens: int) -> int | None:
    """A number below 80 from binary-coded decimals; None where its units are none."""
    units = byte & 0xF
    return (byte >> 4 & tens) * 10 + units if units < 10 else None
