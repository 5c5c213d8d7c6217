"""`stfam ablate`: one of the paper's studies, trained on equal terms, measured, and written down."""

from __future__ import annotations

import argparse
import dataclasses
import functools
import itertools
import json
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from stfam.core.argument_parser import ArgumentParser
from stfam.core.engine.device_memory import choose_device
from stfam.core.errors import UsageError
from stfam.core.evaluation.ablations import SamplerOf, Terms, flow_network, run_variant, seconds_per_step, with_costs
from stfam.core.evaluation.studies import STUDIES, Study
from stfam.core.evaluation.study_report import markdown, plot, read_rows, write_rows
from stfam.core.media.matte_writer import prepare_folder
from stfam.core.network.config import MATTING as MATTING_CONFIGS
from stfam.core.network.flow import PwcNet
from stfam.core.network.weights_files import weights_path
from stfam.core.option_values import positive, whole
from stfam.core.training.batches import Sampler
from stfam.core.training.clip_source import open_clip_source
from stfam.core.training.dataset_sampler import dataset_validation
from stfam.core.training.datasets import LAYOUTS
from stfam.core.training.flow_training import EndPointErrors, PairSampler, end_point_errors, save_flow, train_flow
from stfam.core.training.synthesis.flow import flow_pair
from stfam.core.training.synthesis.images import ImageBank
from stfam.core.training.synthesis.library import ClipLibrary
from stfam.core.training.synthesis.validation import MATTING, ValidationClip, called_like, validation_set
from stfam.core.training.warm_start import starting_tensors
from stfam.core.training.windows import windowed_clip
from stfam.core.whole_file import written_whole

TRAINING_SHARE = 0.85
"""Of the budget; the rest measures."""
FLOW_SHARE = 0.15
PLANNED = ("config", "batch", "size", "tile", "learning_rate", "fitting_steps")
"""Terms that a study that goes on must have in common with its beginning."""
USUAL_TILE = 192
FLOW_PAIRS, FLOW_SEED = 24, 11


def main(argv: Sequence[str] | None = None) -> int:
    """Run what is left of a study; returns the exit status."""
    given = list(sys.argv[1:] if argv is None else argv)
    arguments = _parser().parse_args(given)
    arguments.command = shlex.join(given)
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    study = _study(arguments)
    terms = _terms(study, arguments)
    sampler_of = _samplers(arguments)
    clips = _clips(arguments)
    starting_tensors(terms.start)  # damaged weights are named before a flow network is trained
    arguments.out = arguments.out or terms.folder
    for folder in (terms.folder, arguments.out):
        prepare_folder(folder)
    errors = None
    if _has_flow(study):
        terms, errors = _with_flow(terms, arguments)
    terms = _planned(study, terms, sampler_of, clips, arguments)
    _run(study, terms, sampler_of, clips, errors, arguments)
    return 0


def _run(
    study: Study,
    terms: Terms,
    sampler_of: SamplerOf,
    clips: Sequence[ValidationClip],
    errors: EndPointErrors | None,
    arguments: argparse.Namespace,
) -> None:
    """Seeds outside, variants inside: an interrupted study has compared all variants on the seeds that it finished."""
    table = terms.folder / "rows.csv"
    rows = read_rows(table)
    done = {(row.variant, row.seed) for row in rows}
    for seed, variant in itertools.product(range(arguments.seeds), study.variants):
        if (variant.name, seed) in done:
            continue
        rows.append(run_variant(study, variant, seed, terms=terms, sampler_of=sampler_of, clips=clips, report=_say))
        write_rows(table, rows)
    if arguments.costs:
        rows = with_costs(study, rows, terms)
        write_rows(table, rows)
    out = arguments.out
    write_rows(out / f"{study.name}.csv", rows)
    lines = [_conditions(terms, clips), f"`stfam ablate {arguments.command}`"]
    with written_whole(out / f"{study.name}.md") as temporary:
        temporary.write_text(markdown(study, rows, lines, errors), "utf-8")
    plot(study, rows, out / f"{study.name}.png")
    _say(f"{study.title}: {out / study.name}.md")


def _clips(arguments: argparse.Namespace) -> list[ValidationClip]:
    """What the variants are measured on: the data set's test clips, or the validation set's matting clips."""
    if arguments.dataset:
        return called_like(dataset_validation(arguments.dataset), arguments.only)
    clips = [clip for clip in validation_set(arguments.clips) if clip.purpose == MATTING]
    return called_like(clips, arguments.only)


