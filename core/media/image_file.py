"""One image file through OpenImageIO: its pixels as float and what it says about itself."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import numpy as np
import OpenImageIO as oiio

from stfam.core.errors import MissingFrameError, UnreadableFrameError
from stfam.core.media.frame_meta import FloatImage, FrameMeta
from stfam.core.media.half_floats import chosen_floats
from stfam.core.media.image_channels import choose_channels
from stfam.core.media.image_error import last_error, unreadable

LINEAR = "Linear Rec.709 (sRGB)"
DISPLAY = "sRGB - Texture"
KODAK_LOG = "KodakLog"
"""Printing density of film scans, which no OpenColorIO configuration has to know."""
_LINEAR_FORMATS = ("openexr",)
_NAMELESS_FORMATS = ("pnm",)
"""They name no colour space: OpenImageIO says sRGB of all of them, floats (PFM) included."""
_FLOATS = (oiio.HALF, oiio.FLOAT, oiio.DOUBLE)
_RATES = ("FramesPerSecond", "dpx:FrameRate", "dpx:TemporalFrameRate")
"""Frames a second; a DPX has a rate of film and one of television."""
_TIMED_HEADER = 2048
"""Bytes of a DPX's header with the fields of film and television."""
_FASTEST, _LONGEST = 1_000_000, 1000
"""Frames a second, and times that a pixel is as wide as high: what is beyond was never filled in."""
_MOST_PIXELS = 1 << 28
"""Of a display window that is larger than what is stored."""
_COLOUR_NAMES = {
    "linear": LINEAR,
    "lin_rec709_scene": LINEAR,
    "lin_rec709": LINEAR,
    "srgb": DISPLAY,
    "srgb_rec709_scene": DISPLAY,
    "srgb_rec709_display": DISPLAY,
    "g24_rec709_display": DISPLAY,
    "rec709": DISPLAY,
    "kodaklog": KODAK_LOG,
}
"""OpenImageIO's names for what a file says; others are looked up in the OpenColorIO configuration as they are."""
_PRIMARIES = {
    "ACES2065-1": (0.7347, 0.2653, 0.0, 1.0, 0.0001, -0.077, 0.32168, 0.33767),
    "ACEScg": (0.713, 0.293, 0.165, 0.83, 0.128, 0.044, 0.32168, 0.33767),
    "lin_rec2020": (0.708, 0.292, 0.17, 0.797, 0.131, 0.046, 0.3127, 0.329),
    "lin_p3d65": (0.68, 0.32, 0.265, 0.69, 0.15, 0.06, 0.3127, 0.329),
    LINEAR: (0.64, 0.33, 0.3, 0.6, 0.15, 0.06, 0.3127, 0.329),
}
"""Chromaticities of an EXR's red, green, blue and white, where it names no space, and the space that they are of."""
_RAW_SUFFIXES = (".dng", ".nef", ".nrw", ".cr2", ".arw", ".sr2", ".pef", ".srw", ".3fr", ".iiq", ".erf")
"""Of cameras' files that are TIFFs too: their first picture is the sensor's mosaic, or small and to be looked at."""
_RAW_KINDS = (32803, 34892)
"""A TIFF's number for a mosaic, and for one that was made whole and not developed."""
_SRGB = re.compile(r"\bsRGB\b", re.IGNORECASE)
"""In the name of a colour profile that is what is assumed without one."""
_CHROMA = "luminance and chroma (Y, RY, BY)"


@dataclass(frozen=True)
class ImageFile:
    """Pixels of the data window as stored, and their description."""

    pixels: FloatImage
    """(h, w, 3)."""
    meta: FrameMeta
    record: str | None
    """Hash that this program wrote into it."""
    has_alpha: bool
    """Whether an alpha channel lies beside the colours."""


def read_image(path: Path, layer: str | None = None, *, alpha: bool = False) -> ImageFile:
    """Read the colour (or the alpha) of an image file.

    Args:
        path: any format that OpenImageIO reads.
        layer: a part or a channel prefix of a multi-channel EXR; None takes the first part that has colour, or else
            the first that is grey.
        alpha: read the alpha channel instead, three times; the first channel where there is none.

    Raises:
        MissingFrameError: there is no such file.
        UnreadableFrameError: it is empty, cut off, no image, has no such layer, or that holds no colour.
    """
    with _opened(path) as source:
        subimage, channels = choose_channels(source, layer, path, alpha=alpha)
        spec = source.spec()
        _refuse_other_than_colour(source, channels, path)
        first, last = min(channels), max(channels) + 1
        pixels = source.read_image(subimage, 0, first, last, _read_type(spec))
        reason = last_error(source)
        if pixels is None or reason:
            raise unreadable(path, reason)
        stored = pixels.reshape(spec.height, spec.width, last - first)
        colours = chosen_floats(stored, [c - first for c in channels])
        has_alpha = any(name.lower() == "a" for name in spec.channelnames)
        return ImageFile(colours, _describe(path, source, spec), _record(spec), has_alpha)


