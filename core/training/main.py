"""`stfam train`: one stage on synthetic clips, warm-started, resumable, with a log, curves and sample sheets."""

from __future__ import annotations

import argparse
import dataclasses
import functools
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch

from stfam.core.argument_parser import ArgumentParser
from stfam.core.engine.device_memory import choose_device
from stfam.core.errors import InputError, UsageError, WriteError
from stfam.core.media.matte_writer import prepare_folder
from stfam.core.network.builders import build_matting, build_propagation
from stfam.core.network.config import MATTING, PROPAGATION
from stfam.core.network.encoder import load_imagenet
from stfam.core.network.matting import MattingNetwork
from stfam.core.network.propagation import PropagationNetwork
from stfam.core.network.weights import save_weights
from stfam.core.option_values import not_negative, positive, whole
from stfam.core.training.batches import Batch, ClipBatches, Sampler, collate, loader
from stfam.core.training.clip_source import ClipSource, open_clip_source
from stfam.core.training.clips import joint_clip, propagation_clip
from stfam.core.training.datasets import LAYOUTS
from stfam.core.training.loop import Progress, Trainer, append_log, training_precision, trim_log
from stfam.core.training.principal_keys import start_from_principal_components
from stfam.core.training.sheet import matting_sheet, plot_log, propagation_sheet, save_picture
from stfam.core.training.stages import STAGES, Stage
from stfam.core.training.stop_signal import StopSignal
from stfam.core.training.synthesis.types import TrainingClip
from stfam.core.training.synthesis.validation import validation_set
from stfam.core.training.validation_curve import ValidationCurve, one_of_each_kind, purpose_of
from stfam.core.training.warm_start import warm_start
from stfam.core.training.windows import windowed_clip

SHEET_SEED = 7
CURVE_SMOOTHING = 0.8
CUDA_BATCHES = 8
"""How many times the samples of a step on two CPU cores a GPU takes at a time: an H100 takes no longer for them."""
BEGUN_WITH = ("config", "start", "propagation", "foregrounds", "backgrounds", "dataset", "within")
"""What a run is begun with besides its seed and its stage's terms."""
CHANGEABLE = ("steps", "batch", "size", "tile", "frames", "echo", "learning_rate", "encoder_rate")
"""Terms of a stage that have an option."""
ALONE_SIZE = 128
"""From here on the smallest proxy of a frame has several pixels at stride 32, which batch normalisation needs."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one stage; returns the exit status."""
    arguments = _parser().parse_args(argv)
    torch.manual_seed(arguments.seed)
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    device = choose_device(arguments.device)
    stage = _stage(arguments, device)
    prepare_folder(arguments.out)
    network = build_network(arguments.config, stage)
    if arguments.encoder:
        load_imagenet(network.encoder, arguments.encoder)
    elif not arguments.start and network.config.encoder != "efficientnet_lite0":
        text = f"The encoder {network.config.encoder} is frozen and has no weights yet: give them with --encoder FILE."
        raise UsageError(text)
    source = open_clip_source(arguments.foregrounds, arguments.backgrounds, arguments.dataset)
    sampler = _sampler(stage, source, arguments.propagation)
    if not stage.checkpoint(arguments.out).is_file():
        _begin(network, stage, sampler, arguments.start)
    precision = training_precision(device)
    begun = {name: getattr(arguments, name) for name in BEGUN_WITH}
    terms = json.loads(json.dumps(begun, default=str))
    trainer = Trainer(network, stage, arguments.out, arguments.seed, device, precision, arguments.within, terms)
    _tell_what_goes_on(trainer)
    with StopSignal() as stop:
        _train(trainer, sampler, arguments, stop)
    if trainer.done >= 1:
        print(f"Done at step {trainer.step}: {stage.weights(arguments.out)}", flush=True)
        return 0
    print(f"Stopped at step {trainer.step}; the same command goes on from there.", file=sys.stderr, flush=True)
    return stop.exit_status


def _begin(network: MattingNetwork | PropagationNetwork, stage: Stage, sampler: Sampler, start: str | None) -> None:
    """What a network knows before its first step: the weights to start from, or keys that tell pixels apart.

    Raises:
        UsageError: the stage teaches only some parts of a network, and no weights of the others are given.
    """
    if start:
        warm_start(network, Path(start))
    elif stage.frozen:
        kept = " and ".join(stage.frozen)
        raise UsageError(f"The stage '{stage.name}' leaves {kept} as an earlier one taught them: give --start FILE.")
    elif isinstance(network, PropagationNetwork):
        start_from_principal_components(network, _sheet_batch(sampler).image[:, 0])


def _tell_what_goes_on(trainer: Trainer) -> None:
    """Where a run goes on, nothing is begun: a person who asked for other terms learns it."""
    if not trainer.step:
        return
    other = f", begun with other {', '.join(trainer.changed)}" if trainer.changed else ""
    line = f"Goes on from step {trainer.step} of {trainer.checkpoint}{other}; give another --out to begin anew."
    print(line, file=sys.stderr, flush=True)


