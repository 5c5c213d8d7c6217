"""What of a shot is to be rendered: its plate's frames, those wanted, and its keyframes."""

from __future__ import annotations

from contextlib import closing

from stfam.core.errors import EmptyRangeError
from stfam.core.frame_range import FrameRange
from stfam.core.shot import Shot
from stfam.plugin.queue.frame_bounds import checked_frames
from stfam.plugin.queue.plan import Extent


def shot_extent(shot: Shot, frames: str | None = None) -> Extent:
    """The extent of `shot`, or of `frames` of it.

    Raises:
        StfamError: there is no plate, or no frame is wanted.
    """
    from stfam.core.media.pattern import FramePattern  # image libraries: `queue list` should not wait for them
    from stfam.core.media.plate import open_plate
    from stfam.core.render_request import clip_frames

    with closing(open_plate(shot.plate, shot.settings.colorspace)) as plate:
        present, named = plate.frames, plate.named
    asked = frames or shot.frames
    if asked:
        checked_frames(asked)
    wanted = tuple(FrameRange.parse(asked)) if asked else named or clip_frames(present)
    if not wanted:
        raise EmptyRangeError("There is no frame to render.")
    keys = {key.frame for key in shot.keys}
    if shot.keys_pattern:
        keys.update(FramePattern.of_existing(shot.keys_pattern).existing())
    return Extent(tuple(sorted({*present, *wanted})), wanted, tuple(sorted(keys)))
