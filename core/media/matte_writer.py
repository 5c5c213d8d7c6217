"""Mattes and foregrounds as files, whole or not at all: written under a temporary name, then renamed."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import OpenImageIO as oiio

from stfam.core.errors import InputError, OutputError, UnwritableFrameError, UsageError, WriteError
from stfam.core.media.frame_meta import FloatImage, FrameMeta, Window, to_data_window, within_data_window
from stfam.core.media.half_floats import as_halfs, four_times
from stfam.core.media.image_file import check_end
from stfam.core.media.temporary_file import temporary_path

COMPRESSIONS = ("none", "rle", "zip", "zips", "piz", "pxr24", "b44", "b44a", "dwaa", "dwab")
_FORMATS = {".exr": oiio.HALF, ".png": oiio.UINT16, ".tif": oiio.UINT16, ".tiff": oiio.UINT16}
_HALF_MAX = float(np.finfo(np.float16).max)


def write_matte(
    path: Path, alpha: FloatImage, meta: FrameMeta, *, compression: str = "zip", record: str | None = None
) -> None:
    """Write a matte: R = G = B = A = alpha, colour space `data`, the plate's windows, aspect, rate and time code.

    Formats that carry no windows, all but EXR, hold the display window, 0 outside the data window.

    Args:
        path: .exr (half), .png or .tif (16 bit).
        alpha: (H, W) in [0, 1] on the display window.
        meta: of the plate's frame.
        compression: of an EXR, by OpenEXR's name.
        record: hash of what made the frame, kept in its metadata.

    Raises:
        UsageError: a format or compression that is not written.
        WriteError: the file could not be written, or alpha is not finite; nothing is left behind.
    """
    _refuse_broken(path, alpha)
    framed = _framed(path, alpha[..., None], meta)
    pixels = four_times(as_halfs(framed)) if path.suffix.lower() == ".exr" else np.repeat(framed, 4, axis=2)
    spec = _spec(path, pixels, meta, "data", compression, record)
    if path.suffix.lower() == ".png":
        spec.attribute("oiio:UnassociatedAlpha", 1)
    write_atomic(path, spec, pixels)


def write_foreground(
    path: Path,
    foreground: FloatImage,
    alpha: FloatImage,
    meta: FrameMeta,
    *,
    premultiplied: bool = False,
    compression: str = "zip",
    record: str | None = None,
) -> None:
    """Write foreground colour with alpha, in the plate's own colour space; values above 1 and below 0 are kept.

    Formats that carry no windows, all but EXR, hold the display window, black and clear outside the data window.

    Args:
        path: .exr (half), .png or .tif (16 bit).
        foreground: (H, W, 3), straight, in the plate's space, on the display window.
        alpha: (H, W).
        meta: of the plate's frame.
        premultiplied: multiply the colour by alpha; the metadata says which it is.
        compression: of an EXR.
        record: hash of what made the frame.

    Raises:
        UsageError: a format or compression that is not written, or premultiplied colour in a PNG.
        WriteError: the file could not be written, or colour or alpha are not finite.
    """
    check_colour_kind(path, premultiplied=premultiplied)
    _refuse_broken(path, foreground)
    _refuse_broken(path, alpha)
    colour = foreground * alpha[..., None] if premultiplied else foreground
    framed = _framed(path, np.concatenate([colour, alpha[..., None]], 2), meta)
    is_exr = path.suffix.lower() == ".exr"
    pixels = as_halfs(framed.clip(-_HALF_MAX, _HALF_MAX)) if is_exr else framed  # beyond it a half float is infinite
    spec = _spec(path, pixels, meta, meta.colorspace, compression, record)
    if not premultiplied and not is_exr:
        spec.attribute("oiio:UnassociatedAlpha", 1)
    spec.attribute("stfam:alpha", alpha_kind(premultiplied=premultiplied))
    spec.attribute("stfam:colorspace", meta.colorspace)  # OpenImageIO keeps the names of well-known ones alone
    write_atomic(path, spec, pixels)


def alpha_kind(*, premultiplied: bool) -> str:
    """How a foreground's metadata names what its colours are."""
    return "premultiplied" if premultiplied else "straight"


def check_colour_kind(path: Path, *, premultiplied: bool) -> None:
    """Raise for a foreground that its format cannot hold.

    Raises:
        UsageError: premultiplied colour in a PNG.
    """
    if premultiplied and path.suffix.lower() == ".png":
        raise UsageError(
            f"{path.name}: a PNG holds straight colour only. Write EXR or TIFF, or leave premultiplied off.",
            path=str(path),
        )


def check_compression(name: str) -> None:
    """Raise for a compression that OpenEXR does not have.

    Raises:
        UsageError: names those that there are.
    """
    if name not in COMPRESSIONS:
        text = f"EXR compression '{name}' is unknown; there are {', '.join(COMPRESSIONS)}."
        raise UsageError(text, compression=name)