def _sampler(stage: Stage, source: ClipSource, propagation: str) -> Sampler:
    """What draws a stage's samples; `propagation` weights carry the trimaps of the joint stage."""
    if stage.kind == "propagation":
        return functools.partial(propagation_clip, source=source, frames=stage.frames, size=stage.size)
    make: Callable[..., TrainingClip] = source
    if stage.propagated:
        make = functools.partial(joint_clip, source=source, share=stage.propagated, weights=propagation)
    return functools.partial(windowed_clip, make=make, frames=stage.frames, size=stage.size, around=stage.around)


def build_network(config: str, stage: Stage) -> MattingNetwork | PropagationNetwork:
    """The stage's network by configuration name, its encoder filled with ImageNet weights where a package has them."""
    network: MattingNetwork | PropagationNetwork
    if stage.kind == "propagation":
        network = build_propagation(PROPAGATION[config])
    else:
        network = build_matting(dataclasses.replace(MATTING[config], window=stage.window))
    if network.config.encoder == "efficientnet_lite0":
        load_imagenet(network.encoder)
    return network


def _train(trainer: Trainer, sampler: Sampler, arguments: argparse.Namespace, stop: StopSignal) -> None:
    stage = trainer.stage
    batches = loader(
        ClipBatches(sampler, seed=arguments.seed, batch=stage.batch, start=trainer.step, echo=stage.echo),
        workers=arguments.workers,
    )
    log = trainer.folder / f"{stage.name}.csv"
    with _writing(trainer.folder):
        trim_log(log, trainer.step)
    curve = _validation_curve(stage, arguments)
    deadline = time.monotonic() + 60 * arguments.minutes
    saved = looked = time.monotonic()
    for progress in trainer.run(batches, until=lambda _: bool(stop.exit_status) or time.monotonic() > deadline):
        with _writing(trainer.folder):
            append_log(log, progress)
        _print(trainer, progress)
        if time.monotonic() - saved > 60 * arguments.save_every:
            _save(trainer, sampler)
            saved = time.monotonic()
        if curve is not None and time.monotonic() - looked > 60 * arguments.validate_every:
            _look(curve, trainer)
            looked = time.monotonic()
    _save(trainer, sampler)
    if curve is not None:
        _look(curve, trainer)


def _validation_curve(stage: Stage, arguments: argparse.Namespace) -> ValidationCurve | None:
    if arguments.clips is None:
        return None
    clips = one_of_each_kind(validation_set(arguments.clips), purpose_of(stage))
    if not clips:
        raise InputError(f"{arguments.clips} holds no {purpose_of(stage)} clip, which '{stage.name}' is measured on.")
    return ValidationCurve(stage, arguments.out, clips)


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    """What a full disk refuses, of the small files too, is said in a sentence."""
    try:
        yield
    except OSError as error:
        text = f"{folder} cannot be written to: {error.strerror or error}. The same command goes on from the last save."
        raise WriteError(text, path=str(folder)) from error


def _look(curve: ValidationCurve, trainer: Trainer) -> None:
    with _writing(trainer.folder):
        scores = curve.look(trainer.step, _averaged(trainer))
    terms = " ".join(f"{k} {v:.4f}" for k, v in scores.items())
    print(f"{curve.stage.name} {trainer.step} validation {terms}", flush=True)


def _averaged(trainer: Trainer) -> MattingNetwork | PropagationNetwork:
    """A network with the averaged weights, on the trainer's device."""
    shadow = build_network(trainer.network.config.name, trainer.stage).to(trainer.device)
    shadow.load_state_dict(trainer.average.values)
    return shadow


def _save(trainer: Trainer, sampler: Sampler) -> None:
    stage, folder = trainer.stage, trainer.folder
    trainer.save()
    shadow = _averaged(trainer)
    save_weights(shadow, stage.weights(folder), kind=stage.kind)
    log = folder / f"{stage.name}.csv"
    if log.is_file():
        with _writing(folder):
            plot_log(log, folder / f"{stage.name}-curves.png", smoothing=CURVE_SMOOTHING)
    batch = _sheet_batch(sampler)
    sheet = matting_sheet(shadow, batch) if isinstance(shadow, MattingNetwork) else propagation_sheet(shadow, batch)
    save_picture(folder / f"{stage.name}-sheet.png", sheet)


@functools.lru_cache(maxsize=1)
def _sheet_batch(sampler: Sampler) -> Batch:
    return collate([sampler(np.random.default_rng((SHEET_SEED, index))) for index in range(6)])


