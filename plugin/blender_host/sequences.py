# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a pass as Blender's datablocks: one image or clip for a pattern, the same one each time."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy

from stfam.core.frame_range import FrameRange
from stfam.core.frame_token import frame_token
from stfam.core.plate_pattern import is_movie
from stfam.plugin.blender_host.movies import movie_length
from stfam.plugin.blender_host.paths import kept
from stfam.plugin.frame_path import frame_path
from stfam.plugin.host.interface import HostError, Placement

MARK = "stfam"
"""Property of our images: the pattern of their files."""

LAST_FRAME = 1048574
"""Blender's, to which it cuts greater numbers without a word."""


@dataclass(frozen=True)
class PassFiles:
    """The files of a pass, and where Blender plays them.

    Attributes:
        pattern: of a sequence, or the path of a movie.
        frames: the files' own numbers, which a movie counts from 1.
        offset: Blender's frame minus the file's number.
    """

    pattern: str
    frames: FrameRange
    offset: int

    @classmethod
    def of(cls, pattern: str, placement: Placement) -> PassFiles:
        """The files of one pass of a placement.

        Raises:
            HostError: a movie does not have the frames of the placement, so that nobody knows where its own belong.
        """
        files = cls(pattern, *placement.in_files(pattern))
        if is_movie(pattern):
            count = movie_length(Path(pattern))
            if files.frames.frames != tuple(range(1, count + 1)):
                raise HostError(
                    f"{pattern} has {count} frames, and the mattes are of {placement.frames}: which is which cannot be "
                    "told. Matte the whole range again, or write a file a frame (name.####.exr)."
                )
        return files

    def check_playable(self) -> None:
        """Check that an image or clip of Blender can play these files.

        Raises:
            HostError: they are not there, their numbers are too high, or another one is the last of their names.
        """
        check_counted(self.pattern)
        if self.frames.frames[-1] > LAST_FRAME:
            raise HostError(
                f"Blender counts frames up to {LAST_FRAME} in an image or clip, and {self.pattern} has the numbers "
                f"{self.frames.words}. Write a movie of mattes (name.mov), or import them to a strip."
            )
        if not Path(self.first_path).is_file():
            raise HostError(f"{self.first_path} is not there. Matte its frame again, or write no foreground.")

    @property
    def first_path(self) -> str:
        """The movie, or the file of the first frame."""
        return frame_path(self.pattern, self.frames.frames[0])

    @property
    def start(self) -> int:
        """Blender's frame at which the first file plays."""
        return self.frames.frames[0] + self.offset


def check_counted(pattern: str) -> None:
    """Check that a pattern's frame number is the one that Blender counts in an image or clip: the last of a name.

    Raises:
        HostError: other digits come after it.
    """
    token = frame_token(pattern)
    after = "" if token is None else Path(f"0{pattern[token.end :]}").stem[1:]
    if any(letter.isdigit() for letter in after):
        raise HostError(
            f"Blender takes the last number of a file's name for the frame, and in {pattern} that is another one. Let "
            "the frame number come last (name_v2.####.exr)."
        )


def image_sequence(files: PassFiles, colorspace: str = "") -> Any:
    """The image datablock of a pass, made or updated.

    Args:
        colorspace: Blender's name of what the files hold, which it does not read from all formats; data where empty.
    """
    known = (image for image in bpy.data.images if image.library is None and image.get(MARK) == files.pattern)
    image = next(known, None)
    if image is None:
        image = bpy.data.images.load(files.first_path, check_existing=False)
        image[MARK] = files.pattern
    image.filepath = kept(files.first_path)
    image.source = "MOVIE" if is_movie(files.pattern) else "SEQUENCE"
    if colorspace:
        image.colorspace_settings.name = colorspace
    else:
        image.colorspace_settings.is_data = True  # whatever the configuration calls that
    image.reload()
    return image


def matte_image(files: PassFiles) -> Any:
    """The mattes as data: no colour transform, alpha kept apart from the colours."""
    image = image_sequence(files)
    image.alpha_mode = "CHANNEL_PACKED"
    return image


def show_image(node: Any, image: Any) -> None:
    """Let a node show an image; one of ours that nothing shows any more, as of an older version, is removed."""
    before, node.image = node.image, image
    if before is not None and before.get(MARK) is not None and before.users == 0:
        bpy.data.images.remove(before)


def show_in(user: Any, frames: FrameRange, offset: int) -> None:
    """Let a node play a sequence so that the file numbered f shows at frame f + offset."""
    first, last = frames.frames[0], frames.frames[-1]
    user.frame_start = first + offset
    user.frame_offset = first - 1
    user.frame_duration = last - first + 1


def file_name(pattern: str, frame: int) -> str:
    """The name of a frame's file, without its folder."""
    return Path(frame_path(pattern, frame)).name
