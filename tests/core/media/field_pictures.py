"""H.264 whose fields are pictures of their own, as camcorders write it and FFmpeg does not: flat greys as they are."""

from __future__ import annotations

from collections.abc import Iterator

_SIZE = (32, 16)
"""(height, width) of a frame: one macroblock a field."""


def field_pictures(greys: Iterator[int]) -> Iterator[tuple[bytes, bytes]]:
    """The access units of a top and a bottom field of each frame (16x32), both of one grey."""
    for frame, grey in enumerate(greys):
        top, bottom = (_access_unit(frame, field, grey) for field in (0, 1))
        yield (_unit(7, _sequence()) + _unit(8, _picture()) + top if frame == 0 else top), bottom


def _access_unit(frame: int, field: int, grey: int) -> bytes:
    first = frame == field == 0
    slice_ = [_ue(0), _ue(7), _ue(0), f"{frame:08b}", "1", str(field)]  # a field, which of the two
    slice_ += [_ue(0)] if first else []
    slice_ += [f"{2 * frame + field:08b}", "00" if first else "0", _ue(0), _ue(1)]
    bits = "".join([*slice_, _ue(25)])  # a macroblock of bytes as they are
    pixels = "".join(f"{byte:08b}" for byte in [grey] * 256 + [128] * 128)
    return _unit(5 if first else 1, bits + "0" * (-len(bits) % 8) + pixels)


def _sequence() -> str:
    """Main profile, fields without macroblocks that adapt, 50 fields a second."""
    macroblocks = _ue(_SIZE[1] // 16 - 1) + _ue(_SIZE[0] // 32 - 1)
    head = f"{77:08b}{0:08b}{30:08b}" + _ue(0) + _ue(4) + _ue(0) + _ue(4) + _ue(1) + "0"
    timing = f"00001{1:032b}{50:032b}10000"
    return f"{head}{macroblocks}00101{timing}"


def _picture() -> str:
    return _ue(0) + _ue(0) + "00" + _ue(0) + _ue(0) + _ue(0) + "000" + _ue(0) + _ue(0) + _ue(0) + "100"


def _ue(value: int) -> str:
    """An unsigned number of variable length."""
    bits = f"{value + 1:b}"
    return "0" * (len(bits) - 1) + bits


def _unit(kind: int, bits: str) -> bytes:
    """A unit of the stream, with what keeps its bytes from looking like the start of another."""
    stopped = bits + "1"
    stopped += "0" * (-len(stopped) % 8)
    out, zeros = bytearray(b"\0\0\0\1" + bytes([3 << 5 | kind])), 0
    for place in range(0, len(stopped), 8):
        byte = int(stopped[place : place + 8], 2)
        if zeros >= 2 and byte <= 3:
            out.append(3)
            zeros = 0
        out.append(byte)
        zeros = zeros + 1 if byte == 0 else 0
    return bytes(out)