def _study(arguments: argparse.Namespace) -> Study:
    study = STUDIES[arguments.study]
    names = arguments.variants or [variant.name for variant in study.variants[: study.usual]]
    strange = set(names) - {variant.name for variant in study.variants}
    if strange:
        known = ", ".join(variant.name for variant in study.variants)
        raise UsageError(f"The study '{study.name}' has no variant {', '.join(sorted(strange))}; it has {known}.")
    return dataclasses.replace(study, variants=tuple(v for v in study.variants if v.name in names))


def _terms(study: Study, arguments: argparse.Namespace) -> Terms:
    start = arguments.start or weights_path(f"{arguments.config}-single", "matting")
    return Terms(
        start=start,
        folder=arguments.work / study.name,
        config=arguments.config,
        batch=arguments.batch,
        size=arguments.size,
        tile=_tile(arguments.tile, arguments.size),
        learning_rate=arguments.learning_rate,
        fitting_steps=arguments.fitting_steps,
        workers=arguments.workers,
        flow=arguments.flow,
        device=choose_device(arguments.device),
        cost_size=_cost_size(*arguments.cost_size),
    )


def _tile(given: int | None, size: int) -> int:
    if given is not None and given > size:
        raise UsageError(f"A tile lies inside its frame: --tile {given} is more than --size {size}.")
    return given or min(USUAL_TILE, size)


def _cost_size(width: int, height: int) -> tuple[int, int]:
    if min(width, height) < 1 or width % 32 or height % 32:
        raise UsageError(f"The frame whose cost is measured has sides that are multiples of 32; got {width} {height}.")
    return height, width


def _planned(
    study: Study,
    terms: Terms,
    sampler_of: SamplerOf,
    clips: Sequence[ValidationClip],
    arguments: argparse.Namespace,
) -> Terms:
    """The number of steps: as asked for, as the budget allows, or as the interrupted study had it.

    Raises:
        UsageError: the study was begun on other terms.
    """
    path = terms.folder / "plan.json"
    wanted = {
        "variants": [variant.name for variant in study.variants],
        **{name: getattr(terms, name) for name in PLANNED},
        "start": str(terms.start),
        **({"flow": _named_flow(arguments)} if _has_flow(study) else {}),
        "dataset": str(arguments.dataset or [str(path) for path in arguments.foregrounds + arguments.backgrounds]),
        "clips": [clip.name for clip in clips],
    }
    if path.is_file():
        plan = json.loads(path.read_text("utf-8"))
        odd = sorted(name for name, term in wanted.items() if plan.get(name, term) != term)
        if odd or (arguments.steps and arguments.steps != plan["steps"]):
            changed = ", ".join(odd or ["steps"])
            raise UsageError(f"The study in {terms.folder} was begun with other {changed}: give --work another folder.")
        return dataclasses.replace(terms, steps=plan["steps"])
    steps = arguments.steps or _affordable(study, terms, sampler_of, arguments)
    with written_whole(path) as temporary:
        temporary.write_text(json.dumps({"steps": steps, **wanted}, indent=1) + "\n", "utf-8")
    return dataclasses.replace(terms, steps=steps)


def _affordable(study: Study, terms: Terms, sampler_of: SamplerOf, arguments: argparse.Namespace) -> int:
    """Steps of every variant and seed that fit into the budget."""
    once = sum(seconds_per_step(study, variant, terms, sampler_of) for variant in study.variants)
    return max(1, int(60 * arguments.budget * TRAINING_SHARE / (arguments.seeds * once)))


def _with_flow(terms: Terms, arguments: argparse.Namespace) -> tuple[Terms, EndPointErrors | None]:
    """The terms with a flow, trained first if none is given; and its errors beside DIS's, where motion is known."""
    if arguments.dataset:
        if terms.flow is None:
            raise UsageError("A data set has no known flow to train on: give flow weights with --flow FILE.")
        return terms, None
    library, images = ClipLibrary(*arguments.foregrounds), ImageBank(*arguments.backgrounds)
    pairs = functools.partial(flow_pair, library=library, backgrounds=images, size=arguments.size)
    if terms.flow is None:
        terms = dataclasses.replace(terms, flow=_trained_flow(pairs, terms, arguments))
    held_out = [pairs(np.random.default_rng((FLOW_SEED, index))) for index in range(FLOW_PAIRS)]
    return terms, end_point_errors(flow_network(terms.flow).to(terms.device), held_out, terms.device)


def _has_flow(study: Study) -> bool:
    return any(variant.fusion == "flow" for variant in study.variants)


def _named_flow(arguments: argparse.Namespace) -> str:
    """What flow fusion reads, as the plan says it."""
    if arguments.flow:
        return str(arguments.flow)
    return f"trained for {arguments.flow_steps} steps" if arguments.flow_steps else "trained for a share of the budget"


