"""Time and memory over resolution, window, share of unknown pixels and length of the clip, as a table and a plot."""

from __future__ import annotations

import csv
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

from stfam.core.child_command import child_command
from stfam.core.errors import StfamError, UsageError
from stfam.core.media.matte_writer import prepare_folder

POINTS: dict[str, tuple[tuple[str, str], ...]] = {
    "size": tuple(("--size", size) for size in ("640x360", "1024x576", "1280x720", "1920x1080", "2560x1440")),
    "window": tuple(("--window", str(window)) for window in (0, 1, 2)),
    "unknown": tuple(("--unknown", str(share)) for share in (0.02, 0.05, 0.1, 0.25, 0.5, 1.0)),
    "frames": tuple(("--frames", str(count)) for count in (2, 8, 32)),
}
"""What is varied, one at a time, about 1280x720, n = 2, 10 % unknown."""

CENTRE = {"--size": "1280x720", "--window": "2", "--unknown": "0.1"}

Row = tuple[str, str, float, float, float]
COLUMNS = ("varied", "value", "matte_ms", "propagate_ms", "memory_mib")


def sweep(folder: Path, device: str, frames: int) -> Iterator[str]:
    """Measure each point in a process of its own, so that its memory is its own; writes sweep.csv and sweep.svg.

    Points that sweep.csv holds already are not measured again: an interrupted sweep goes on.

    Args:
        folder: of the table and the plot.
        device: as of `--device`.
        frames: timed at each point, except where their number is what is varied.

    Yields:
        A line of the table as it is measured.

    Raises:
        UsageError: matplotlib is not installed. OutputError: the folder cannot be written to. StfamError: a
            measurement failed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise UsageError("The plot needs matplotlib: pip install 'stfam[training]'.") from error
    prepare_folder(folder)
    path = folder / "sweep.csv"
    rows = _measured_before(path)
    done = {row[:2] for row in rows}
    with path.open("a", newline="", encoding="utf-8") as stream:
        table = csv.writer(stream)
        if not rows:
            table.writerow(COLUMNS)
        for varied, option, value in _points():
            if (varied, value) in done:
                continue
            measured = _measured({**CENTRE, "--frames": str(frames), "--device": device, option: value})
            row = (varied, value, *measured)
            rows.append(row)
            table.writerow((*row[:2], *(f"{number:.1f}" for number in row[2:])))
            stream.flush()
            yield f"{varied} {value}: matte {row[2]:.0f} ms, propagate {row[3]:.0f} ms, {row[4]:.0f} MiB"
    figure = Figure(figsize=(10, 5.5), layout="constrained")
    _plot(figure, rows)
    figure.savefig(folder / "sweep.svg")


def _points() -> Iterator[tuple[str, str, str]]:
    for varied, points in POINTS.items():
        for option, value in points:
            yield varied, option, value


def _measured_before(path: Path) -> list[Row]:
    if not path.is_file():
        return []
    with path.open(newline="", encoding="utf-8") as stream:
        lines = list(csv.DictReader(stream))
    return [
        (line["varied"], line["value"], float(line["matte_ms"]), float(line["propagate_ms"]), float(line["memory_mib"]))
        for line in lines
    ]


def _measured(options: dict[str, str]) -> tuple[float, float, float]:
    """Milliseconds of matting and of propagating a frame, and MiB of memory."""
    arguments = [part for pair in options.items() for part in pair]
    command = child_command("stfam.plugin.cli", "benchmark", "--json", *arguments)
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise StfamError(f"{' '.join(arguments)} could not be measured: {done.stderr.strip()}")
    found = json.loads(done.stdout)
    return found["matte"]["milliseconds"], found["propagate"]["milliseconds"], found["memory_bytes"] / 2**20


def _plot(figure: object, rows: list[Row]) -> None:
    from matplotlib.figure import Figure

    assert isinstance(figure, Figure)
    titles = {"size": "resolution", "window": "n", "unknown": "share unknown", "frames": "frames timed in one run"}
    axes = figure.subplots(2, len(POINTS), sharey="row", squeeze=False)
    for column, varied in enumerate(POINTS):
        mine = [row for row in rows if row[0] == varied]
        names = [row[1] for row in mine]
        axes[0][column].plot(names, [row[2] for row in mine], "o-", label="matte")
        axes[0][column].plot(names, [row[3] for row in mine], "s--", label="propagate")
        axes[1][column].plot(names, [row[4] for row in mine], "o-", color="tab:green")
        axes[1][column].set_xlabel(titles[varied])
        axes[1][column].tick_params(axis="x", rotation=30)
        axes[0][column].tick_params(axis="x", labelbottom=False)
        for row in (0, 1):
            axes[row][column].grid(alpha=0.3)
    for row in (0, 1):  # shared along a row, and so set once everything is drawn
        axes[row][0].set_ylim(bottom=0)
    axes[0][0].set_ylabel("ms a frame")
    axes[1][0].set_ylabel("memory, MiB")
    axes[0][0].legend()