def check_end(path: Path) -> None:
    """Read the last row of the first part in its own type, and throw it away.

    Raises:
        MissingFrameError: there is no such file.
        UnreadableFrameError: it is empty, cut off or no image.
    """
    with _opened(path) as source:
        spec = source.spec()
        end = spec.y + spec.height
        row = source.read_scanlines(0, 0, end - 1, end, 0, 0, spec.nchannels, spec.format)
        if row is None or source.has_error:
            raise unreadable(path, last_error(source))


def read_meta(path: Path, layer: str | None = None) -> FrameMeta:
    """What an image file says about itself, from its header alone.

    Raises:
        MissingFrameError: there is no such file.
        UnreadableFrameError: it is empty, no image, or has no such layer.
    """
    with _opened(path) as source:
        choose_channels(source, layer, path, alpha=False)
        return _describe(path, source, source.spec())


def image_record(path: Path) -> str | None:
    """The hash that this program wrote into a file, from its header alone.

    Raises:
        MissingFrameError: there is no such file.
        UnreadableFrameError: it is empty or no image.
    """
    with _opened(path) as source:
        return _record(source.spec())


def set_threads(count: int) -> None:
    """How many threads OpenImageIO may use in this process; 0 takes one a core."""
    oiio.attribute("threads", count)
    oiio.attribute("exr_threads", count)


def _read_type(spec: Any) -> Any:
    """Half floats are read as they are: `half_floats` widens them in a fraction of the time."""
    return oiio.HALF if spec.format == oiio.TypeHalf and not spec.channelformats else oiio.FLOAT


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    try:
        there = path.is_file()
        empty = there and path.stat().st_size == 0
    except OSError as error:  # a folder that may not be entered, say
        raise unreadable(path, error.strerror or str(error)) from error
    if not there:
        raise MissingFrameError(f"{path} is missing.", path=str(path))
    if empty:
        raise UnreadableFrameError(f"{path} is empty (0 bytes); render or copy that frame again.", path=str(path))
    as_stored = oiio.ImageSpec()
    as_stored.attribute("oiio:UnassociatedAlpha", 1)
    source = oiio.ImageInput.open(str(path), as_stored)
    if source is None:
        reason = last_error(oiio)
        raise _other_colour(path, _CHROMA) if "ubsampled" in reason else unreadable(path, reason)
    try:
        yield source
    finally:
        source.close()


def _refuse_other_than_colour(source: Any, channels: list[int], path: Path) -> None:
    """Raise for an EXR's whole numbers, which count objects and samples, and for pictures that are no R, G and B."""
    spec = source.spec()
    if spec.deep:
        text = f"{path} holds deep samples, where a flat picture was expected. Flatten it."
        raise UnreadableFrameError(text, path=str(path))
    kinds = [spec.channelformats[c] for c in channels] if spec.channelformats else [spec.format]
    if source.format_name() == "openexr" and any(kind.basetype == oiio.UINT for kind in kinds):
        text = f"{path} holds whole numbers (uint), as identifiers are, where colour was expected. Write half or float."
        raise UnreadableFrameError(text, path=str(path))
    if {spec.channelnames[c] for c in channels} == {"Y"} and {"RY", "BY"} <= set(spec.channelnames):
        raise _other_colour(path, _CHROMA)
    if str(spec.getattribute("dpx:ImageDescriptor") or "").startswith("CbYCr"):  # OpenImageIO mistakes their colours
        raise _other_colour(path, "luminance and chroma (Cb, Y, Cr)")
    kind = spec.getattribute("tiff:PhotometricInterpretation")
    if kind in _RAW_KINDS or (kind is not None and path.suffix.lower() in _RAW_SUFFIXES):
        raise _other_colour(path, "a camera's raw picture")
    if str(spec.getattribute("tiff:ColorSpace") or "").endswith("LAB"):
        raise _other_colour(path, "L*a*b* colours")


