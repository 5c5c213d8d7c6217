"""The hashes that the frames of a shot must carry, as `render` reckons them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from stfam.core.engine.keyframe_spans import keyframe_spans
from stfam.core.errors import InputError
from stfam.core.network.weights import file_sha256
from stfam.core.network.weights_files import weights_path
from stfam.core.render_plan import Clip
from stfam.core.render_request import clip_frames
from stfam.core.settings_hash import MatteHashes, TrimapHashes
from stfam.core.shot import Shot
from stfam.core.worker.open_plate import OpenPlate


@dataclass(frozen=True)
class FrameHashes:
    """Hash of each frame's trimap and matte."""

    trimaps: TrimapHashes
    mattes: MatteHashes

    def trimap(self, frame: int) -> str:
        """Empty where no key reaches the frame."""
        return self.trimaps[frame]

    def matte(self, frame: int) -> str:
        """Empty where no key reaches the frame."""
        return self.mattes.matte(frame) if self.trimaps[frame] else ""


def frame_hashes(shot: Shot, plate: OpenPlate) -> FrameHashes:
    """The hashes of a shot.

    Raises:
        WeightsError: the weights are missing.
    """
    settings = shot.settings
    keys = {key.frame: Path(key.trimap) for key in shot.keys}
    clip = Clip(clip_frames(plate.frames))
    trimaps = TrimapHashes(
        keys=keys,
        spans=keyframe_spans(clip.frames, sorted(keys)),
        plate_identity=lambda frame: _identity(plate, frame),
        weights=file_sha256(weights_path(settings.propagation_weights, "propagation")),
        colorspace=settings.colorspace,
    )
    mattes = MatteHashes(
        trimaps=trimaps,
        window=clip.window,
        weights=file_sha256(weights_path(settings.weights, "matting")),
        reach=settings.window,
        proxy=settings.proxy,
        refinement=shot.refinement,
        output=shot.output,
    )
    return FrameHashes(trimaps, mattes)


def _identity(plate: OpenPlate, frame: int) -> str:
    try:
        return plate.identity(frame)
    except InputError:
        return "missing"
