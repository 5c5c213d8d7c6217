# SPDX-License-Identifier: GPL-3.0-or-later
"""The result in the movie clip editor: the mattes as a clip that its plate points to."""

from __future__ import annotations

from typing import Any

import bpy

from stfam.plugin.frame_path import frame_path
from stfam.plugin.host.interface import Placement

LINK = "stfam_matte"
"""Property of a plate's clip: the clip with its mattes."""


def place(placement: Placement, clip: Any) -> str:
    """Link a clip with the mattes to the plate's clip, or update the one that is linked; returns its name."""
    first = placement.frames.frames[0]
    path = frame_path(placement.shot.output.matte, first)
    matte = clip.get(LINK)
    if matte is None:
        matte = bpy.data.movieclips.load(path, check_existing=False)
        matte.name = f"{clip.name} matte"
        clip[LINK] = matte
    matte.filepath = path
    matte.colorspace_settings.name = "Non-Color"
    matte.frame_start = (1 if path == placement.shot.output.matte else first) + placement.plate.offset
    return str(matte.name)


def matte_of(clip: Any) -> Any:
    """The clip with the mattes of a plate's clip; None for none."""
    return clip.get(LINK)
