"""What the knobs of an stfam node ask for."""

from __future__ import annotations

from dataclasses import dataclass

import nuke

from stfam.core.frame_range import FrameRange
from stfam.plugin.nuke_host.paths import evaluated, hash_pattern, in_project

SEED_INPUT = 1


@dataclass(frozen=True)
class Order:
    """Read on the main thread, carried out anywhere.

    Attributes:
        node: name of the stfam node.
        frames: of the plate; None for all.
        keys: frames on which the seed is right.
        seed: full name of the node that is connected to the second input; empty for none.
        inner, outer: unknown band in pixels.
        window: neighbours on each side.
        matte: absolute output pattern; empty for the remembered one, or a new version beside the plate.
        relink: take the remembered keys although their plate is gone.
    """

    node: str
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
        UsageError: a knob's text is no frame range.
    """
    frames, keys = _range(node, "stfam_range"), _range(node, "stfam_keys")
    seed = node.input(SEED_INPUT)
    return Order(
        node=node.name(),
        frames=frames,
        keys=keys.frames if keys is not None else (),
        seed=seed.fullName() if seed is not None else "",
        inner=int(node["stfam_inner"].value()),
        outer=int(node["stfam_outer"].value()),
        window=int(node["stfam_window"].value()),
        matte=in_project(hash_pattern(evaluated(node["stfam_output"]))),
    )


def _range(node: nuke.Node, knob: str) -> FrameRange | None:
    text = str(node[knob].value()).strip()
    return FrameRange.parse(text) if text else None