def _trained_flow(pairs: PairSampler, terms: Terms, arguments: argparse.Namespace) -> Path:
    """Weights of a flow network that is trained for a share of the budget on pairs of known motion."""
    path = terms.folder / "flow.safetensors"
    if path.is_file():
        return path
    torch.manual_seed(0)
    network = PwcNet().to(terms.device)
    steps, seconds = arguments.flow_steps, 60 * arguments.budget * FLOW_SHARE

    def progress(step: int, spent: float) -> float:
        return step / steps if steps else spent / seconds

    for step, error in train_flow(network, pairs, terms.folder / "flow-state.safetensors", progress=progress):
        _say(f"flow network: step {step}, end-point error {error:.2f} px")
    save_flow(network, path)
    return path


def _samplers(arguments: argparse.Namespace) -> SamplerOf:
    """What draws the training samples, of the frames and size that a study needs."""
    source = open_clip_source(arguments.foregrounds, arguments.backgrounds, arguments.dataset)

    def seen(frames: int, size: int) -> Sampler:
        """Through a window, as the validation clips are."""
        return functools.partial(windowed_clip, make=source, frames=frames, size=size, around=0)

    return seen


def _conditions(terms: Terms, clips: Sequence[ValidationClip]) -> str:
    what = (
        f"{terms.steps} steps of {terms.batch} samples, tiles of {terms.tile} px, learning rate {terms.learning_rate:g}"
    )
    height, width = terms.cost_size
    cost = f"GMAC and ms of a whole frame of {width}x{height}, {torch.get_num_threads()} threads on {terms.device}"
    return f"{what}; {len(clips)} validation clips; {cost}"


def _say(line: str) -> None:
    print(line, flush=True)


def _parser() -> ArgumentParser:
    parser = ArgumentParser(prog="stfam ablate", description=__doc__)
    add = parser.add_argument
    add("study", choices=sorted(STUDIES))
    add("--budget", type=positive, default=120.0, metavar="MINUTES", help="for the whole study (120)")
    add("--seeds", type=whole(1), default=1, metavar="K", help="runs of every variant (1)")
    add("--steps", type=whole(1), help="of every variant, instead of what the budget allows")
    add("--variants", nargs="+", metavar="NAME", help="some of the study's variants")
    folders = functools.partial(add, type=Path, action="append", default=[], metavar="DIR")
    folders("--foregrounds", help="synthetic samples: folders of foreground clips with alpha")
    folders("--backgrounds", help="synthetic samples: folders of background images")
    layouts = ", ".join(sorted(LAYOUTS))
    add("--dataset", metavar="LAYOUT:DIR", help=f"train and measure on a data set instead; layouts: {layouts}")
    add("--clips", type=Path, default=Path("build/validation"), metavar="DIR", help="validation clips (%(default)s)")
    add("--only", default="*", metavar="PATTERN", help="clips whose name matches, such as 'hair-*'")
    add("--start", type=Path, metavar="FILE", help="single-frame weights (those that ship)")
    flow = "weights of a flow network, ours or its authors', or OpenCV's flow (a network is trained first if not given)"
    add("--flow", type=Path, metavar="FILE|dis", help=flow)
    add("--flow-steps", type=whole(1), help="of the flow network's training, instead of a share of the budget")
    fitting = "of untrained fusion layers, before the training (200)"
    add("--fitting-steps", type=whole(0), default=200, help=fitting)
    add("--config", default="lite", choices=sorted(MATTING_CONFIGS), help="network configuration (lite)")
    add("--batch", type=whole(1), default=2, help="samples a step (2)")
    add("--size", type=whole(64, multiple=32), default=256, help="side of a sample, px (256)")
    add("--tile", type=whole(16, multiple=16), help=f"side of the tile trained on, px, a multiple of 16 ({USUAL_TILE})")
    add("--learning-rate", type=positive, default=5e-4, help="at its highest (0.0005)")
    cost = "frame whose cost is measured, multiples of 32 (1024 576)"
    add("--cost-size", type=int, nargs=2, default=(1024, 576), metavar=("WIDTH", "HEIGHT"), help=cost)
    add("--costs", action="store_true", help="at the end, measure the costs of all variants again, one after another")
    add("--out", type=Path, metavar="DIR", help="CSV, table and plot (the study's folder in --work)")
    work = "a folder a study, with checkpoints (%(default)s)"
    add("--work", type=Path, default=Path("build/studies"), metavar="DIR", help=work)
    add("--device", default="auto", metavar="auto|cuda[:N]|mps|cpu")
    add("--threads", type=whole(0), default=0, help="CPU threads; 0: all")
    add("--workers", type=whole(0), default=2, help="processes that make samples (2)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
