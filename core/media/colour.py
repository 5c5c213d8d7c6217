"""Colour through OpenColorIO: any plate as display-encoded sRGB for the network."""

from __future__ import annotations

import os
from functools import lru_cache

import numpy as np
import PyOpenColorIO as ocio

from stfam.core.errors import UsageError
from stfam.core.media.frame_meta import FloatImage
from stfam.core.media.image_file import DISPLAY

CONFIG = "ocio://cg-config-v2.2.0_aces-v1.3_ocio-v2.4"
"""The configuration that is used where $OCIO names no other."""
_UNTOUCHED = ("raw", "data", "")


def to_network(image: FloatImage, colorspace: str) -> FloatImage:
    """A plate's image as the network sees it.

    Args:
        image: (H, W, 3) as stored.
        colorspace: its space, by any name that the configuration knows; `raw` and `data` are taken as they are.

    Returns:
        (H, W, 3) display-encoded sRGB, clipped to [0, 1]; the image itself is not changed.

    Raises:
        UsageError: the configuration does not know the colour space.
    """
    encoded = np.array(image, np.float32, order="C")
    if colorspace.lower() not in _UNTOUCHED:
        processor = _processor(colorspace, os.environ.get("OCIO", ""))
        if processor is not None:
            processor.applyRGB(encoded)
    return np.clip(encoded, 0.0, 1.0, out=encoded)


def check_colorspace(name: str) -> str:
    """A colour space's name in the configuration.

    Raises:
        UsageError: it is unknown; the message offers those that look alike.
    """
    config = _config(os.environ.get("OCIO", ""))
    found = config.getColorSpace(name)
    if found is None and name.lower() not in _UNTOUCHED:
        names = list(config.getColorSpaceNames())
        alike = [n for n in names if name.lower()[:4] in n.lower()] or names
        raise UsageError(f"The colour space '{name}' is unknown. There are: {', '.join(alike[:12])}.", colorspace=name)
    return found.getName() if found is not None else name


@lru_cache(maxsize=4)
def _config(environment: str) -> ocio.Config:
    return ocio.Config.CreateFromFile(environment or CONFIG)


@lru_cache(maxsize=32)
def _processor(colorspace: str, environment: str) -> ocio.CPUProcessor | None:
    config = _config(environment)
    source = check_colorspace(colorspace)
    display = config.getColorSpace(DISPLAY)
    target = display.getName() if display is not None else config.getColorSpace(ocio.ROLE_TEXTURE_PAINT).getName()
    if source == target:
        return None
    return config.getProcessor(source, target).getDefaultCPUProcessor()
