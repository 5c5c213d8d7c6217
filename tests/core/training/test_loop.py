"""The training loop: the loss falls, a run resumes to the same weights, and the stages fit together."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from stfam.core.errors import WeightsError, WriteError
from stfam.core.network.builders import build_matting, build_propagation
from stfam.core.network.config import MATTING, PROPAGATION
from stfam.core.network.matting import MattingNetwork
from stfam.core.network.propagation import PropagationNetwork
from stfam.core.network.weights import load_matting, save_weights
from stfam.core.training.batches import ClipBatches, loader
from stfam.core.training.loop import Trainer, append_log, rate_factor, trim_log
from stfam.core.training.principal_keys import start_from_principal_components
from stfam.core.training.sheet import matting_sheet, plot_log
from stfam.core.training.stages import STAGES, Stage
from stfam.core.training.synthesis.types import TrainingClip
from stfam.core.training.warm_start import warm_start

SIZE = 64


def moving_disc(rng: np.random.Generator, frames: int = 1, size: int = SIZE) -> TrainingClip:
    """A soft disc of one colour that moves over another: learnt in a few steps."""
    rows, columns = np.indices((size, size))
    start, speed = rng.uniform(size * 0.4, size * 0.6, 2), rng.uniform(-2, 2, 2)
    colours = rng.integers(0, 255, (2, 3))
    alphas = []
    for t in range(frames):
        centre = start + speed * t
        distance = np.hypot(rows - centre[0], columns - centre[1])
        alphas.append(np.clip((size * 0.25 - distance) / 6 + 0.5, 0, 1))
    alpha = np.stack(alphas).astype(np.float32)
    foreground, background = (np.broadcast_to(c, (frames, size, size, 3)).astype(np.uint8) for c in colours)
    image = (alpha[..., None] * foreground + (1 - alpha[..., None]) * background).astype(np.uint8)
    trimap = np.where(alpha < 0.01, 0, np.where(alpha > 0.99, 255, 128)).astype(np.uint8)
    grown = np.stack([np.where(np.abs(np.gradient(a)[0]) > 0, 128, m) for a, m in zip(alpha, trimap)]).astype(np.uint8)
    return TrainingClip(image, alpha, foreground, background, grown, "hard", False)


def _stage(name: str, **changes: object) -> Stage:
    small = {"batch": 2, "size": SIZE, "tile": 48, "steps": 30}
    return replace(STAGES[name], **{**small, **changes})  # type: ignore[arg-type]


def _trainer(stage: Stage, folder: Path) -> Trainer:
    torch.manual_seed(0)
    network: MattingNetwork | PropagationNetwork
    if stage.kind == "matting":
        network = build_matting(replace(MATTING["lite"], window=stage.window))
    else:
        network = build_propagation(PROPAGATION["lite"])
    return Trainer(network, stage, folder)


def _run(trainer: Trainer, until: int, every: int = 5) -> list[float]:
    def sampler(rng: np.random.Generator) -> TrainingClip:
        return moving_disc(rng, trainer.stage.frames)

    batches = loader(ClipBatches(sampler, seed=0, batch=trainer.stage.batch, start=trainer.step), workers=0)
    return [p.losses["loss"] for p in trainer.run(batches, until=lambda step: step >= until, report_every=every)]


def test_thirty_steps_of_matting_lower_the_loss(tmp_path: Path) -> None:
    trainer = _trainer(_stage("single", learning_rate=2e-2), tmp_path)
    assert isinstance(trainer.network, MattingNetwork)
    # An untrained network answers with the solved matte, which is right for a disc of one colour: spoil its start.
    trainer.network.refinement.head.bias.data[-1] = 0.4
    losses = _run(trainer, 30)
    assert len(losses) == 6
    assert losses[-1] < 0.9 * losses[0]


def test_thirty_steps_of_propagation_lower_the_loss(tmp_path: Path) -> None:
    losses = _run(_trainer(_stage("propagation", frames=3, batch=1, learning_rate=3e-3), tmp_path), 30)
    assert losses[-1] < 0.7 * losses[0]


def test_a_schedule_by_the_clock_ends_with_it_however_many_steps_that_makes(tmp_path: Path) -> None:
    trainer = _trainer(_stage("propagation", frames=3, batch=1, steps=10**6), tmp_path)
    trainer.minutes = 0.02
    _run(trainer, 10**6, every=1)
    assert 1 <= trainer.step < 10**6 and trainer.done >= 1
    group = trainer.optimiser.parts[0].param_groups[0]
    assert group["lr"] < trainer.stage.learning_rate * rate_factor(trainer.step, 0.4)


def test_a_run_that_goes_on_remembers_its_time_to_the_step_and_its_precision(tmp_path: Path) -> None:
    stage = _stage("propagation", frames=3, batch=1)
    first = _trainer(stage, tmp_path)
    _run(first, 2, every=50)
    assert first.record["seconds"] > 0
    first.save()
    second = Trainer(first.network, stage, tmp_path, precision=torch.bfloat16, minutes=1.0)
    assert second.precision == torch.float32
    assert second.done == pytest.approx(first.record["seconds"] / 60)


@pytest.mark.parametrize("name", ["temporal", "propagation"])
def test_a_run_that_stops_resumes_to_the_same_weights(name: str, tmp_path: Path) -> None:
    stage = _stage(name, batch=1, steps=4, frames=6 if name == "temporal" else 3)
    whole = _trainer(stage, tmp_path / "whole")
    _run(whole, 4)
    first = _trainer(stage, tmp_path / "parts")
    _run(first, 2)
    first.save()
    second = _trainer(stage, tmp_path / "parts")
    assert second.step == 2
    _run(second, 4)
    for key, value in whole.network.state_dict().items():
        assert torch.equal(value, second.network.state_dict()[key]), key
    for key, value in whole.average.values.items():
        assert torch.equal(value, second.average.values[key]), key


@pytest.mark.parametrize("begun", [False, True], ids=["at the start", "later"])
def test_of_two_runs_in_one_folder_one_is_told(begun: bool, tmp_path: Path) -> None:
    stage = _stage("propagation", frames=3, batch=1)
    if begun:
        _trainer(stage, tmp_path).save()
    one, other = _trainer(stage, tmp_path), _trainer(stage, tmp_path)
    for step in (1, 2):
        one.step = step
        one.save()
    with pytest.raises(WriteError, match=r"propagation\.safetensors was written by another run meanwhile"):
        other.save()
    assert _trainer(stage, tmp_path).step == 2


@pytest.mark.parametrize("name", ["single", "temporal"])
def test_what_is_frozen_stays_as_it_was_and_all_else_moves(name: str, tmp_path: Path) -> None:
    stage = _stage(name, batch=1)
    trainer = _trainer(stage, tmp_path)
    before = {k: v.clone() for k, v in trainer.network.state_dict().items()}
    _run(trainer, 2, every=1)
    moved = {k.partition(".")[0] for k, v in trainer.network.state_dict().items() if not torch.equal(v, before[k])}
    assert moved == {k.partition(".")[0] for k in before} - {"encoder", *stage.frozen}


def test_an_encoder_that_learns_keeps_its_statistics(tmp_path: Path) -> None:
    trainer = _trainer(replace(_stage("propagation", batch=1, frames=3), learning_rate=0.1, encoder_rate=0.1), tmp_path)
    before = {k: v.clone() for k, v in trainer.network.encoder.state_dict().items()}
    _run(trainer, 2, every=1)
    after = trainer.network.encoder.state_dict()
    moved = {k for k in before if not torch.equal(after[k], before[k])}
    assert moved == {k for k, _ in trainer.network.encoder.named_parameters()}


def test_a_stage_freezes_what_a_configuration_lacks_without_complaint(tmp_path: Path) -> None:
    network = build_matting(MATTING["paper"])
    assert network.context_network is None
    trainer = Trainer(network, _stage("temporal"), tmp_path)
    assert not any(p.requires_grad for p in network.reductions.parameters())
    assert len(trainer.parameters) == sum(p.requires_grad for p in network.parameters())


def test_a_larger_window_starts_from_single_frame_weights(tmp_path: Path) -> None:
    torch.manual_seed(0)
    single = build_matting(replace(MATTING["lite"], window=0))
    save_weights(single, tmp_path / "single.safetensors", kind="matting")
    wide = build_matting(MATTING["lite"])
    warm_start(wide, tmp_path / "single.safetensors")
    fuse = wide.state_dict()["fusions.8.fusion.fuse.weight"]
    width = MATTING["lite"].widths[8]
    assert fuse[:, : 2 * width].abs().max() == 0
    assert fuse[:, 2 * width : 3 * width].abs().max() > 0
    with pytest.raises(WeightsError, match="no weights to start from"):
        warm_start(wide, tmp_path / "missing.safetensors")


def test_weights_that_lack_newer_layers_start_them_afresh_and_strangers_are_refused(tmp_path: Path) -> None:
    network = build_matting(MATTING["lite"])
    older = {k: v + 1 for k, v in network.state_dict().items() if not k.startswith("context_network.trunk")}
    save_file(older, str(tmp_path / "older.safetensors"))
    fresh = {k: v.clone() for k, v in network.state_dict().items()}
    warm_start(network, tmp_path / "older.safetensors")
    for key, value in network.state_dict().items():
        assert torch.equal(value, older.get(key, fresh[key])), key
    save_file({**older, "stranger.weight": torch.zeros(1)}, str(tmp_path / "other.safetensors"))
    with pytest.raises(WeightsError, match=r"has no stranger\.weight"):
        warm_start(network, tmp_path / "other.safetensors")


INTERRUPTED = """
import os, signal, time
import numpy as np
from stfam.core.optical_flow import dis_flow
from stfam.core.training.batches import ClipBatches, loader
from stfam.core.training.synthesis.types import TrainingClip