def write_trimap(path: Path, trimap: npt.NDArray[np.uint8], *, record: str | None = None) -> None:
    """Write a trimap (H, W) of 0, 128, 255 as an 8-bit single-channel image (.png or .tif)."""
    height, width = trimap.shape
    spec = oiio.ImageSpec(width, height, 1, oiio.UINT8)
    spec.attribute("DateTime", "")
    if record:
        spec.attribute("ImageDescription", f"stfam:hash={record}")
    write_atomic(path, spec, trimap[..., None])


def write_atomic(path: Path, spec: Any, pixels: npt.NDArray[Any]) -> None:
    """Write an image under a temporary name beside `path`, then rename it.

    Raises:
        UnwritableFrameError: the name is taken by what cannot be replaced; the temporary file is removed.
        WriteError: the disk is full, or the folder went away; the temporary file is removed.
    """
    temporary = temporary_path(path)
    try:
        _write(temporary, spec, pixels)
        _check_whole(temporary)
        _rename(temporary, path)
    except OSError as error:
        reason = (error.strerror or str(error)).replace(str(temporary), path.name)
        raise WriteError(f"{path} could not be written: {reason}.", path=str(path)) from error
    finally:
        with suppress(OSError):  # it took its name, or could not be made
            temporary.unlink()


def prepare_folder(folder: Path) -> None:
    """Make an output folder and find out whether it can be written to.

    Raises:
        OutputError: it cannot be made or written to.
    """
    probe = temporary_path(folder / "probe")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise OutputError(
            f"The output folder {folder} cannot be written to: {error.strerror or error}. Choose another.",
            path=str(folder),
        ) from error


def _framed(path: Path, canvas: FloatImage, meta: FrameMeta) -> FloatImage:
    """The canvas (H, W, C) as a file holds it: over the data window in an EXR, else whole."""
    return to_data_window(canvas, meta) if path.suffix.lower() == ".exr" else within_data_window(canvas, meta)


def _windows(suffix: str, meta: FrameMeta) -> tuple[Window, Window]:
    """Data and display window of a file."""
    height, width = meta.size
    canvas = (0, 0, width, height)  # an origin too would be lost in most readers
    return (meta.data_window, meta.display_window) if suffix == ".exr" else (canvas, canvas)


def _refuse_broken(path: Path, pixels: FloatImage) -> None:
    if not np.isfinite(pixels).all():
        raise UnwritableFrameError(f"{path} was not written: it would hold values that are not finite.", path=str(path))


def _write(path: Path, spec: Any, pixels: npt.NDArray[Any]) -> None:
    path.write_bytes(b"")  # what cannot be made says why; OpenImageIO would not
    output = oiio.ImageOutput.create(str(path))
    if output is None:
        raise UsageError(f"{path.name} is of a format that cannot be written: {oiio.geterror()}", path=str(path))
    if not output.open(str(path), spec):
        raise OSError(_reason(output))
    written = output.write_image(np.ascontiguousarray(pixels))
    closed = output.close()
    if not (written and closed):
        raise OSError(_reason(output))


def _rename(temporary: Path, path: Path) -> None:
    """Give a whole file its name; what fails then is this frame's alone, unless the folder is gone."""
    try:
        os.replace(temporary, path)
    except (IsADirectoryError, PermissionError) as error:
        text = f"{path} could not be written: its name is taken, and what has it cannot be replaced ({error.strerror})."
        raise UnwritableFrameError(text, path=str(path)) from error


def _check_whole(path: Path) -> None:
    """A file can be closed without an error on a full disk, small EXRs too. What it lacks then is its end."""
    try:
        check_end(path)
    except InputError as error:
        raise OSError("it does not read back; the disk may be full") from error


def _reason(output: Any) -> str:
    """What an image writer says first; PNG's goes on for every row."""
    lines = str(output.geterror()).strip().splitlines()
    return "; ".join([*(line.rstrip(" .") for line in lines[:1]), "the disk may be full"])


def _spec(
    path: Path, pixels: npt.NDArray[Any], meta: FrameMeta, space: str, compression: str, record: str | None
) -> Any:
    suffix = path.suffix.lower()
    if suffix not in _FORMATS:
        raise UsageError(f"Frames are written as {', '.join(_FORMATS)}; '{path.name}' is none of them.", path=str(path))
    if suffix == ".exr":
        check_compression(compression)
    (x, y, width, height), display = _windows(suffix, meta)
    spec = oiio.ImageSpec(width, height, pixels.shape[2], _FORMATS[suffix])
    spec.x, spec.y = x, y
    spec.full_x, spec.full_y, spec.full_width, spec.full_height = display
    spec.attribute("oiio:ColorSpace", space)
    spec.attribute("PixelAspectRatio", float(meta.pixel_aspect))
    if suffix == ".exr":
        spec.attribute("compression", compression)
    if meta.fps is not None:
        spec.attribute("FramesPerSecond", oiio.TypeRational, (meta.fps.numerator, meta.fps.denominator))
    if meta.timecode is not None:
        spec.attribute("smpte:TimeCode", oiio.TypeTimeCode, meta.timecode)
    spec.attribute("Software", "stfam")
    spec.attribute("DateTime", "")  # else the time of writing, and equal mattes would differ in their bytes
    if record:
        spec.attribute("stfam:hash", record)
        spec.attribute("ImageDescription", f"stfam:hash={record}")
    return spec
