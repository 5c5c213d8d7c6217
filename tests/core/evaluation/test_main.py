"""`stfam evaluate` from clips and weights on disk to the table, the figures and the sheets."""

from __future__ import annotations

import argparse
import errno
import json
import os
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from stfam.core.errors import InputError, OutputError, UsageError, WriteError
from stfam.core.evaluation import main as command
from stfam.core.evaluation.benchmark import Result, evaluate_matting
from stfam.core.evaluation.predictions import matte_clip, propagate_clip
from stfam.core.network.builders import build_matting, build_propagation
from stfam.core.network.config import MATTING, PROPAGATION
from stfam.core.network.weights import load_matting, load_propagation, save_weights
from stfam.core.training.synthesis.validation import PROPAGATION as CARRIED
from stfam.core.training.synthesis.validation import plans


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("weights")
    save_weights(build_matting(MATTING["lite"]), folder / "tiny-matting.safetensors", kind="matting")
    save_weights(build_propagation(PROPAGATION["lite"]), folder / "tiny-propagation.safetensors", kind="propagation")
    return folder


def test_a_clips_mattes_are_known_where_its_trimaps_are(weights: Path, make_clip) -> None:
    clip = make_clip("a", frames=2)
    network = load_matting(str(weights / "tiny-matting.safetensors"))
    alphas = matte_clip(network, clip.images, clip.trimaps)
    assert alphas.shape == clip.alpha.shape
    known = clip.trimaps != 128
    assert np.array_equal(alphas[known], clip.trimaps[known] / np.float32(255))
    with pytest.raises(UsageError, match="a window of 3"):
        matte_clip(network, clip.images, clip.trimaps, window=3)


def test_the_key_comes_back_verbatim(weights: Path, make_clip) -> None:
    clip = make_clip("a", frames=3)
    network = load_propagation(str(weights / "tiny-propagation.safetensors"))
    trimaps = propagate_clip(network, clip.images, clip.trimaps[0])
    assert trimaps.shape == clip.trimaps.shape
    assert np.array_equal(trimaps[0], clip.trimaps[0])
    assert set(np.unique(trimaps)) <= {0, 128, 255}


def test_the_quick_look_leaves_the_network_in_training(weights: Path, make_clip) -> None:
    network = load_matting(str(weights / "tiny-matting.safetensors")).train()
    scores = evaluate_matting(network, [make_clip("a", frames=2), make_clip("b", purpose=CARRIED)])
    assert set(scores) == {"SAD", "MSE", "dtSSD"}
    assert min(scores.values()) > 0
    assert network.training


def test_clips_that_need_a_render_are_left_out_and_named(
    make_clip, store_clips, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clips = store_clips(make_clip("smoke-0", frames=2))
    monkeypatch.setattr(command, "build", lambda *_, **__: ["render-0", "carried-render-7"])
    with pytest.raises(InputError, match=r"hair\*"):
        command.main(["--clips", str(clips), "--images", str(clips), "--only", "hair*", "--workers", "1"])
    assert "Left out, for want of a render of --renders: render-0, carried-render-7." in capsys.readouterr().err


def test_a_full_disk_leaves_the_table_that_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    (tmp_path / "validation.md").write_text("the one before")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(WriteError, match=r"validation\.md could not be written: No space left"):
        command._write(Result(), [], tmp_path, argparse.Namespace(weights="lite"))
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("validation.md", "the one before")]