PICTURE = np.random.default_rng(0).integers(0, 255, (256, 256, 3), np.uint8)

def sampler(rng):
    dis_flow(PICTURE, PICTURE)
    pixels, field = np.zeros((1, 8, 8, 3), np.uint8), np.zeros((1, 8, 8), np.float32)
    return TrainingClip(pixels, field, pixels, pixels, field.astype(np.uint8), "hard", False)

if __name__ == "__main__":
    dis_flow(PICTURE, PICTURE)  # on OpenCV's threads, as measuring between two runs does
    time.sleep(0.5)  # until they are idle
    asked = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *given: asked.append(given[0]))
    batches = iter(loader(ClipBatches(sampler, seed=0, batch=1), workers=2))
    next(batches), next(batches)  # one of each worker: both are up
    for number in (signal.SIGINT, signal.SIGTERM):
        os.killpg(os.getpgid(0), number)
    print(sum(next(batches).image.shape == (1, 1, 3, 8, 8) for _ in range(40)), len(asked))
    raise RuntimeError("the loader is left as it is")
"""


def test_a_signal_to_the_whole_group_leaves_the_samples_coming_and_the_exit_takes_them_away(tmp_path: Path) -> None:
    (tmp_path / "interrupted.py").write_text(INTERRUPTED)
    ran = subprocess.run(
        [sys.executable, str(tmp_path / "interrupted.py")],
        capture_output=True,
        text=True,
        timeout=240,
        start_new_session=True,
        check=False,
    )
    assert ran.stdout.split() == ["40", "2"], ran.stderr
    assert "the loader is left as it is" in ran.stderr


def test_log_curves_and_sheet(tmp_path: Path) -> None:
    trainer = _trainer(_stage("single"), tmp_path)
    batches = loader(ClipBatches(moving_disc, seed=0, batch=2), workers=0)
    for progress in trainer.run(batches, until=lambda step: step >= 2, report_every=1):
        append_log(tmp_path / "single.csv", progress)
    plot_log(tmp_path / "single.csv", tmp_path / "curves.png")
    assert (tmp_path / "single.csv").read_text().count("\n") == 3
    trim_log(tmp_path / "single.csv", 1)
    assert (tmp_path / "single.csv").read_text().splitlines()[1].startswith("1,")
    assert (tmp_path / "single.csv").read_text().count("\n") == 2
    assert (tmp_path / "curves.png").stat().st_size > 1000
    assert isinstance(trainer.network, MattingNetwork)
    sheet = matting_sheet(trainer.network.eval(), next(iter(batches)).to(trainer.device))
    assert sheet.shape == (2 * SIZE, 5 * SIZE, 3)


def test_weights_that_were_averaged_load_again(tmp_path: Path) -> None:
    trainer = _trainer(_stage("single"), tmp_path)
    _run(trainer, 2, every=1)
    trainer.network.load_state_dict(trainer.average.values)
    save_weights(trainer.network, tmp_path / "w.safetensors", kind="matting")
    assert load_matting(str(tmp_path / "w.safetensors")).config.window == 0


def test_keys_start_from_principal_components() -> None:
    torch.manual_seed(0)
    network = build_propagation(PROPAGATION["lite"])
    start_from_principal_components(network, torch.rand(4, 3, 64, 64))
    rows = network.project.weight.detach().flatten(1)
    assert torch.allclose(rows @ rows.T, torch.eye(rows.shape[0]), atol=1e-4)


def test_the_rate_warms_up_and_decays() -> None:
    factors = [rate_factor(step, step / 1000) for step in (0, 100, 500, 1000)]
    assert factors[0] < 0.02
    assert factors[1] > 0.9
    assert factors[3] == pytest.approx(0.01)
    assert factors == [factors[0], *sorted(factors[1:], reverse=True)]