def _stage(arguments: argparse.Namespace, device: torch.device) -> Stage:
    """The stage as asked for; on a GPU its batches are larger unless their size is given.

    Raises:
        UsageError: a tile is larger than its frame, or too few frames for the stage's windows or for its normalisation.
    """
    stage = STAGES[arguments.stage]
    if device.type == "cuda":
        stage = dataclasses.replace(stage, batch=CUDA_BATCHES * stage.batch)
    changes = {k: getattr(arguments, k) for k in CHANGEABLE}
    if arguments.size is not None and arguments.tile is None:
        changes["tile"] = min(stage.tile, arguments.size)
    stage = dataclasses.replace(stage, **{k: v for k, v in changes.items() if v is not None})
    if stage.tile > stage.size:
        raise UsageError(f"A tile lies inside its frame: --tile {stage.tile} is more than --size {stage.size}.")
    if stage.frames < stage.fewest_frames:
        least = f"needs samples of at least {stage.fewest_frames} frames"
        raise UsageError(f"The stage '{stage.name}' {least}; got --frames {stage.frames}.")
    if stage.kind == "matting" and stage.batch * stage.frames == 1 and stage.size < ALONE_SIZE:
        raise UsageError(
            f"A step of one frame of --size {stage.size} has too few pixels for batch normalisation, which needs "
            f"two at the coarsest stride: give --batch 2 or more, or --size {ALONE_SIZE} or more."
        )
    return stage


def _print(trainer: Trainer, progress: Progress) -> None:
    terms = " ".join(f"{name} {value:.4f}" for name, value in progress.losses.items())
    pace = f"{progress.seconds_per_step:.3f} s/step waiting {progress.waiting:.0%}"
    print(f"{trainer.stage.name} {progress.step} ({trainer.done:.1%}) {terms} {pace}", flush=True)


def _parser() -> ArgumentParser:
    parser = ArgumentParser(prog="stfam train", description=__doc__)
    parser.add_argument("stage", choices=sorted(STAGES), help="which stage to run")
    parser.add_argument(
        "--foregrounds",
        type=Path,
        action="append",
        default=[],
        metavar="DIR",
        help="folders of foreground clips with alpha",
    )
    parser.add_argument(
        "--backgrounds", type=Path, action="append", default=[], metavar="DIR", help="folders of background images"
    )
    layouts = ", ".join(sorted(LAYOUTS))
    parser.add_argument(
        "--dataset", metavar="LAYOUT:DIR", help=f"train on a data set's training clips instead; layouts: {layouts}"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="log, checkpoint, sheets and weights")
    parser.add_argument(
        "--encoder", type=Path, metavar="FILE", help="ImageNet weights of the encoder (the installed package's)"
    )
    parser.add_argument("--start", metavar="FILE", help="weights to start from, of any earlier stage")
    parser.add_argument(
        "--propagation", default="lite", metavar="NAME|FILE", help="weights that carry the trimaps of the joint stage"
    )
    parser.add_argument("--config", default="lite", choices=sorted(MATTING), help="network configuration (lite)")
    parser.add_argument("--minutes", type=not_negative, default=1e9, help="stop after this long; run again to go on")
    parser.add_argument(
        "--save-every", type=not_negative, default=4.0, metavar="MINUTES", help="between checkpoints (4)"
    )
    parser.add_argument("--clips", type=Path, metavar="DIR", help="validation clips: one of each kind is looked at")
    parser.add_argument(
        "--validate-every", type=not_negative, default=20.0, metavar="MINUTES", help="between looks at --clips (20)"
    )
    parser.add_argument("--steps", type=whole(1), help="length of the schedule (the stage's)")
    parser.add_argument("--within", type=positive, metavar="MINUTES", help="length of the schedule, instead of --steps")
    parser.add_argument("--batch", type=whole(1), help="samples a step (the stage's)")
    parser.add_argument("--size", type=whole(64, multiple=32), help="side of a sample's frame, pixels (the stage's)")
    tile = "side of the tile trained on, pixels, a multiple of 16 (the stage's)"
    parser.add_argument("--tile", type=whole(16, multiple=16), help=tile)
    parser.add_argument("--frames", type=whole(1), help="of a sample (the stage's)")
    parser.add_argument("--echo", type=whole(1), metavar="TIMES", help="that each clip is read (the stage's)")
    parser.add_argument("--learning-rate", type=positive, help="at its highest (the stage's)")
    encoder_rate = "learning rate of the encoder over that of all else; 0 leaves it frozen (the stage's)"
    parser.add_argument("--encoder-rate", type=not_negative, metavar="SHARE", help=encoder_rate)
    parser.add_argument("--seed", type=whole(0), default=0, help="of the samples (0)")
    parser.add_argument("--device", default="auto", metavar="auto|cuda[:N]|mps|cpu")
    parser.add_argument("--threads", type=whole(0), default=0, help="CPU threads of the training step; 0: all (0)")
    parser.add_argument("--workers", type=whole(0), default=2, help="processes that make samples (2)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
