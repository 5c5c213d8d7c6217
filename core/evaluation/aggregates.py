"""Scores of clips drawn together: geometric means of ratios to closed-form matting, means by distance from the key."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from stfam.core.evaluation.benchmark import CarriedScore, MatteScore, TrimapScore
from stfam.core.training.synthesis.validation import MATTING

REFERENCE = "closed_form"
FLOOR = 1e-9
"""Keeps the logarithm of a perfect score finite."""


def ratio(
    scores: Sequence[MatteScore],
    method: str,
    metric: str,
    *,
    reference: str = REFERENCE,
    purpose: str = MATTING,
    kind: str | None = None,
) -> float:
    """Geometric mean over clips of a method's metric over the reference's, unknown-region protocol.

    Args:
        scores: of all methods.
        method: the numerator.
        metric: a key of `MatteScore.unknown`.
        reference: the denominator.
        purpose: of the clips that count.
        kind: of matte; all kinds when None.

    Returns:
        nan where no clip has both. A clip of one frame has nothing of what is measured between two; one on which the
        reference errs by nothing, such as a still picture's flicker, has no ratio.
    """
    chosen = [s for s in scores if s.purpose == purpose and kind in (None, s.kind) and metric in s.unknown]
    own = {s.clip: s.unknown[metric] for s in chosen if s.method == method}
    other = {s.clip: s.unknown[metric] for s in chosen if s.method == reference and s.unknown[metric] > 0}
    return geometric_mean(own[clip] / other[clip] for clip in own if clip in other)


def trimap_mean(scores: Sequence[TrimapScore], method: str, distance: int, value: str) -> float:
    """Mean over clips of `unknown_iou` or `known_wrong` at a distance from the key; nan without clips."""
    chosen = [s for s in scores if s.method == method and s.distance == distance]
    return float(np.mean([getattr(s, value) for s in chosen])) if chosen else float("nan")


def overlap_ratio(scores: Sequence[TrimapScore], method: str, reference: str, distance: int) -> float:
    """Geometric mean over clips of a method's `unknown_iou` over the reference's, at a distance from the key.

    nan where no clip has both.
    """
    own, other = (
        {s.clip: s.unknown_iou for s in scores if s.method == name and s.distance == distance}
        for name in (method, reference)
    )
    return geometric_mean(max(own[clip], FLOOR) / max(other[clip], FLOOR) for clip in own if clip in other)


def carried_ratio(scores: Sequence[CarriedScore], distances: range | None = None) -> float:
    """Geometric mean over clips of SAD from one key over SAD with a trimap a frame, summed over frames.

    Args:
        scores: of all clips.
        distances: from the key, that count; all when None.
    """
    chosen = [s for s in scores if distances is None or s.distance in distances]
    clips = sorted({s.clip for s in chosen})
    return geometric_mean(_sum(chosen, clip, "carried") / max(_sum(chosen, clip, "given"), FLOOR) for clip in clips)


def geometric_mean(values: Iterable[float]) -> float:
    """exp of the mean logarithm; nan of nothing."""
    logs = [float(np.log(max(value, FLOOR))) for value in values]
    return float(np.exp(np.mean(logs))) if logs else float("nan")


def _sum(scores: Sequence[CarriedScore], clip: str, side: str) -> float:
    return float(sum(getattr(s, side) for s in scores if s.clip == clip))
