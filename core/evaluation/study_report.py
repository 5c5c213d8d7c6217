"""A study on disk: its CSV, a Markdown table beside the paper's numbers, and a plot with error bars over seeds."""

from __future__ import annotations

import csv
import dataclasses
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from stfam.core.evaluation.ablations import Row
from stfam.core.evaluation.report import table
from stfam.core.evaluation.studies import Study, Variant
from stfam.core.training.flow_training import EndPointErrors
from stfam.core.whole_file import written_whole

METRICS = ("SAD", "MSE", "dtSSD")
COLUMNS = tuple(f.name for f in dataclasses.fields(Row))


def read_rows(path: Path) -> list[Row]:
    """The rows of a study's CSV; none where there is no file."""
    if not path.is_file():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return [_row(line) for line in csv.DictReader(file)]


def write_rows(path: Path, rows: Iterable[Row]) -> None:
    """Write a study's CSV whole or not at all.

    Raises:
        WriteError: the disk is full, say.
    """
    with written_whole(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        for row in rows:
            values = dataclasses.asdict(row)
            writer.writerow({k: f"{v:.6g}" if isinstance(v, float) else v for k, v in values.items()})


def markdown(study: Study, rows: Sequence[Row], notes: Sequence[str], errors: EndPointErrors | None = None) -> str:
    """The study's table: mean ± standard deviation over seeds, cost, the paper's numbers, and how good the flow is."""
    columns = ["variant", "seeds", *METRICS, "parameters", "GMAC", "ms a frame"]
    columns += [f"{metric} (paper)" for metric in study.published_metrics]
    columns += [f"end-point error, px ({errors.pairs} pairs)"] if errors else []
    lines = []
    for variant in study.variants:
        if line := _line(study, variant, [row for row in rows if row.variant == variant.name]):
            lines.append(line + ([_end_point(variant, errors)] if errors else []))
    shown = table(columns, lines)
    preface = (
        "SAD, MSE and dtSSD over the unknown region (protocol of DVM), means over the validation clips, on our own "
        "synthetic clips; the paper's numbers are on its own data and only the trends compare."
    )
    return "\n".join([f"# {study.title}", "", preface, "", *(f"- {note}" for note in notes), "", *shown]) + "\n"


def plot(study: Study, rows: Sequence[Row], path: Path) -> None:
    """Every metric by variant, error bars of one standard deviation over seeds, as a PNG file."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    present = [v.name for v in study.variants if any(row.variant == v.name for row in rows)]
    ordered = len({variant.fusion for variant in study.variants}) == 1
    figure, panels = pyplot.subplots(1, len(METRICS), figsize=(4 * len(METRICS), 3.2), layout="constrained")
    for panel, metric in zip(panels, METRICS):
        series = [[getattr(row, metric) for row in rows if row.variant == name] for name in present]
        spread = [float(np.std(values)) for values in series]
        means = [float(np.mean(values)) for values in series]
        panel.errorbar(present, means, yerr=spread, fmt="o-" if ordered else "o", capsize=3)
        panel.set_title(f"{metric}, unknown region", fontsize=9)
        panel.tick_params(axis="x", rotation=30, labelsize=8)
    figure.suptitle(study.title, fontsize=10)
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def _line(study: Study, variant: Variant, rows: Sequence[Row]) -> list[str]:
    """A variant's cells; none where it has no row."""
    if not rows:
        return []
    cells = [variant.name, str(len(rows)), *(_spread([getattr(row, metric) for row in rows]) for metric in METRICS)]
    cells += [f"{rows[0].params / 1e6:.2f} M", f"{rows[0].gmac:.2f}"]
    cells.append(f"{np.median([row.ms_per_frame for row in rows]):.0f}")
    return cells + ([f"{value:g}" for value in variant.published] or ["—"] * len(study.published_metrics))


def _end_point(variant: Variant, errors: EndPointErrors) -> str:
    return f"{errors.own:.2f} (DIS: {errors.dis:.2f})" if variant.fusion == "flow" else "—"


def _spread(values: Sequence[float]) -> str:
    mean = f"{np.mean(values):.4g}"
    return f"{mean} ± {np.std(values):.2g}" if len(values) > 1 else mean


def _row(line: dict[str, str]) -> Row:
    numbers = {name: float(line[name]) for name in (*METRICS, "gmac", "ms_per_frame")}
    return Row(variant=line["variant"], seed=int(line["seed"]), params=int(line["params"]), **numbers)