def test_the_command_writes_table_figures_and_sheets(
    weights: Path, make_clip, store_clips, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clips = store_clips(
        make_clip("hair-0", kind="hair", frames=2), make_clip("carried-hair-0", kind="hair", frames=2, purpose=CARRIED)
    )
    given = ["--clips", str(clips), "--out", str(tmp_path / "out"), "--sheets", str(tmp_path / "sheets")]
    given += ["--weights", str(weights / "tiny-matting.safetensors")]
    given += ["--propagation-weights", str(weights / "tiny-propagation.safetensors")]
    given += ["--single", str(weights / "tiny-matting.safetensors")]
    assert command.main([*given, "--baselines", "flat", "--workers", "1", "--json"]) == 0
    figures = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert figures["n = 2 over n = 0 of equal training: SAD"]["value"] == pytest.approx(1.0)
    assert figures["SAD with a trimap a frame, ratio to closed-form"]["value"] > 0
    stored = json.loads((tmp_path / "out" / "validation.json").read_text())
    assert {row["method"] for row in stored["mattes"]} == {"ours", "ours, n = 0", "closed_form", "flat"}
    assert "SHA-256" in stored["notes"][0]
    assert "| hair-0 | hair | ours |" in (tmp_path / "out" / "validation.md").read_text()
    assert {p.name for p in (tmp_path / "sheets").iterdir()} == {"hair-0.png", "carried-hair-0.png"}


def _named(weights: Path) -> list[str]:
    given = ["--weights", str(weights / "tiny-matting.safetensors"), "--workers", "1"]
    return [*given, "--propagation-weights", str(weights / "tiny-propagation.safetensors")]


@pytest.mark.parametrize(
    ("only", "baselines", "lack"),
    [
        ("hair-*", ["flat", "knn"], "1 of the validation set's 2 clips"),
        ("*", ["flat"], "the baselines flat of flat, knn"),
    ],
    ids=["some clips", "some baselines"],
)
def test_a_table_of_less_never_replaces_that_of_the_weights(
    weights: Path,
    make_clip,
    store_clips,
    monkeypatch: pytest.MonkeyPatch,
    only: str,
    baselines: list[str],
    lack: str,
) -> None:
    monkeypatch.setattr(command, "plans", lambda: [plan for plan in plans() if plan.name in ("hair-0", "fur-0")])
    clips = store_clips(make_clip("hair-0", frames=2), make_clip("fur-0", frames=2))
    (weights / "validation.md").write_text("the table of the weights")
    given = ["--clips", str(clips), "--only", only, *_named(weights), "--baselines", *baselines]
    with pytest.raises(UsageError, match=f"{lack}: give --out"):
        command.main(given)
    assert (weights / "validation.md").read_text() == "the table of the weights"


def test_the_whole_table_goes_beside_the_weights(
    weights: Path, make_clip, store_clips, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "plans", lambda: [plan for plan in plans() if plan.name == "hair-0"])
    clips = store_clips(make_clip("hair-0", frames=2))
    assert command.main(["--clips", str(clips), *_named(weights)]) == 0
    assert "| hair-0 |" in (weights / "validation.md").read_text()


@pytest.mark.parametrize("option", ["--out", "--sheets"])
def test_a_folder_that_cannot_be_written_to_is_said_before_anything_is_measured(
    option: str, weights: Path, make_clip, store_clips, tmp_path: Path
) -> None:
    clips = store_clips(make_clip("hair-0", frames=2))
    (tmp_path / "taken").write_text("a file")
    given = ["--clips", str(clips), "--out", str(tmp_path / "out"), option, str(tmp_path / "taken"), *_named(weights)]
    with pytest.raises(OutputError, match="taken cannot be written to"):
        command.main(given)


def test_no_clip_of_that_name_is_an_error(weights: Path, make_clip, store_clips) -> None:
    clips = store_clips(make_clip("hair-0"))
    with pytest.raises(InputError, match="smoke"):
        command.main(["--clips", str(clips), "--only", "smoke*", "--workers", "1"])


def test_a_data_sets_clips_are_measured_too(weights: Path, tmp_path: Path, make_clip) -> None:
    clip = make_clip("a", frames=2)
    for t in range(2):
        for part, picture in (
            ("pha", np.rint(clip.alpha[t] * 255).astype(np.uint8)),
            ("com", clip.images[t][..., ::-1]),
        ):
            path = tmp_path / "set" / part / "0001" / f"{t:04d}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            assert cv2.imwrite(str(path), picture)
    given = ["--dataset", f"youtubematte:{tmp_path / 'set'}", "--out", str(tmp_path / "out"), "--workers", "1"]
    given += ["--weights", str(weights / "tiny-matting.safetensors"), "--baselines"]
    given += ["--propagation-weights", str(weights / "tiny-propagation.safetensors")]
    assert command.main(given) == 0
    stored = json.loads((tmp_path / "out" / "validation.json").read_text())
    assert [row["clip"] for row in stored["mattes"]] == ["0001", "0001"]
    assert all(np.isfinite(row["unknown"]["SAD"]) for row in stored["mattes"])
    still = next(row for row in stored["figures"] if row["name"].startswith("a still"))
    assert (still["value"], still["reached"]) == (None, False)
