"""The parameters of a shot as data: the form, its tool tips, limits and defaults are built from this table."""

# ruff: noqa: E501 - one entry a line reads as the table that it is

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

Choices = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Number:
    """A number with a slider.

    Attributes:
        least, most: limits; the slider runs between them.
        step: of the arrow keys.
        decimals: digits after the point; 0 for whole numbers.
        unit: what follows the number.
        curve: exponent of the slider's way; above 1 gives small numbers more of it.
    """

    least: float
    most: float
    step: float
    decimals: int = 0
    unit: str = ""
    curve: float = 1.0


@dataclass(frozen=True)
class Choice:
    """One of several values, each with what the artist reads.

    Attributes:
        options: (value, text) pairs.
        free: whether another text may be typed.
    """

    options: Choices
    free: bool = False


@dataclass(frozen=True)
class Toggle:
    """On or off."""


@dataclass(frozen=True)
class PathPattern:
    """A file pattern with a list of formats and a browse button.

    Attributes:
        formats: (suffix, text) pairs of what may be written.
        optional: whether it may be empty, and nothing is written then.
    """

    formats: Choices
    optional: bool = True


Kind: TypeAlias = Number | Choice | Toggle | PathPattern


@dataclass(frozen=True)
class Parameter:
    """One parameter: its dotted name in the shot, what it is called, how it is edited and what it does."""

    name: str
    label: str
    kind: Kind
    tip: str


@dataclass(frozen=True)
class Group:
    """Parameters that stand together."""

    title: str
    parameters: tuple[Parameter, ...]


WEIGHTS: Choices = (("lite", "Lite"),)
DEVICES: Choices = (("auto", "Automatic"), ("cuda", "CUDA"), ("mps", "Apple GPU"), ("cpu", "CPU"))
TILES: Choices = (("auto", "Automatic"), ("off", "Off"), ("256", "256 px"), ("512", "512 px"), ("1024", "1024 px"))
COMPRESSIONS: Choices = (
    ("zip", "ZIP"),
    ("zips", "ZIPS"),
    ("piz", "PIZ"),
    ("dwaa", "DWAA"),
    ("dwab", "DWAB"),
    ("b44", "B44"),
    ("b44a", "B44A"),
    ("pxr24", "PXR24"),
    ("rle", "RLE"),
    ("none", "None"),
)

FRAMES: Choices = ((".exr", "EXR"), (".png", "PNG"), (".tif", "TIFF"), (".mov", "ProRes"))
TRIMAP_FRAMES: Choices = ((".png", "PNG"), (".tif", "TIFF"))

SOLVE = Group(
    "Solve",
    (
        Parameter("settings.weights", "Weights", Choice(WEIGHTS, free=True), "The matting network's weights: a name that ships, or a .safetensors file"),
        Parameter("settings.propagation_weights", "Propagation", Choice(WEIGHTS, free=True), "The weights that carry trimaps through the shot"),
        Parameter("settings.window", "Window n", Number(0, 6, 1), "Frames before and after that each matte looks at. More is steadier and slower"),
        Parameter("settings.device", "Device", Choice(DEVICES, free=True), "Where the network runs. Automatic takes a GPU by CUDA, else the CPU; what is in use stands at the bottom right"),
        Parameter("settings.proxy", "Proxy", Number(0.1, 1.0, 0.05, 2), "Scale of the plate that the network sees. Below 1 is faster and softer"),
        Parameter("settings.tile", "Tiles", Choice(TILES, free=True), "Side of the pieces a frame is solved in. Smaller takes less memory"),
    ),
)  # fmt: skip

REFINE = Group(
    "Refine",
    (
        Parameter("refinement.black", "Black clip", Number(0.0, 1.0, 0.01, 3), "Alpha at and below this becomes 0"),
        Parameter("refinement.white", "White clip", Number(0.0, 1.0, 0.01, 3), "Alpha at and above this becomes 1"),
        Parameter("refinement.shrink", "Shrink", Number(-20.0, 20.0, 0.5, 1, " px"), "Move the edge inward; below 0 grows it"),
        Parameter("refinement.blur", "Blur", Number(0.0, 20.0, 0.5, 1, " px"), "Soften the matte"),
        Parameter("refinement.despill", "Despill", Number(0.0, 1.0, 0.05, 2), "Take the screen's colour out of the foreground"),
    ),
)  # fmt: skip

OUTPUT = Group(
    "Output",
    (
        Parameter("output.matte", "Matte", PathPattern(FRAMES, optional=False), "Where mattes go and in which format, such as shot_matte.####.exr. Empty takes a new version, beside the shot or, until it is saved, the folder of the plate"),
        Parameter("output.foreground", "Foreground", PathPattern(FRAMES), "Where foreground colours go and in which format; Off writes none"),
        Parameter("output.trimaps", "Trimaps", PathPattern(TRIMAP_FRAMES), "Where the trimap of each frame goes and in which format; Off writes none"),
        Parameter("output.compression", "Compression", Choice(COMPRESSIONS), "Compression of EXR files"),
        Parameter("output.premultiplied", "Premultiplied", Toggle(), "Multiply the foreground by its alpha"),
    ),
)  # fmt: skip

GROUPS = (SOLVE, REFINE, OUTPUT)
