"""`stfam train` on a folder of pictures: every stage leaves weights that the next one starts from."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from torch import Tensor

from stfam.core.errors import InputError, OutputError, UsageError, WeightsError
from stfam.core.network.weights import load_matting, load_propagation
from stfam.core.training.batches import Batch
from stfam.core.training.loop import Trainer
from stfam.core.training.main import main

SIDE = 96


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Layout `folders`: a soft disc with alpha that moves, and a wall."""
    root = tmp_path_factory.mktemp("dataset")
    texture = cv2.resize(np.random.default_rng(0).integers(0, 255, (9, 9, 3), np.uint8), (SIDE, SIDE))
    rows, columns = np.indices((SIDE, SIDE))
    for name in ("foregrounds", "backgrounds"):
        (root / name).mkdir()
    for t in range(12):
        alpha = ((30 - np.hypot(rows - 48, columns - 40 - t)) / 8).clip(0, 1) * 255
        cv2.imwrite(str(root / f"foregrounds/disc.{t:04d}.png"), np.dstack([texture, alpha.astype(np.uint8)]))
    cv2.imwrite(str(root / "backgrounds/wall.png"), texture[::-1])
    return root


def _train(stage: str, dataset: Path, out: Path, *more: str) -> None:
    given = [stage, "--dataset", f"folders:{dataset}", "--out", str(out), "--steps", "1", "--batch", "2"]
    given += ["--size", "64", "--tile", "48", "--workers", "0", "--threads", "1"]
    assert main([*given, *more]) == 0


def test_the_stages_follow_one_another_on_a_data_set(dataset: Path, tmp_path: Path) -> None:
    _train("single", dataset, tmp_path)
    single = tmp_path / "single-matting.safetensors"
    assert load_matting(str(single), "cpu").config.window == 0
    assert (tmp_path / "single-sheet.png").is_file()
    _train("propagation", dataset, tmp_path)
    carrier = tmp_path / "propagation-propagation.safetensors"
    assert load_propagation(str(carrier), "cpu").config.name == "lite"
    _train("joint", dataset, tmp_path, "--start", str(single), "--propagation", str(carrier))
    assert load_matting(str(tmp_path / "joint-matting.safetensors"), "cpu").config.window == 2


