"""What a study writes down: its CSV, its table and its plot."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from stfam.core.errors import WriteError
from stfam.core.evaluation.ablations import Row
from stfam.core.evaluation.studies import FUSION, Study, Variant
from stfam.core.evaluation.study_report import COLUMNS, markdown, plot, read_rows, write_rows
from stfam.core.training.flow_training import EndPointErrors

PAIR = Study(
    "pair", "Two windows", (Variant("n = 0", window=0), Variant("n = 1", window=1, published=(1.0,))), ("SAD",)
)


def test_rows_survive_the_csv(tmp_path: Path) -> None:
    rows = [
        Row("n = 0", 0, 1.5, 0.01, 20.0, 3_000_000, 1.25, 90.0),
        Row("n = 1", 1, 1.4, 0.009, 18.0, 3_100_000, 2.5, 150.0),
    ]
    write_rows(tmp_path / "study.csv", rows)
    assert read_rows(tmp_path / "study.csv") == rows
    header = (tmp_path / "study.csv").read_text().splitlines()[0]
    assert header == "variant,seed,SAD,MSE,dtSSD,params,gmac,ms_per_frame" == ",".join(COLUMNS)
    assert read_rows(tmp_path / "none.csv") == []


def test_a_full_disk_is_said_and_leaves_the_rows_that_were_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [Row("n = 0", 0, 1.5, 0.01, 20.0, 3_000_000, 1.25, 90.0)]
    write_rows(tmp_path / "study.csv", rows)

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(WriteError, match=r"study\.csv could not be written: No space left"):
        write_rows(tmp_path / "study.csv", rows * 2)
    assert read_rows(tmp_path / "study.csv") == rows
    assert [p.name for p in tmp_path.iterdir()] == ["study.csv"]


def test_the_table_has_means_spreads_and_the_papers_numbers(tmp_path: Path) -> None:
    rows = [Row("n = 1", seed, sad, 0.01, 20.0, 3_000_000, 1.25, 90.0) for seed, sad in enumerate((1.0, 2.0))]
    text = markdown(PAIR, rows, ["100 steps"])
    assert "- 100 steps" in text
    assert "| n = 1 | 2 | 1.5 ± 0.5 | 0.01 ± 0 | 20 ± 0 | 3.00 M | 1.25 | 90 | 1 |" in text
    assert "n = 0" not in text
    plot(PAIR, rows, tmp_path / "plot.png")
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")


def test_only_flow_fusion_has_an_end_point_error() -> None:
    rows = [Row(variant.name, 0, 1.5, 0.01, 20.0, 3_000_000, 1.25, 90.0) for variant in FUSION.variants]
    text = markdown(FUSION, rows, [], EndPointErrors(own=12.6, dis=5.2, pairs=24))
    assert [line.split(" | ")[0] for line in text.splitlines() if "12.60 (DIS: 5.20)" in line] == ["| flow"]