def _describe(path: Path, source: Any, spec: Any) -> FrameMeta:
    size = spec.full_width * spec.full_height
    if size > max(_MOST_PIXELS, spec.width * spec.height):
        raise unreadable(path, f"its display window is {spec.full_width}x{spec.full_height}, as of a damaged header")
    timed = source.format_name() != "dpx" or _has_time_fields(path)
    rate = next(filter(None, map(spec.getattribute, _RATES)), None) if timed else None
    timecode = spec.getattribute("smpte:TimeCode") if timed else None
    colorspace, unheeded = _colorspace(source.format_name(), spec)
    return FrameMeta(
        data_window=(spec.x, spec.y, spec.width, spec.height),
        display_window=(spec.full_x, spec.full_y, spec.full_width, spec.full_height),
        pixel_aspect=_aspect(float(spec.get_float_attribute("PixelAspectRatio", 1.0))),
        fps=_rate(rate),
        timecode=_words(timecode),
        colorspace=colorspace,
        caveat=_caveat(spec.get_int_attribute("Orientation", 1)),
        colour_caveat=unheeded,
    )


def _has_time_fields(path: Path) -> bool:
    """Whether a DPX's picture begins behind the fields of film and television, and not in their place, as FFmpeg's."""
    with path.open("rb") as file:
        order: Literal["little", "big"] = "little" if file.read(4) == b"XPDS" else "big"
        return int.from_bytes(file.read(4), order) >= _TIMED_HEADER


def _caveat(orientation: int) -> str | None:
    if orientation not in range(2, 9):  # 1 is upright; some write 0
        return None
    return (
        f"asks to be turned or mirrored (EXIF orientation {orientation}). It is read as it is stored, as Blender reads "
        "it: paint keys on that picture; mattes lie over it."
    )


def _rate(stored: Any) -> Fraction | None:
    """Frames a second; None where a scanner left the header's field as it was."""
    if isinstance(stored, (tuple, list, np.ndarray)):
        rate = Fraction(int(stored[0]), int(stored[1])) if int(stored[1]) else Fraction(0)
    else:
        known = stored is not None and math.isfinite(stored)
        rate = Fraction(float(stored)).limit_denominator(1001) if known else Fraction(0)
    return rate if 0 < rate <= _FASTEST else None


def _aspect(stored: float) -> float:
    """A pixel's width by its height; 1 for what no pixel has, in a header's field that was left as it was."""
    return stored if 1 / _LONGEST < stored < _LONGEST else 1.0


def _words(timecode: Any) -> tuple[int, int] | None:
    if timecode is None or isinstance(timecode, str):
        return None
    return int(timecode[0]), int(timecode[1])


def _colorspace(file_format: str, spec: Any) -> tuple[str, str | None]:
    """The colour space of a file, and what it says of its colours besides that is not followed."""
    profile = str(spec.getattribute("ICCProfile:profile_description") or "").strip()
    primaries = spec.getattribute("chromaticities")
    linear = file_format in _LINEAR_FORMATS or spec.format.basetype in _FLOATS
    scan = spec.getattribute("dpx:Transfer") == "Printing density"
    nameless = file_format in _NAMELESS_FORMATS
    named = KODAK_LOG if scan else "" if nameless else str(spec.getattribute("oiio:ColorSpace") or "")
    if named and named.lower() != "unknown":
        space, unheeded = _COLOUR_NAMES.get(named.lower(), named), None
    elif linear and primaries is not None:
        space = next((name for name, known in _PRIMARIES.items() if np.allclose(primaries, known, atol=1e-3)), "")
        space, unheeded = space or LINEAR, None if space else "has primaries of its own, as of a camera"
    else:
        space, unheeded = LINEAR if linear else DISPLAY, None
    if space == DISPLAY and profile and not _SRGB.search(profile):
        unheeded = f"has the colour profile '{profile}'"
    elif space == DISPLAY and not profile and spec.get_int_attribute("Exif:ColorSpace", 1) != 1:
        unheeded = "says in its EXIF that it is not in sRGB"
    return space, unheeded and f"{unheeded}, {read_as(space)}"


def read_as(space: str) -> str:
    """The end of a sentence that says which colours a plate's file asks for and does not get."""
    return f"and is read as {space}. Name the plate's colour space if it is another."


def _record(spec: Any) -> str | None:
    found = spec.getattribute("stfam:hash")
    if found:
        return str(found)
    text = str(spec.getattribute("ImageDescription") or "")
    return text.partition("stfam:hash=")[2].split()[0] if "stfam:hash=" in text else None


def _other_colour(path: Path, held: str) -> UnreadableFrameError:
    text = f"{path} holds {held}, where R, G and B were expected. Write it as RGB."
    return UnreadableFrameError(text, path=str(path))
