# SPDX-License-Identifier: GPL-3.0-or-later
"""The result in the movie clip editor: the mattes as a clip that its plate points to."""

from __future__ import annotations

from typing import Any

import bpy

from stfam.plugin.blender_host.paths import kept
from stfam.plugin.blender_host.sequences import PassFiles
from stfam.plugin.host.interface import Placement

LINK = "stfam_matte"
"""Property of a plate's clip: the clip with its mattes."""


def place(placement: Placement, clip: Any) -> str:
    """Link a clip with the mattes to the plate's clip, or update the one that is linked; returns its name.

    Raises:
        HostError: a movie of mattes does not fit.
    """
    files = PassFiles.of(placement.shot.output.matte, placement)
    matte = matte_of(clip)
    if matte is None or any(matte_of(other) == matte for other in bpy.data.movieclips if other != clip):
        matte = bpy.data.movieclips.load(files.first_path, check_existing=False)
        matte.name = f"{clip.name} matte"
        clip[LINK] = matte
    matte.filepath = kept(files.first_path)
    matte.colorspace_settings.is_data = True
    matte.frame_start = files.start
    return str(matte.name)


def matte_of(clip: Any) -> Any:
    """The clip with the mattes of a plate's clip; None for none."""
    return clip.get(LINK)
