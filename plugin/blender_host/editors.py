# SPDX-License-Identifier: GPL-3.0-or-later
"""When the image editor that the artist works in plays its image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Playback:
    """What an image editor plays.

    Attributes:
        files: the numbers of the files.
        offset: the scene's frame minus the file's number.
        cyclic: whether it begins again after the last one.
    """

    files: range
    offset: int
    cyclic: bool

    @classmethod
    def of(cls, user: Any) -> Playback:
        """Of an image user, or of a compositor's Image node, which is one."""
        first = user.frame_offset + 1
        return cls(range(first, first + user.frame_duration), user.frame_start - first, bool(user.use_cyclic))


def playback(image: str, context: Any) -> Playback | None:
    """How the editor of the context plays the image of that name; None where it is no image editor that shows it."""
    space = context.space_data
    if getattr(space, "type", "") != "IMAGE_EDITOR" or space.image is None or space.image.name != image:
        return None
    return Playback.of(space.image_user)
