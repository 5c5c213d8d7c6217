"""What the knobs of an stfam node ask for."""

from __future__ import annotations

import re
from dataclasses import dataclass

import nuke

from stfam.core.errors import UsageError
from stfam.core.frame_range import FrameRange
from stfam.core.frame_token import name_start
from stfam.plugin.nuke_host.lookup import file_stem
from stfam.plugin.nuke_host.paths import evaluated, hash_pattern, in_project

SEED_INPUT = 1


@dataclass(frozen=True)
class Order:
    """Read on the main thread, carried out anywhere.

    Attributes:
        name: of files for the node.
        frames: of the plate; None for all.
        keys: frames on which the seed is right.
        seed: full name of the node that is connected to the second input; empty for none.
        inner, outer: unknown band in pixels.
        window: neighbours on each side.
        matte: absolute output pattern; empty for the remembered one, or a new version beside the plate's folder.
        relink: take the remembered keys although their plate is gone.
    """

    name: str
    frames: FrameRange | None
    keys: tuple[int, ...]
    seed: str
    inner: int
    outer: int
    window: int
    matte: str
    relink: bool = False


def order_of(node: nuke.Node) -> Order:
    """Of the knobs as they stand.

    Raises:
        UsageError: a knob's text is no frame range, or names the mattes by view, or their folder by frame.
    """
    frames, keys = _range(node, "stfam_range"), _range(node, "stfam_keys")
    seed = node.input(SEED_INPUT)
    return Order(
        name=file_stem(node.fullName()),
        frames=frames,
        keys=keys.frames if keys is not None else (),
        seed=seed.fullName() if seed is not None else "",
        inner=int(node["stfam_inner"].value()),
        outer=int(node["stfam_outer"].value()),
        window=int(node["stfam_window"].value()),
        matte=_one_place(matte_of(node)),
    )


def matte_of(node: nuke.Node) -> str:
    """The absolute output pattern of the knob; empty where that is."""
    return in_project(hash_pattern(evaluated(node["stfam_output"])))


def _one_place(pattern: str) -> str:
    """Refuse what Nuke makes several folders or files of, where the mattes have one pattern."""
    if view := re.search("%[vV]", pattern):
        raise UsageError(
            f"The mattes knob names a file for each view ({view[0]}), and mattes are those of one. "
            "Write the view's name in its place, and give each view a node of its own.",
            pattern=pattern,
        )
    if number := re.search(r"%0?\d*d", pattern[: name_start(pattern)]):
        raise UsageError(
            f"The mattes knob names a folder for each frame ({number[0]}), and mattes lie in one. "
            "Put the frame's number into the file's name alone.",
            pattern=pattern,
        )
    return pattern


def _range(node: nuke.Node, knob: str) -> FrameRange | None:
    text = str(node[knob].value()).strip()
    return FrameRange.parse(text) if text else None
