"""`stfam evaluate`: the validation table of weights, regenerated from the weights and the validation clips alone."""

from __future__ import annotations

import argparse
import dataclasses
import functools
import json
import math
import sys
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import torch

from stfam.core.argument_parser import ArgumentParser
from stfam.core.engine.device_memory import choose_device
from stfam.core.errors import UsageError
from stfam.core.evaluation import baselines
from stfam.core.evaluation.aggregates import REFERENCE
from stfam.core.evaluation.benchmark import Carrier, Contest, Matter, Result, measure
from stfam.core.evaluation.contact_sheet import clip_sheet
from stfam.core.evaluation.figures import OURS, SINGLE, WARPED, Figure, figures
from stfam.core.evaluation.predictions import matte_clip, propagate_clip
from stfam.core.evaluation.report import markdown
from stfam.core.file_hash import file_sha256
from stfam.core.media.matte_writer import prepare_folder
from stfam.core.network.weights import load_matting, load_propagation
from stfam.core.network.weights_files import weights_path
from stfam.core.option_values import whole
from stfam.core.training.dataset_sampler import dataset_validation
from stfam.core.training.datasets import LAYOUTS
from stfam.core.training.sheet import save_picture
from stfam.core.training.synthesis.validation import (
    PROPAGATION,
    ValidationClip,
    build,
    called_like,
    plans,
    validation_set,
)
from stfam.core.whole_file import written_whole

