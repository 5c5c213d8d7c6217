"""Where white lies in the 16 bits of RGB that FFmpeg's scaler makes of a movie's frame, and takes for one."""

from __future__ import annotations

from typing import Any

from av.video.reformatter import ColorRange

LIMITED_WHITE = 255 << 8
"""Of YUV whose range is limited, as that of nearly every movie: the scaler shifts eight bits, deeper ones likewise."""

ALPHA_WHITE = 1023 << 6
"""Of ProRes's alpha in 16 bits: the scaler rounds to ten bits by shifting; from 65535 half a step would be added."""


def sixteen_bit_white(frame: Any) -> int:
    """White of a decoded frame of more than 8 bits after its conversion to `rgb48le`."""
    components = frame.format.components
    if frame.format.is_rgb:
        return 65535
    grey, cinema = len(components) < 3, frame.format.name.startswith("xyz")
    if frame.color_range == ColorRange.JPEG or grey or cinema:  # shifted as it is
        bits: int = components[0].bits
        return ((1 << bits) - 1) << (16 - bits)
    return LIMITED_WHITE
