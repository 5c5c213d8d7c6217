"""The validation table: our networks and classical baselines over the validation clips, as ratios to closed-form matting."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from stfam.core.evaluation import baselines
from stfam.core.evaluation.metrics import unknown_protocol, whole_protocol
from stfam.core.training.synthesis.validation import MATTING, PROPAGATION, STILL, ValidationClip

WRONG = 0.05
"""Alpha error beyond which a pixel that a trimap calls known is wrong."""
REFERENCE = "closed_form"
FLOOR = 1e-9

Matter = Callable[[npt.NDArray[np.uint8], npt.NDArray[np.uint8]], npt.NDArray[np.float32]]
"""Images (T, H, W, 3) and trimaps (T, H, W) to alphas (T, H, W)."""
Carrier = Callable[[npt.NDArray[np.uint8], npt.NDArray[np.uint8]], npt.NDArray[np.uint8]]
"""Images (T, H, W, 3) and the first frame's trimap (H, W) to trimaps (T, H, W)."""


@dataclass(frozen=True)
class MatteScore:
    """One method on one clip with a trimap for every frame, in both protocols."""

    clip: str
    kind: str
    purpose: str
    method: str
    unknown: dict[str, float]
    whole: dict[str, float]


@dataclass(frozen=True)
class TrimapScore:
    """Propagation on one clip at one distance from the keyframe."""

    clip: str
    method: str
    distance: int
    unknown_iou: float
    known_wrong: float
    """Percent of the frame that is called known although its alpha is off by more than 0.05."""


@dataclass(frozen=True)
class Result:
    """Everything that was measured."""

    mattes: list[MatteScore] = field(default_factory=list)
    trimaps: list[TrimapScore] = field(default_factory=list)
    carried_sad: dict[str, float] = field(default_factory=dict)
    """By clip: SAD of mattes from one key over SAD of mattes with a trimap a frame."""

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        return asdict(self)


def matte_scores(
    clips: Iterable[ValidationClip], matters: dict[str, Matter], *, methods: Sequence[str], cache: Path | None, workers: int
) -> list[MatteScore]:
    """Scores of our matters and of baselines on the matting and still clips.

    Args:
        clips: any clips; those for propagation are passed over.
        matters: ours by name.
        methods: baselines by name.
        cache: folder for the baselines' mattes.
        workers: processes for the baselines.
    """
    scores = []
    for clip in clips:
        if clip.purpose not in (MATTING, STILL):
            continue
        alphas = {name: matter(clip.images, clip.trimaps) for name, matter in matters.items()}
        for method in methods:
            alphas[method] = baselines.mattes(method, clip.images, clip.trimaps, cache, workers)
        scores += [_score(clip, name, alpha) for name, alpha in alphas.items()]
    return scores


def trimap_scores(clips: Iterable[ValidationClip], carriers: dict[str, Carrier]) -> list[TrimapScore]:
    """Scores of every frame but the key of the propagation clips."""
    scores = []
    for clip in clips:
        if clip.purpose != PROPAGATION:
            continue
        for name, carry in carriers.items():
            carried = carry(clip.images, clip.trimaps[0])
            scores += [_trimap_score(clip, name, carried, t) for t in range(1, len(carried))]
    return scores


def carried_ratios(clips: Iterable[ValidationClip], matter: Matter, carry: Carrier) -> dict[str, float]:
    """By propagation clip: SAD from one key over SAD with a trimap a frame, both over the true unknown region."""
    ratios = {}
    for clip in clips:
        if clip.purpose == PROPAGATION:
            given = matter(clip.images, clip.trimaps)
            carried = matter(clip.images, carry(clip.images, clip.trimaps[0]))
            ratios[clip.name] = float(
                np.abs(carried - clip.alpha).sum() / max(np.abs(given - clip.alpha).sum(), FLOOR)
            )
    return ratios


def ratio(scores: Sequence[MatteScore], method: str, metric: str, *, purpose: str = MATTING, kind: str | None = None) -> float:
    """Geometric mean over clips of a method's metric over closed-form's (unknown protocol); nan without clips."""
    own = {s.clip: s.unknown[metric] for s in scores if s.method == method and s.purpose == purpose and kind in (None, s.kind)}
    reference = {s.clip: s.unknown[metric] for s in scores if s.method == REFERENCE}
    logs = [np.log(max(own[clip], FLOOR) / max(reference[clip], FLOOR)) for clip in own]
    return float(np.exp(np.mean(logs))) if logs else float("nan")


def mean_at(scores: Sequence[TrimapScore], method: str, distance: int, value: str) -> float:
    """Mean over clips of a trimap score at a distance from the key; nan without clips."""
    found = [getattr(s, value) for s in scores if s.method == method and s.distance == distance]
    return float(np.mean(found)) if found else float("nan")


def _score(clip: ValidationClip, method: str, alpha: npt.NDArray[np.float32]) -> MatteScore:
    unknown = unknown_protocol(alpha, clip.alpha, clip.trimaps == 128)
    return MatteScore(clip.name, clip.kind, clip.purpose, method, unknown, whole_protocol(alpha, clip.alpha))


def _trimap_score(clip: ValidationClip, method: str, carried: npt.NDArray[np.uint8], t: int) -> TrimapScore:
    found, truth, alpha = carried[t] == 128, clip.trimaps[t] == 128, clip.alpha[t]
    union = (found | truth).sum()
    wrong = ((carried[t] == 0) & (alpha > WRONG)) | ((carried[t] == 255) & (alpha < 1 - WRONG))
    iou = float((found & truth).sum() / union) if union else 1.0
    return TrimapScore(clip.name, method, t, iou, float(wrong.mean() * 100))
