"""Colour through OpenColorIO: any plate as display-encoded sRGB for the network."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

import numpy as np
import PyOpenColorIO as ocio

from stfam.core.errors import InputError, UsageError
from stfam.core.file_hash import file_sha256
from stfam.core.media.frame_meta import FloatImage
from stfam.core.media.image_file import DISPLAY, KODAK_LOG, LINEAR

CONFIG = "ocio://cg-config-v2.2.0_aces-v1.3_ocio-v2.4"
"""The configuration that is used where $OCIO names no other."""
_UNTOUCHED = ("raw", "data", "")
_STAND_INS = {
    LINEAR: (ocio.ROLE_SCENE_LINEAR, ocio.ROLE_DEFAULT),
    DISPLAY: (ocio.ROLE_TEXTURE_PAINT, ocio.ROLE_COLOR_PICKING, ocio.ROLE_MATTE_PAINT),
}
"""Roles that stand in for the two spaces this program assumes, in a configuration that names them otherwise."""


def to_network(image: FloatImage, colorspace: str) -> FloatImage:
    """A plate's image as the network sees it.

    Args:
        image: (H, W, 3) as stored.
        colorspace: its space, by any name that the configuration knows; `raw` and `data` are taken as they are.

    Returns:
        (H, W, 3) display-encoded sRGB, clipped to [0, 1]; the image itself is not changed.

    Raises:
        UsageError: the configuration does not know the colour space.
        InputError: the configuration that $OCIO names cannot be read.
    """
    encoded = np.array(image, np.float32, order="C")
    if colorspace.lower() not in _UNTOUCHED:
        processor = _processor(colorspace, *_named())
        if processor is not None:
            # thrice as fast as `applyRGB`, and the same
            processor.apply(ocio.PackedImageDesc(encoded, encoded.shape[1], encoded.shape[0], 3))
    return np.clip(encoded, 0.0, 1.0, out=encoded)


def configuration_identity() -> str:
    """What changes when the configuration does that $OCIO names: a hash of the file, or its name; empty without one."""
    named = os.environ.get("OCIO", "")
    try:
        status = os.stat(named)
        return _file_hash(named, status.st_size, status.st_mtime_ns)
    except OSError:  # none, one that is built in, or one that cannot be read, as is said when it is to be used
        return named


@lru_cache(maxsize=4)
def _file_hash(path: str, size: int, changed: int) -> str:
    return file_sha256(Path(path))


def check_colorspace(name: str) -> str:
    """A colour space's own name, given any name that the configuration knows it by.

    Raises:
        UsageError: it is unknown; the message offers those that look alike.
        InputError: the configuration that $OCIO names cannot be read.
    """
    if name.lower() in _UNTOUCHED or name == KODAK_LOG:
        return name
    config = _config(*_named())
    for candidate in (name, *_STAND_INS.get(name, ())):
        found = config.getColorSpace(candidate)
        if found is not None:
            return str(found.getName())
    names = list(config.getColorSpaceNames())
    alike = [n for n in names if name.lower()[:4] in n.lower()] or names
    raise UsageError(
        f"The colour space '{name}' is unknown; name the plate's own. There are: {', '.join(alike[:12])}.",
        colorspace=name,
    )


def _named() -> tuple[str, str]:
    """The configuration that $OCIO names, empty for none, with its identity: one that was changed is read anew."""
    return os.environ.get("OCIO", ""), configuration_identity()


@lru_cache(maxsize=4)
def _config(environment: str, identity: str) -> ocio.Config:
    try:
        return ocio.Config.CreateFromFile(environment or CONFIG)
    except (ocio.Exception, ocio.ExceptionMissingFile, RuntimeError, TypeError) as error:
        reason = "its name is no UTF-8 text" if isinstance(error, TypeError) else str(error).rstrip(". ")
        raise InputError(
            f"$OCIO names {environment}, which cannot be read: {reason}. Mend it, or unset it to use the built-in "
            "configuration.",
            path=environment,
        ) from error


@lru_cache(maxsize=32)
def _processor(colorspace: str, environment: str, identity: str) -> ocio.CPUProcessor | None:
    config = _config(environment, identity)
    target = check_colorspace(DISPLAY)
    if colorspace == KODAK_LOG:
        steps = [_film_scan_to_linear(), ocio.ColorSpaceTransform(check_colorspace(LINEAR), target)]
        return config.getProcessor(ocio.GroupTransform(steps)).getDefaultCPUProcessor()
    source = check_colorspace(colorspace)
    return None if source == target else config.getProcessor(source, target).getDefaultCPUProcessor()


def _film_scan_to_linear() -> ocio.LogAffineTransform:
    """Ten-bit Cineon codes, 95 black, 685 white, 300 codes a factor of ten, to linear light."""
    black, white, decade, top = 95, 685, 300, 1023
    offset = 10 ** ((black - white) / decade)
    transform = ocio.LogAffineTransform()
    transform.setBase(10)
    transform.setLogSideSlopeValue([decade / top] * 3)
    transform.setLogSideOffsetValue([white / top] * 3)
    transform.setLinSideSlopeValue([1 - offset] * 3)
    transform.setLinSideOffsetValue([offset] * 3)
    transform.setDirection(ocio.TRANSFORM_DIR_INVERSE)
    return transform
