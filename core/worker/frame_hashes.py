"""The hashes that the frames of the open shot must carry, as `render` reckons them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from stfam.core.engine.keyframe_spans import keyframe_spans
from stfam.core.render_plan import Clip
from stfam.core.render_request import clip_frames
from stfam.core.settings_hash import MatteHashes
from stfam.core.shot import Shot
from stfam.core.shot_hashes import shot_hashes
from stfam.core.worker.open_plate import OpenPlate


@dataclass(frozen=True)
class FrameHashes:
    """Hash of each frame's trimap and matte."""

    mattes: MatteHashes

    def trimap(self, frame: int) -> str:
        """Empty where no key reaches the frame."""
        return self.mattes.trimaps[frame]

    def matte(self, frame: int) -> str:
        """Empty where no key reaches the frame."""
        return self.mattes.matte(frame) if self.trimap(frame) else ""

    def in_one_look(self) -> FrameHashes:
        """The same, which look at each frame of the plate once, however many hashes it is part of."""
        trimaps = self.mattes.trimaps
        once = replace(trimaps, plate_identity=cache(trimaps.plate_identity))
        return FrameHashes(replace(self.mattes, trimaps=once))


def frame_hashes(shot: Shot, plate: OpenPlate) -> FrameHashes:
    """The hashes of a shot.

    Raises:
        WeightsError: the weights are missing.
    """
    keys = {key.frame: Path(key.trimap) for key in shot.keys}
    clip = Clip(clip_frames(plate.frames))
    return FrameHashes(shot_hashes(shot, clip, keys, keyframe_spans(clip.frames, sorted(keys)), plate.identity))
