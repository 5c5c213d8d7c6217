"""The hashes that the frames of the open shot must carry, as `render` reckons them."""

from __future__ import annotations

from pathlib import Path

from stfam.core.engine.keyframe_spans import keyframe_spans
from stfam.core.render_plan import Clip
from stfam.core.render_request import clip_frames
from stfam.core.settings_hash import MatteHashes
from stfam.core.shot import Shot
from stfam.core.shot_hashes import shot_hashes
from stfam.core.worker.open_plate import OpenPlate


def frame_hashes(shot: Shot, plate: OpenPlate) -> MatteHashes:
    """The hashes of a shot.

    Raises:
        WeightsError: the weights are missing.
    """
    keys = {key.frame: Path(key.trimap) for key in shot.keys}
    clip = Clip(clip_frames(plate.frames_now))
    return shot_hashes(shot, clip, keys, keyframe_spans(clip.frames, sorted(keys)), plate.identity)
