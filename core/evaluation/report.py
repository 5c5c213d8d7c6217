"""The validation table as Markdown: every figure beside its goal, then every clip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stfam.core.evaluation.benchmark import MATTING, STILL, MatteScore, Result, mean_at, ratio

FAR = 24
"""Frames from the key at which propagation is judged."""
UNKNOWN_PROTOCOL = ("SAD", "MSE", "Grad", "Conn", "dtSSD", "MESSDdt")


@dataclass(frozen=True)
class Figure:
    """One goal and what was reached."""

    name: str
    goal: str
    value: str
    reached: bool


def figures(result: Result, ours: str, single: str | None) -> list[Figure]:
    """The goals of the weights, with what was measured.

    Args:
        result: the scores.
        ours: name of our matter of the full window.
        single: name of the matter with n = 0, where there is one.
    """
    rows = [_ratio_figure(result.mattes, ours, metric, goal) for metric, goal in (("SAD", 0.65), ("MSE", 0.5), ("dtSSD", 0.5))]
    if single:
        for metric, goal in (("dtSSD", 0.85), ("SAD", 1.0)):
            value = ratio(result.mattes, ours, metric) / ratio(result.mattes, single, metric)
            rows.append(_below(f"n = 2 against n = 0: {metric}", goal, value))
    for kind in sorted({s.kind for s in result.mattes if s.purpose == MATTING}):
        rows.append(_below(f"{kind}: SAD ratio to closed-form", 1.0, ratio(result.mattes, ours, "SAD", kind=kind)))
    return [*rows, *_propagation_figures(result), _still_figure(result, ours)]


def markdown(result: Result, ours: str, single: str | None, heading: str) -> str:
    """The whole report."""
    lines = [f"# {heading}", "", "Ratios are to closed-form matting (pymatting) per frame on the same trimaps, unknown-region protocol,", "geometric means over clips.", ""]
    lines += ["| figure | goal | measured | reached |", "|---|---|---|---|"]
    lines += [f"| {f.name} | {f.goal} | {f.value} | {'yes' if f.reached else 'no'} |" for f in figures(result, ours, single)]
    lines += ["", *_method_table(result.mattes), "", *_clip_table(result.mattes), "", *_distance_table(result)]
    return "\n".join(lines) + "\n"


def _ratio_figure(scores: Sequence[MatteScore], ours: str, metric: str, goal: float) -> Figure:
    return _below(f"{metric} with a trimap a frame, ratio to closed-form", goal, ratio(scores, ours, metric))


def _propagation_figures(result: Result) -> list[Figure]:
    own = mean_at(result.trimaps, "ours", FAR, "unknown_iou")
    warped = mean_at(result.trimaps, "DIS warping", FAR, "unknown_iou")
    wrong = mean_at(result.trimaps, "ours", FAR, "known_wrong")
    carried = float(np.exp(np.mean(np.log(list(result.carried_sad.values()))))) if result.carried_sad else float("nan")
    return [
        Figure(f"one key, {FAR} frames on: unknown IoU", "0.60", f"{own:.3f}", own >= 0.6),
        Figure(f"one key, {FAR} frames on: unknown IoU over DIS warping's", "1.3", f"{own / warped:.2f}", own / warped >= 1.3),
        Figure(f"one key, {FAR} frames on: called known and wrong, % of the frame", "0.5", f"{wrong:.2f}", wrong < 0.5),
        Figure("mattes from one key over a trimap a frame: SAD", "1.35", f"{carried:.2f}", carried <= 1.35),
    ]


def _still_figure(result: Result, ours: str) -> Figure:
    return _below("a still, noisy clip: dtSSD, ratio to closed-form", 0.25, ratio(result.mattes, ours, "dtSSD", purpose=STILL))


def _below(name: str, goal: float, value: float) -> Figure:
    return Figure(name, f"{goal:g}", f"{value:.3f}", value <= goal)


def _method_table(scores: Sequence[MatteScore]) -> list[str]:
    methods = list(dict.fromkeys(s.method for s in scores))
    lines = ["Geometric mean of ratios to closed-form, unknown-region protocol:", ""]
    lines += [f"| method | {' | '.join(UNKNOWN_PROTOCOL)} |", "|---" * (len(UNKNOWN_PROTOCOL) + 1) + "|"]
    for method in methods:
        lines.append(f"| {method} | " + " | ".join(f"{ratio(scores, method, m):.3f}" for m in UNKNOWN_PROTOCOL) + " |")
    return lines


def _clip_table(scores: Sequence[MatteScore]) -> list[str]:
    lines = ["Every clip: unknown-region SAD, MSE, dtSSD; whole-frame MAD, MSE (x 1000), dtSSD (100 sqrt mean):", ""]
    lines += ["| clip | kind | method | SAD | MSE | dtSSD | MAD w | MSE w | dtSSD w |", "|---" * 9 + "|"]
    for s in scores:
        cells = [s.unknown["SAD"], s.unknown["MSE"], s.unknown["dtSSD"], s.whole["MAD"], s.whole["MSE"], s.whole["dtSSD"]]
        lines.append(f"| {s.clip} | {s.kind} | {s.method} | " + " | ".join(f"{c:.4g}" for c in cells) + " |")
    return lines


def _distance_table(result: Result) -> list[str]:
    distances = sorted({s.distance for s in result.trimaps})
    methods = list(dict.fromkeys(s.method for s in result.trimaps))
    shown = [d for d in (1, 2, 4, 8, 12, 16, 20, 24) if d in distances]
    lines = ["Trimap propagation by distance from the key: unknown IoU / known and wrong in % of the frame:", ""]
    lines += ["| method | " + " | ".join(str(d) for d in shown) + " |", "|---" * (len(shown) + 1) + "|"]
    for method in methods:
        cells = [f"{mean_at(result.trimaps, method, d, 'unknown_iou'):.3f} / {mean_at(result.trimaps, method, d, 'known_wrong'):.2f}" for d in shown]
        lines.append(f"| {method} | " + " | ".join(cells) + " |")
    return lines
