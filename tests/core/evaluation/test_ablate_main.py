"""`stfam ablate` from samples and clips on disk to a study's table, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from stfam.core.errors import OutputError, UsageError
from stfam.core.evaluation import ablate_main
from stfam.core.evaluation.study_report import read_rows


@pytest.mark.parametrize(
    "given",
    [
        pytest.param(["temporal"], id="no-samples"),
        pytest.param(["temporal", "--dataset", "coco:somewhere"], id="unknown-layout"),
        pytest.param(["losses", "--variants", "n = 9", "--dataset", "dvm:x"], id="unknown-variant"),
        pytest.param(
            ["losses", "--foregrounds", "x", "--backgrounds", "x", "--cost-size", "60", "64"], id="odd-cost-size"
        ),
    ],
)
def test_a_request_that_makes_no_sense_is_refused(given: list[str]) -> None:
    with pytest.raises(UsageError):
        ablate_main.main(given)


@pytest.mark.parametrize("given", ["--seeds 0", "--budget 0", "--tile 20", "--config nope", "--steps -1"])
def test_a_value_that_makes_no_sense_is_refused(given: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        ablate_main.main(["losses", *given.split()])
    assert caught.value.code == 2
    assert f"argument {given.split()[0]}: " in capsys.readouterr().err


def _write_samples(root: Path) -> list[str]:
    rng = np.random.default_rng(0)
    texture = cv2.resize(rng.integers(0, 255, (12, 12, 3), np.uint8), (160, 160), interpolation=cv2.INTER_CUBIC)
    rows, columns = np.indices((160, 160))
    alpha = ((50 - np.hypot(rows - 80, columns - 80)) / 20).clip(0, 1) * 255
    for folder in ("foregrounds", "backgrounds"):
        (root / folder).mkdir()
    cv2.imwrite(str(root / "foregrounds/disc.png"), np.dstack([texture, alpha.astype(np.uint8)]))
    cv2.imwrite(str(root / "backgrounds/wall.png"), texture[::-1])
    return ["--foregrounds", str(root / "foregrounds"), "--backgrounds", str(root / "backgrounds")]


def test_the_command_writes_a_study_and_does_only_what_is_left(
    start: Path,
    make_clip,
    store_clips,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ablate_main, "FLOW_PAIRS", 2)
    clips = store_clips(make_clip("hair-0", frames=2))
    given = ["fusion", "--variants", "naive", "flow", *_write_samples(tmp_path), "--clips", str(clips)]
    given += [
        "--start",
        str(start),
        "--steps",
        "1",
        "--flow-steps",
        "1",
        "--fitting-steps",
        "2",
        "--batch",
        "1",
        "--size",
        "64",
        "--tile",
        "32",
        "--cost-size",
        "64",
        "64",
    ]
    given += ["--workers", "0", "--out", str(tmp_path / "out"), "--work", str(tmp_path / "work"), "--threads", "1"]
    assert ablate_main.main(given) == 0
    rows = read_rows(tmp_path / "out" / "fusion.csv")
    assert [row.variant for row in rows] == ["naive", "flow"]
    text = (tmp_path / "out" / "fusion.md").read_text()
    assert "| end-point error, px (2 pairs) |" in text and text.count("(DIS: ") == 1
    assert "stfam ablate fusion" in text
    assert (tmp_path / "out" / "fusion.png").is_file()
    capsys.readouterr()
    assert ablate_main.main([*given, "--seeds", "1"]) == 0
    assert read_rows(tmp_path / "out" / "fusion.csv") == rows
    assert ablate_main.main([*given, "--costs"]) == 0
    again = read_rows(tmp_path / "out" / "fusion.csv")
    assert [(row.variant, row.SAD, row.params, row.gmac) for row in again] == [
        (row.variant, row.SAD, row.params, row.gmac) for row in rows
    ], "what was trained stays as it is"
    assert all(new.ms_per_frame != old.ms_per_frame for new, old in zip(again, rows, strict=True))
    rows = again
    elsewhere = [str(tmp_path / "elsewhere") if value == str(tmp_path / "work") else value for value in given]
    elsewhere[elsewhere.index("flow")] = "st_fam"
    assert ablate_main.main(elsewhere) == 0
    assert [row.variant for row in read_rows(tmp_path / "out" / "fusion.csv")] == ["st_fam", "naive"], (
        "rows of another study in the folder of the results are no part of this one"
    )
    with pytest.raises(UsageError, match="steps"):
        ablate_main.main([*given, "--steps", "5"])
    with pytest.raises(UsageError, match="flow"):
        ablate_main.main([*given, "--flow", "dis"])
    store_clips(make_clip("hair-1", frames=2))
    with pytest.raises(UsageError, match="other clips"):
        ablate_main.main([*given, "--only", "hair-*"])


def test_a_study_lies_where_its_checkpoints_do_unless_a_folder_is_given(
    start: Path, make_clip, store_clips, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A trial, pasted into the repository, leaves the studies of the documentation as they are."""
    (tmp_path / "docs/studies").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    clips = store_clips(make_clip("hair-0", frames=2))
    given = ["losses", "--variants", "Diff", *_write_samples(tmp_path), "--clips", str(clips), "--start", str(start)]
    given += ["--steps", "1", "--batch", "1", "--size", "64", "--tile", "32", "--cost-size", "64", "64"]
    assert ablate_main.main([*given, "--workers", "0", "--threads", "1"]) == 0
    assert {p.name for p in (tmp_path / "build/studies/losses").glob("losses.*")} == {
        "losses.csv",
        "losses.md",
        "losses.png",
    }
    assert not any((tmp_path / "docs/studies").iterdir())
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(OutputError, match="taken cannot be written to"):
        ablate_main.main([*given, "--work", str(tmp_path / "elsewhere"), "--out", str(tmp_path / "taken")])
    assert not any((tmp_path / "elsewhere/losses").iterdir()), "it is said before anything is trained"
