"""The hashes of a shot's frames, one reckoning for the run that writes files and for whoever asks whether they hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from stfam.core.engine.keyframe_spans import Span
from stfam.core.errors import MissingFrameError
from stfam.core.file_hash import file_sha256
from stfam.core.network.weights_files import weights_path
from stfam.core.render_plan import Clip
from stfam.core.settings_hash import MatteHashes, TrimapHashes
from stfam.core.shot import Shot


def shot_hashes(
    shot: Shot,
    clip: Clip,
    keys: Mapping[int, Path],
    spans: Sequence[Span],
    identity: Callable[[int], str],
    *,
    mattes: bool = True,
) -> MatteHashes:
    """Hashes of the shot's trimaps, mattes and foregrounds.

    Args:
        shot: with the settings, the refinement and the output.
        clip: of its plate.
        keys: trimap of every keyframe.
        spans: that are propagated; none where all trimaps are given.
        identity: of a frame of the plate, as `Plate.identity`.
        mattes: whether mattes are made, or trimaps alone, which need no matting weights.

    Raises:
        WeightsError: the weights are missing.
    """
    settings = shot.settings
    return MatteHashes(
        trimaps=TrimapHashes(
            keys=keys,
            spans=spans,
            plate_identity=partial(_present_or_not, identity),
            weights=file_sha256(weights_path(settings.propagation_weights, "propagation")) if spans else "",
            colorspace=settings.colorspace,
        ),
        window=clip.window,
        weights=file_sha256(weights_path(settings.weights, "matting")) if mattes else "",
        reach=settings.window,
        proxy=settings.proxy,
        refinement=shot.refinement,
        output=shot.output,
    )


def _present_or_not(identity: Callable[[int], str], frame: int) -> str:
    try:
        return identity(frame)
    except MissingFrameError:
        return "missing"
