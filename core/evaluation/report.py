"""The validation table as Markdown: goals, methods, kinds of matte, distances from the key, every clip."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from stfam.core.evaluation.aggregates import REFERENCE, carried_ratio, ratio, trimap_mean
from stfam.core.evaluation.benchmark import MatteScore, Result
from stfam.core.evaluation.figures import OURS, Figure, figures
from stfam.core.evaluation.metrics import UNKNOWN_METRICS
from stfam.core.training.synthesis.validation import MATTING, plans

WHOLE_METRICS = ("MAD", "MSE", "dtSSD")
SHOWN_DISTANCES = (1, 2, 4, 8, 12, 16, 20, 24)
BANDS = (range(1), range(1, 5), range(5, 13), range(13, 25))
PREFACE = (
    "Ratios are to closed-form matting (pymatting) per frame on the same trimaps, geometric means over clips. "
    "**Unknown-region protocol** (as DVM, TCVOM, OTVM): SAD in thousands, MSE, Grad, Conn a frame, dtSSD and MESSDdt a "
    "pair of frames, over the trimap's unknown region. **Whole-frame protocol** (as RVM, MatAnyone): MAD and MSE "
    "x 1000, dtSSD = 100 sqrt(mean). The two dtSSD are not comparable."
)


def markdown(result: Result, heading: str, notes: Iterable[str] = ()) -> str:
    """The whole report.

    Args:
        result: the scores.
        heading: of the report.
        notes: what was measured, with what, a line each.
    """
    methods = list(dict.fromkeys(s.method for s in result.mattes))
    sections = [
        [f"# {heading}", "", PREFACE, "", *(f"- {note}" for note in notes)],
        _figure_table(figures(result)),
        _method_table(result.mattes, methods),
        _kind_table(result.mattes, [m for m in methods if m != REFERENCE]),
        _origin_table(result.mattes, [m for m in methods if m != REFERENCE]),
        _distance_table(result),
        _band_table(result),
        _clip_table(result.mattes),
        _propagation_table(result),
    ]
    return "\n\n".join("\n".join(lines) for lines in sections if lines) + "\n"


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A Markdown table, the first column to the left and the others to the right."""
    rule = "|---|" + "---:|" * (len(columns) - 1)
    return [f"| {' | '.join(columns)} |", rule, *(f"| {' | '.join(row)} |" for row in rows)]


def _figure_table(rows: Sequence[Figure]) -> list[str]:
    cells = [(f.name, f"{'≥' if f.at_least else '≤'} {f.goal:g}", f"{f.value:.3f}", _verdict(f)) for f in rows]
    return ["## Goals", "", *table(("figure", "goal", "measured", "reached"), cells)]


def _verdict(figure: Figure) -> str:
    return "not measured" if figure.value != figure.value else ("yes" if figure.reached else "no")


def _method_table(scores: Sequence[MatteScore], methods: Sequence[str]) -> list[str]:
    if not scores:
        return []
    rows = [[m, *(f"{ratio(scores, m, metric):.3f}" for metric in UNKNOWN_METRICS)] for m in methods]
    return ["## Ratios to closed-form, unknown-region protocol", "", *table(("method", *UNKNOWN_METRICS), rows)]


def _kind_table(scores: Sequence[MatteScore], methods: Sequence[str]) -> list[str]:
    if not scores:
        return []
    kinds = sorted({s.kind for s in scores if s.purpose == MATTING})
    rows = [[method, *(_three(scores, method, kind) for kind in kinds)] for method in methods]
    title = "## By kind of matte: SAD / MSE / dtSSD, ratios to closed-form, unknown-region protocol"
    return [title, "", *table(("method", *kinds), rows)]


def _origin_table(scores: Sequence[MatteScore], methods: Sequence[str]) -> list[str]:
    """The parts of the validation set; another data set's clips are of none."""
    origins = {plan.name: plan.origin for plan in plans() if plan.purpose == MATTING}
    parts: dict[str, list[MatteScore]] = {}
    for score in scores:
        if score.clip in origins:
            parts.setdefault(origins[score.clip], []).append(score)
    if len(parts) < 2:
        return []
    rows = [[method, *(_three(part, method) for part in parts.values())] for method in methods]
    title = "## By where the clip comes from: SAD / MSE / dtSSD, ratios to closed-form, unknown-region protocol"
    return [title, "", *table(("method", *parts), rows)]


def _three(scores: Sequence[MatteScore], method: str, kind: str | None = None) -> str:
    return " / ".join(f"{ratio(scores, method, metric, kind=kind):.2f}" for metric in ("SAD", "MSE", "dtSSD"))


def _distance_table(result: Result) -> list[str]:
    if not result.trimaps:
        return []
    shown = [d for d in SHOWN_DISTANCES if any(s.distance == d for s in result.trimaps)]
    methods = list(dict.fromkeys(s.method for s in result.trimaps))
    rows = [[m, *(_iou_and_wrong(result, m, d) for d in shown)] for m in methods]
    title = "## Trimaps by distance from the key, frames: unknown IoU / known and wrong in % of the frame"
    return [title, "", *table(("method", *map(str, shown)), rows)]


def _iou_and_wrong(result: Result, method: str, distance: int) -> str:
    iou = trimap_mean(result.trimaps, method, distance, "unknown_iou")
    return f"{iou:.3f} / {trimap_mean(result.trimaps, method, distance, 'known_wrong'):.2f}"


def _band_table(result: Result) -> list[str]:
    if not result.carried:
        return []
    bands = [b for b in BANDS if any(s.distance in b for s in result.carried)]
    names = [f"{b.start}" if len(b) == 1 else f"{b.start}-{b.stop - 1}" for b in bands]
    row = [OURS, *(f"{carried_ratio(result.carried, band):.3f}" for band in [*bands, None])]
    title = "## Mattes from one key over mattes with a trimap a frame: whole-frame SAD by distance from the key"
    return [title, "", *table(("method", *names, "all"), [row])]


def _clip_table(scores: Sequence[MatteScore]) -> list[str]:
    if not scores:
        return []
    columns = ["clip", "kind", "method", *UNKNOWN_METRICS, *(f"{m} (whole)" for m in WHOLE_METRICS)]
    rows = []
    for s in scores:
        cells = [s.unknown.get(m) for m in UNKNOWN_METRICS] + [s.whole.get(m) for m in WHOLE_METRICS]
        rows.append([s.clip, s.kind, s.method, *("—" if c is None else f"{c:.4g}" for c in cells)])
    return ["## Every clip, unknown-region protocol and (whole) whole-frame protocol", "", *table(columns, rows)]


def _propagation_table(result: Result) -> list[str]:
    if not result.trimaps:
        return []
    last = max(s.distance for s in result.trimaps)
    rows = [
        [s.clip, s.kind, s.method, f"{s.unknown_iou:.3f}", f"{s.known_wrong:.2f}"]
        for s in result.trimaps
        if s.distance == last
    ]
    columns = ("clip", "kind", "method", "unknown IoU", "known and wrong, %")
    return [f"## Every propagated clip, {last} frames from its key", "", *table(columns, rows)]