BASELINES = ("flat", "knn")
"""What stands in the table beside closed-form matting."""


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, report and draw; returns the exit status."""
    arguments = _parser().parse_args(argv)
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    started = time.monotonic()
    clips = _clips(arguments)
    out = _out(arguments, clips)
    for folder in filter(None, (out, arguments.sheets)):
        prepare_folder(folder)
    with ExitStack() as stack:
        pool = stack.enter_context(baselines.baseline_pool(arguments.workers))
        contest = dataclasses.replace(_contest(arguments), pool=pool)
        result = measure(clips, contest, lambda name: print(f"{name} …", file=sys.stderr, flush=True))
        if arguments.sheets:
            for clip in clips:
                _save_sheet(arguments.sheets / f"{clip.name.replace('/', '_')}.png", clip, contest)
    notes = _notes(arguments, clips, time.monotonic() - started)
    _print(figures(result), arguments)
    _write(result, notes, out, arguments)
    return 0


def _clips(arguments: argparse.Namespace) -> list[ValidationClip]:
    """The clips asked for, those that are missing built first where there are images to build them from."""
    if arguments.images:
        missing = build(arguments.clips, arguments.images, sprites=arguments.sprites, renders=arguments.renders)
        if missing:
            print(f"Left out, for want of a render of --renders: {', '.join(missing)}.", file=sys.stderr)
    clips = dataset_validation(arguments.dataset) if arguments.dataset else validation_set(arguments.clips)
    return called_like(clips, arguments.only)


def _out(arguments: argparse.Namespace, clips: Sequence[ValidationClip]) -> Path:
    """Where the table goes: beside the matting weights, whose table it is if nothing lacks in it.

    Raises:
        UsageError: something lacks, and no folder is given.
    """
    if arguments.out is not None:
        return Path(arguments.out)
    beside = weights_path(arguments.weights, "matting").parent
    wanted = {plan.name for plan in plans()}
    measured = wanted & {clip.name for clip in clips}
    if measured != wanted:
        lack = f"{len(measured)} of the validation set's {len(wanted)} clips"
    elif not set(BASELINES) <= set(arguments.baselines):
        lack = f"the baselines {', '.join(arguments.baselines) or 'none'} of {', '.join(BASELINES)}"
    else:
        return beside
    raise UsageError(
        f"The table in {beside} is of the whole validation set, and this one would have {lack}: give --out DIR."
    )


def _contest(arguments: argparse.Namespace) -> Contest:
    device = choose_device(arguments.device)
    matting = load_matting(arguments.weights, device)
    propagation = load_propagation(arguments.propagation_weights, device)
    matters: dict[str, Matter] = {OURS: functools.partial(matte_clip, matting, device=device)}
    if single := _single(arguments):
        matters[SINGLE] = functools.partial(matte_clip, load_matting(single, device), device=device)
    carriers: dict[str, Carrier] = {OURS: functools.partial(propagate_clip, propagation, device=device)}
    carriers[WARPED] = baselines.warped_trimaps
    methods = list(dict.fromkeys([REFERENCE, *arguments.baselines]))
    return Contest(matters, carriers, OURS, methods, arguments.cache)


def _single(arguments: argparse.Namespace) -> str | None:
    """Weights of the single-frame network: those named, or those that ship as NAME-single."""
    if arguments.single:
        return str(arguments.single)
    path = weights_path(arguments.weights, "matting")
    beside = path.with_name(path.name.replace("-matting", "-single-matting"))
    return str(beside) if beside != path and beside.is_file() else None


def _notes(arguments: argparse.Namespace, clips: Sequence[ValidationClip], seconds: float) -> list[str]:
    """What was measured, with what, on what."""
    named = [("matting", arguments.weights), ("propagation", arguments.propagation_weights)]
    paths = [weights_path(name, kind) for kind, name in named]
    single = _single(arguments)
    paths += [Path(single)] if single else []
    notes = [f"`{path.name}`, SHA-256 `{file_sha256(path)[:16]}…`" for path in paths]
    rendered = sum(clip.rendered for clip in clips)
    sizes = Counter(f"{width} x {height} px" for _, height, width in (clip.alpha.shape for clip in clips))
    listed = ", ".join(f"{count} of {size}" for size, count in sizes.most_common())
    notes.append(f"{len(clips)} clips, {rendered} of them rendered: {listed}")
    notes.append(f"{seconds / 60:.1f} minutes on {choose_device(arguments.device)}, {torch.get_num_threads()} threads")
    return notes


def _write(result: Result, notes: Sequence[str], out: Path, arguments: argparse.Namespace) -> None:
    rows = [_as_json(figure) for figure in figures(result)]
    everything = {"notes": list(notes), "figures": rows, **result.as_dict()}
    written = {"validation.md": markdown(result, f"Validation of {arguments.weights}", notes)}
    written["validation.json"] = json.dumps(everything, indent=1) + "\n"
    for name, text in written.items():
        with written_whole(out / name) as temporary:
            temporary.write_text(text, "utf-8")


def _print(rows: Sequence[Figure], arguments: argparse.Namespace) -> None:
    if arguments.json:
        print(json.dumps([_as_json(figure) for figure in rows]))
        return
    for f in rows:
        measured = "not measured" if math.isnan(f.value) else f"{f.value:.3f}"
        print(f"{f.name}: {measured} (goal {'at least' if f.at_least else 'at most'} {f.goal:g})")


def _as_json(figure: Figure) -> dict[str, object]:
    """JSON has no nan: what was not measured is null."""
    value = None if math.isnan(figure.value) else figure.value
    return {**dataclasses.asdict(figure), "value": value, "reached": figure.reached}


def _save_sheet(path: Path, clip: ValidationClip, contest: Contest) -> None:
    propagated = clip.purpose == PROPAGATION
    trimaps = contest.carriers[OURS](clip.images, clip.trimaps[0]) if propagated else clip.trimaps
    reference = baselines.mattes(REFERENCE, clip.images, trimaps, cache=contest.cache, pool=contest.pool)
    alphas = {OURS: contest.matters[OURS](clip.images, trimaps), "closed-form": reference}
    save_picture(path, clip_sheet(clip.images, trimaps, clip.alpha, alphas))


def _parser() -> ArgumentParser:
    parser = ArgumentParser(prog="stfam evaluate", description=__doc__)
    add = parser.add_argument
    add("--clips", type=Path, default=Path("build/validation"), metavar="DIR", help="validation clips (%(default)s)")
    add("--dataset", metavar="LAYOUT:DIR", help=f"a data set's test clips instead: {', '.join(sorted(LAYOUTS))}")
    add("--images", type=Path, metavar="DIR", help="validation images: build the clips that DIR of --clips lacks")
    add("--sprites", type=Path, metavar="DIR", help="with --images: puffs and sparks with alpha, for smoke")
    add("--renders", type=Path, metavar="DIR", help="with --images: rendered validation foregrounds")
    add("--only", default="*", metavar="PATTERN", help="clips whose name matches, such as 'hair-*'")
    add("--weights", default="lite", metavar="NAME|FILE", help="matting weights (lite)")
    add("--propagation-weights", default="lite", metavar="NAME|FILE", help="trimap propagation weights (lite)")
    add("--single", metavar="FILE", help="matting weights with n = 0 of equal training, to compare with")
    beside = "beside closed_form (flat knn)"
    add("--baselines", nargs="*", default=[*BASELINES], choices=sorted(baselines.METHODS), help=beside)
    add("--cache", type=Path, metavar="DIR", help="keeps the baselines' mattes")
    add("--out", type=Path, metavar="DIR", help="for validation.md and .json (of all clips: beside the weights)")
    add("--sheets", type=Path, metavar="DIR", help="a contact sheet for every clip")
    add("--device", default="auto", metavar="auto|cuda[:N]|mps|cpu")
    add("--workers", type=whole(0), default=2, help="processes for the baselines (2); 0 and 1: none but this one")
    add("--threads", type=whole(0), default=0, help="threads of the networks; 0: all")
    add("--json", action="store_true", help="print the figures as JSON")
    return parser


if __name__ == "__main__":
    sys.exit(main())
