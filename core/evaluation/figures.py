"""The goals of the weights that ship, each with what was measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stfam.core.evaluation.aggregates import carried_ratio, overlap_ratio, ratio, trimap_mean
from stfam.core.evaluation.benchmark import MatteScore, Result
from stfam.core.training.synthesis.validation import MATTING, STILL

OURS = "ours"
SINGLE = "ours, n = 0"
WARPED = "DIS warping"
FAR = 24
"""Frames from the key at which propagation is judged."""
RATIO_GOALS = {"SAD": 0.65, "MSE": 0.5, "dtSSD": 0.5}
WINDOW_GOALS = {"dtSSD": 0.85, "SAD": 1.0}


@dataclass(frozen=True)
class Figure:
    """One goal and what was reached; a value of nan was not measured."""

    name: str
    goal: float
    value: float
    at_least: bool = False
    """The goal is a floor, and not a ceiling."""

    @property
    def reached(self) -> bool:
        """Whether the goal is met."""
        return self.value >= self.goal if self.at_least else self.value <= self.goal


def figures(result: Result) -> list[Figure]:
    """Every goal that the result can speak to; ratios are to closed-form, unknown-region protocol."""
    methods = {s.method for s in result.mattes}
    rows: list[Figure] = []
    if OURS in methods:
        rows += _ratios(result.mattes)
    if SINGLE in methods:
        rows += _windows(result.mattes)
    if OURS in methods:
        rows += _kinds(result.mattes)
        still = ratio(result.mattes, OURS, "dtSSD", purpose=STILL)
        rows.append(Figure("a still, noisy clip: dtSSD, ratio to closed-form", 0.25, still))
    return rows + (_propagation(result) if result.trimaps else [])


def _ratios(scores: Sequence[MatteScore]) -> list[Figure]:
    return [
        Figure(f"{metric} with a trimap a frame, ratio to closed-form", goal, ratio(scores, OURS, metric))
        for metric, goal in RATIO_GOALS.items()
    ]


def _windows(scores: Sequence[MatteScore]) -> list[Figure]:
    return [
        Figure(f"n = 2 over n = 0 of equal training: {metric}", goal, ratio(scores, OURS, metric, reference=SINGLE))
        for metric, goal in WINDOW_GOALS.items()
    ]


def _kinds(scores: Sequence[MatteScore]) -> list[Figure]:
    kinds = sorted({s.kind for s in scores if s.purpose == MATTING})
    return [Figure(f"{kind}: SAD, ratio to closed-form", 1.0, ratio(scores, OURS, "SAD", kind=kind)) for kind in kinds]


def _propagation(result: Result) -> list[Figure]:
    own = trimap_mean(result.trimaps, OURS, FAR, "unknown_iou")
    over_warped = overlap_ratio(result.trimaps, OURS, WARPED, FAR)
    wrong = trimap_mean(result.trimaps, OURS, FAR, "known_wrong")
    return [
        Figure(f"one key, {FAR} frames on: unknown IoU", 0.6, own, at_least=True),
        Figure(f"one key, {FAR} frames on: unknown IoU over DIS warping's", 1.3, over_warped, at_least=True),
        Figure(f"one key, {FAR} frames on: called known and wrong, % of the frame", 0.5, wrong),
        Figure("mattes from one key over a trimap a frame: SAD", 1.35, carried_ratio(result.carried)),
    ]
