"""What a Read's colour space means to stfam, whose built-in configuration does not know all of Nuke's names."""

from __future__ import annotations

import os
import re

import nuke

from stfam.plugin.host.interface import HostError

LINEAR = "Linear Rec.709 (sRGB)"
"""What Nuke's own colour management works in."""

NUKE_OWN = {
    "linear": LINEAR,
    "srgb": "sRGB - Texture",
    "gamma1.8": "g18_rec709",
    "gamma2.2": "g22_rec709",
    "gamma2.4": "g24_rec709",
}
"""Spaces of Nuke's own colour management, and of its `nuke-default` configuration, under the built-in one's names."""

BUILT_IN = frozenset(
    name.lower()
    for name in (
        "scene_linear", "color_picking", "color_timing", "compositing_log", "data", "matte_paint", "texture_paint",
        "ACES2065-1", "ACES - ACES2065-1", "ACEScc", "ACES - ACEScc", "ACEScct", "ACES - ACEScct", "ACEScg",
        "ACES - ACEScg", "sRGB Encoded Rec.709 (sRGB)", "sRGB - Texture", "Utility - sRGB - Texture",
        "Input - Generic - sRGB - Texture", "srgb_texture", "srgb_tx", "Gamma 1.8 Encoded Rec.709",
        "Gamma 1.8 Rec.709 - Texture", "Gamma 2.2 Encoded Rec.709", "Gamma 2.2 Rec.709 - Texture",
        "Gamma 2.4 Encoded Rec.709", "Gamma 2.4 Rec.709 - Texture", "Utility - Rec.709 - Display",
        "sRGB Encoded P3-D65", "sRGB Encoded P3-D65 - Texture", "Linear Rec.709 (sRGB)", "Utility - Linear - sRGB",
        "Utility - Linear - Rec.709", "lin_rec709", "lin_srgb", "Linear P3-D65", "Utility - Linear - P3-D65",
        "Linear Rec.2020", "Utility - Linear - Rec.2020", "sRGB - Display", "Rec.1886 Rec.709 - Display",
        "P3-D65 - Display", "Raw", "Utility - Raw",
    )
)  # fmt: skip
"""Names, in lower case, that stfam's built-in configuration knows; with $OCIO set, its own names count."""

ROLES = frozenset({
    "scene_linear", "compositing_linear", "compositing_log", "texture_paint", "matte_paint", "color_picking",
    "color_timing", "rendering", "default", "data",
})  # fmt: skip


class UnknownSpaceError(LookupError):
    """Nuke knows this space and stfam does not; a bake in the working space says the same."""


def working_space() -> str:
    """What a raw render of the graph holds.

    Raises:
        HostError: stfam has no name for it.
    """
    if not _by_ocio():
        return LINEAR
    label = str(nuke.root()["workingSpaceLUT"].value()).strip()
    try:
        return _named(_bare(label) or "scene_linear")
    except UnknownSpaceError as error:
        raise HostError(
            f"The project's working space is {label}, which stfam's own configuration does not know. "
            "Start Nuke with $OCIO set to the project's configuration, so that stfam uses it too."
        ) from error


def of_read(read: nuke.Node) -> str | None:
    """The space of a Read's files; None where the file's own is right.

    Raw values go into the graph as they are, which takes them to be in the working space: so does stfam.

    Raises:
        UnknownSpaceError: stfam has no name for it.
    """
    if read["raw"].value():
        return working_space()
    label = _bare(str(read["colorspace"].value()).strip())
    return None if label in ("", "default") else _named(label)


def _named(label: str) -> str:
    """A space of the project as stfam calls it: with $OCIO set, that configuration has it."""
    if _by_ocio() and os.environ.get("OCIO"):
        return label
    if label.lower() in NUKE_OWN:
        return NUKE_OWN[label.lower()]
    if label.lower() in BUILT_IN:
        return label
    raise UnknownSpaceError(label)


def _bare(label: str) -> str:
    """`role (name)` and `default (name)` are `name`."""
    labelled = re.fullmatch(r"(\w+) \((.+)\)", label)
    return labelled[2] if labelled and labelled[1] in ROLES else label


def _by_ocio() -> bool:
    return str(nuke.root()["colorManagement"].value()) == "OCIO"