def test_a_run_that_goes_on_says_so_and_with_which_other_terms(
    dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _train("single", dataset, tmp_path)
    said = capsys.readouterr()
    assert "Goes on" not in said.err
    assert said.out.splitlines()[-1] == f"Done at step 1: {tmp_path / 'single-matting.safetensors'}"
    _train("single", dataset, tmp_path)
    assert f"Goes on from step 1 of {tmp_path / 'single.safetensors'}; give another" in capsys.readouterr().err
    other = ["--seed", "3", "--tile", "32", "--start", "other.safetensors", "--propagation", "its.safetensors"]
    _train("single", dataset, tmp_path, *other, "--within", "5", "--minutes", "0")
    assert "begun with other propagation, seed, start, tile, within;" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--start", "checkpoint"])
def test_damaged_weights_are_named(option: str, dataset: Path, tmp_path: Path) -> None:
    (tmp_path / "single.safetensors").write_text("# Notes")
    more = ["--start", str(tmp_path / "single.safetensors")] if option == "--start" else []
    with pytest.raises(WeightsError, match=r"single\.safetensors is damaged"):
        _train("single", dataset, tmp_path / "new" if more else tmp_path, *more)


@pytest.mark.parametrize(
    "given",
    [
        "--steps -5",
        "--steps 0",
        "--config nope",
        "--batch 0",
        "--seed -1",
        "--tile 20",
        "--tile 8",
        "--size 32",
        "--size 72",
        "--learning-rate 0",
        "--within nan",
        "--workers -1",
    ],
)
def test_options_that_make_no_sense_are_refused_at_once(
    given: str, dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        _train("single", dataset, tmp_path, *given.split())
    assert caught.value.code == 2
    option, value = given.split()
    assert option in capsys.readouterr().err.splitlines()[-1]
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("stage", "given", "said"),
    [
        ("temporal", "--frames 4", "at least 5 frames; got --frames 4"),
        ("joint", "--frames 4", "at least 5 frames"),
        ("temporal", "", "leaves context_network and reductions as an earlier one taught them: give --start"),
        ("propagation", "--frames 2", "at least 3 frames"),
        ("single", "--size 64 --tile 128", "--tile 128 is more than --size 64"),
        ("single", "--size 96 --batch 1", "give --batch 2"),
    ],
)
def test_options_that_do_not_go_together_are_refused(
    stage: str, given: str, said: str, dataset: Path, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=said):
        _train(stage, dataset, tmp_path, *given.split())


def test_a_shortest_sample_trains_and_is_shown(dataset: Path, tmp_path: Path) -> None:
    _train("joint", dataset, tmp_path, "--frames", "5", "--batch", "1")
    _train("propagation", dataset, tmp_path, "--frames", "3", "--batch", "1", "--steps", "4")
    assert (tmp_path / "joint-sheet.png").is_file() and (tmp_path / "propagation-sheet.png").is_file()


def test_a_tile_is_no_larger_than_a_smaller_frame(dataset: Path, tmp_path: Path) -> None:
    given = ["single", "--dataset", f"folders:{dataset}", "--out", str(tmp_path), "--size", "64", "--batch", "2"]
    assert main([*given, "--steps", "1", "--workers", "0", "--threads", "1"]) == 0


def test_a_run_that_was_killed_before_its_first_save_begins_anew(dataset: Path, tmp_path: Path) -> None:
    (tmp_path / "single.csv").write_text("step,loss\n50,1\n")
    _train("single", dataset, tmp_path)
    assert (tmp_path / "single-sheet.png").is_file() and not (tmp_path / "single.csv").exists()


def test_a_folder_that_cannot_be_written_to_is_said_at_once(dataset: Path, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(OutputError, match="taken cannot be written to"):
        _train("single", dataset, tmp_path / "taken")


def test_clips_that_a_stage_is_not_measured_on_are_refused(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stfam.core.training.main.validation_set", lambda folder: [])
    with pytest.raises(InputError, match="clips holds no propagation clip, which 'propagation' is measured on"):
        _train("propagation", dataset, tmp_path, "--clips", "clips")


@pytest.fixture(params=["SIGINT", "SIGHUP"])
def stop(request: pytest.FixtureRequest) -> Iterator[signal.Signals]:
    """A signal that stops, as in a terminal, also where the tests themselves run under `nohup`."""
    if not hasattr(signal, request.param):
        pytest.skip("Windows does not tell of a terminal that closes")
    number = signal.Signals[request.param]
    before = signal.getsignal(number)
    signal.signal(number, signal.SIG_DFL)
    yield number
    signal.signal(number, before)


def test_a_run_that_is_stopped_saves_and_says_so(
    stop: signal.Signals,
    dataset: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    learn = Trainer.learn

    def learn_and_stop(trainer: Trainer, batch: Batch) -> dict[str, Tensor]:
        signal.raise_signal(stop)
        return learn(trainer, batch)

    monkeypatch.setattr(Trainer, "learn", learn_and_stop)
    given = ["single", "--dataset", f"folders:{dataset}", "--out", str(tmp_path), "--steps", "3", "--size", "64"]
    assert main([*given, "--batch", "2", "--workers", "0", "--threads", "1"]) == (130 if stop == signal.SIGINT else 143)
    assert "Stopped at step 1; the same command goes on from there." in capsys.readouterr().err
    assert (tmp_path / "single.safetensors").is_file() and signal.getsignal(stop) == signal.SIG_DFL


@pytest.mark.parametrize("given", [[], ["--foregrounds", "a"], ["--dataset", "folders:a", "--backgrounds", "b"]])
def test_clips_come_from_one_place(given: list[str], tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        main(["single", "--out", str(tmp_path), *given])


def test_a_data_set_without_clips_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no 'train' clips"):
        main(["single", "--dataset", f"dvm:{tmp_path}", "--out", str(tmp_path / "out")])
