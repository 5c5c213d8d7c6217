"""The log of a training run: its rows, and the curves drawn of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from matplotlib import pyplot

from stfam.core.training.loop import trim_log
from stfam.core.training.sheet import plot_log


@pytest.mark.parametrize(
    ("log", "kept"),
    [
        ("step,loss\n50,1\n100,2\n", "step,loss\n50,1\n"),
        ("step,loss\n50,1\n60,2", "step,loss\n50,1\n"),
        ("\ufeffstep,loss\n50,1\n\n55,2,3\n57,?\n", "step,loss\n50,1\n"),
        ("step,loss\n100,2\n", None),
        ("step,loss\n100,", None),
        ("step,lo", None),
        ("", None),
    ],
    ids=["later rows", "a row cut short", "edited", "no row left", "nor a whole one", "half a head", "empty"],
)
def test_a_log_keeps_whole_rows_of_steps_that_are_not_done_again(log: str, kept: str | None, tmp_path: Path) -> None:
    path = tmp_path / "single.csv"
    path.write_text(log, "utf-8")
    trim_log(path, 60)
    assert (path.read_text() if path.is_file() else None) == kept


@pytest.mark.parametrize(
    ("smoothing", "drawn", "said"), [(0.0, [1, 3], "x"), (0.5, [1, 2], "x, running mean that keeps 0.5")]
)
def test_curves_are_as_measured_unless_smoothing_is_asked_for(
    smoothing: float, drawn: list[float], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    figures = []
    monkeypatch.setattr(pyplot, "close", figures.append)
    (tmp_path / "x.csv").write_text("step,MSE\n1,1\n2,3\n")
    plot_log(tmp_path / "x.csv", tmp_path / "x.png", smoothing=smoothing)
    (axes,) = figures[-1].axes
    assert list(axes.lines[0].get_ydata()) == drawn
    assert axes.get_title() == said


def test_a_log_of_one_row_shows_points(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    figures = []
    monkeypatch.setattr(pyplot, "close", figures.append)
    (tmp_path / "x.csv").write_text("step,MSE\n50,0.1\n")
    plot_log(tmp_path / "x.csv", tmp_path / "x.png")
    assert figures[-1].axes[0].lines[0].get_marker() == "."
