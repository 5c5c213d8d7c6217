"""Measures our networks and the classical baselines on validation clips; every number is kept for the report."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from stfam.core.evaluation import baselines
from stfam.core.evaluation.metrics import Alphas, Pixels, sad, unknown_protocol, whole_protocol
from stfam.core.evaluation.predictions import matte_clip
from stfam.core.network.matting import MattingNetwork
from stfam.core.training.synthesis.validation import MATTING, PROPAGATION, STILL, ValidationClip

WRONG = 0.05
"""Alpha error beyond which a pixel that a trimap calls known is wrong."""
QUICK = ("SAD", "MSE", "dtSSD")
"""What is measured during training."""

Matter = Callable[[Pixels, Pixels], Alphas]
"""Images (T, H, W, 3) and trimaps (T, H, W) to alphas (T, H, W)."""
Carrier = Callable[[Pixels, Pixels], Pixels]
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
    """Propagation of one key on one clip, at one distance from it in frames."""

    clip: str
    kind: str
    method: str
    distance: int
    unknown_iou: float
    known_wrong: float
    """Percent of the frame that is called known although its alpha is off by more than 0.05."""


@dataclass(frozen=True)
class CarriedScore:
    """Our matte of one frame, from a key some frames away and from a trimap of its own: SAD over the whole frame.

    The whole frame, because what propagation calls known and gets wrong lies outside every unknown region.
    """

    clip: str
    distance: int
    carried: float
    given: float


@dataclass(frozen=True)
class Result:
    """Everything that was measured."""

    mattes: list[MatteScore] = field(default_factory=list)
    trimaps: list[TrimapScore] = field(default_factory=list)
    carried: list[CarriedScore] = field(default_factory=list)

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Contest:
    """Who is measured: ours by name, and the baselines."""

    matters: Mapping[str, Matter]
    carriers: Mapping[str, Carrier]
    ours: str
    """Name of our matter and of our carrier."""
    methods: Sequence[str]
    """Baselines by name."""
    cache: Path | None = None
    """Keeps the baselines' mattes."""
    pool: Executor | None = None
    """Computes the baselines' frames side by side."""


def measure(
    clips: Iterable[ValidationClip], contest: Contest, on_clip: Callable[[str], None] = lambda _: None
) -> Result:
    """All scores.

    Args:
        clips: of any purpose.
        contest: who is measured.
        on_clip: is told each clip's name before it is measured.
    """
    result = Result()
    for clip in clips:
        on_clip(clip.name)
        if clip.purpose in (MATTING, STILL):
            result.mattes.extend(matte_scores(clip, contest))
        elif clip.purpose == PROPAGATION:
            carried = {name: carry(clip.images, clip.trimaps[0]) for name, carry in contest.carriers.items()}
            for name, trimaps in carried.items():
                result.trimaps.extend(trimap_score(clip, name, trimaps, t) for t in range(1, len(trimaps)))
            if contest.ours in carried:
                result.carried.extend(carried_scores(clip, contest.matters[contest.ours], carried[contest.ours]))
    return result


def matte_scores(clip: ValidationClip, contest: Contest) -> list[MatteScore]:
    """Scores of our matters and of the baselines on a clip with a trimap for every frame."""
    alphas = {name: matter(clip.images, clip.trimaps) for name, matter in contest.matters.items()}
    for method in contest.methods:
        alphas[method] = baselines.mattes(method, clip.images, clip.trimaps, cache=contest.cache, pool=contest.pool)
    return [matte_score(clip, name, alpha) for name, alpha in alphas.items()]


def matte_score(clip: ValidationClip, method: str, alpha: Alphas) -> MatteScore:
    """Both protocols' numbers of mattes (T, H, W) of a clip."""
    unknown = unknown_protocol(alpha, clip.alpha, clip.trimaps == 128)
    return MatteScore(clip.name, clip.kind, clip.purpose, method, unknown, whole_protocol(alpha, clip.alpha))


def trimap_score(clip: ValidationClip, method: str, carried: Pixels, t: int) -> TrimapScore:
    """How good a carried trimap (T, H, W) is at frame t."""
    found, truth, alpha = carried[t] == 128, clip.trimaps[t] == 128, clip.alpha[t]
    union = (found | truth).sum()
    wrong = ((carried[t] == 0) & (alpha > WRONG)) | ((carried[t] == 255) & (alpha < 1 - WRONG))
    iou = float((found & truth).sum() / union) if union else 1.0
    return TrimapScore(clip.name, clip.kind, method, t, iou, float(wrong.mean() * 100))


def carried_scores(clip: ValidationClip, matter: Matter, carried: Pixels) -> list[CarriedScore]:
    """Our mattes from carried trimaps (T, H, W) beside those from the clip's own, frame by frame."""
    everywhere = np.ones(clip.alpha.shape[1:], bool)
    ours, given = matter(clip.images, carried), matter(clip.images, clip.trimaps)
    return [
        CarriedScore(clip.name, t, sad(ours[t], clip.alpha[t], everywhere), sad(given[t], clip.alpha[t], everywhere))
        for t in range(len(ours))
    ]


def evaluate_matting(network: MattingNetwork, clips: Iterable[ValidationClip]) -> dict[str, float]:
    """A quick look during training: our `QUICK` (unknown-region protocol), means over clips with a trimap a frame.

    Puts the network into eval mode and back. nan where no clip has any, as those of one frame have no dtSSD.
    """
    was_training = network.training
    network.eval()
    measured = [clip for clip in clips if clip.purpose != PROPAGATION]
    device = next(network.parameters()).device
    rows = []
    for clip in measured:
        alpha = matte_clip(network, clip.images, clip.trimaps, device=device)
        rows.append(unknown_protocol(alpha, clip.alpha, clip.trimaps == 128, QUICK))
    network.train(was_training)
    columns = {name: [row[name] for row in rows if name in row] for name in QUICK}
    return {name: float(np.mean(values)) if values else float("nan") for name, values in columns.items()}
