"""`stfam evaluate`: the validation table of weights, regenerated from the weights alone."""

from __future__ import annotations

import argparse
import dataclasses
import functools
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from stfam.core.evaluation import baselines
from stfam.core.evaluation.benchmark import REFERENCE, Result, carried_ratios, matte_scores, trimap_scores
from stfam.core.evaluation.contact_sheet import contact_sheet
from stfam.core.evaluation.predictions import matte_clip, propagate_clip
from stfam.core.evaluation.report import figures, markdown
from stfam.core.network.matting import MattingNetwork
from stfam.core.network.propagation import PropagationNetwork
from stfam.core.network.weights import load_matting, load_propagation
from stfam.core.training.sheet import save_picture
from stfam.core.training.synthesis.validation import ValidationClip, validation_set

OURS = "ours"
SINGLE = "ours, n = 0"


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and report; returns the exit status."""
    arguments = _parser().parse_args(argv)
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    clips = validation_set(arguments.clips)
    matting, propagation = load_matting(arguments.weights), load_propagation(arguments.propagation_weights)
    single = load_matting(arguments.single) if arguments.single else None
    result = measure(clips, matting, propagation, single, arguments)
    name = SINGLE if single else None
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / "validation.md").write_text(markdown(result, OURS, name, f"Validation of {arguments.weights}"), "utf-8")
    (arguments.out / "validation.json").write_text(json.dumps(result.as_dict(), indent=1) + "\n", "utf-8")
    rows = [dataclasses.asdict(figure) for figure in figures(result, OURS, name)]
    if arguments.sheets:
        for clip in clips:
            _save_sheet(clip, matting, propagation, arguments)
    print(json.dumps(rows) if arguments.json else "\n".join(f"{r['name']}: {r['value']} (goal {r['goal']})" for r in rows))
    return 0


def measure(
    clips: Sequence[ValidationClip],
    matting: MattingNetwork,
    propagation: PropagationNetwork,
    single: MattingNetwork | None,
    arguments: argparse.Namespace,
) -> Result:
    """All scores of both networks and the baselines."""
    matters = {OURS: functools.partial(matte_clip, matting)}
    if single is not None:
        matters[SINGLE] = functools.partial(matte_clip, single)
    carriers = {OURS: functools.partial(propagate_clip, propagation), "DIS warping": baselines.warped_trimaps}
    methods = list(dict.fromkeys([REFERENCE, *arguments.baselines]))
    return Result(
        matte_scores(clips, matters, methods=methods, cache=arguments.cache, workers=arguments.workers),
        trimap_scores(clips, carriers),
        carried_ratios(clips, matters[OURS], carriers[OURS]),
    )


def _save_sheet(
    clip: ValidationClip, matting: MattingNetwork, propagation: PropagationNetwork, arguments: argparse.Namespace
) -> None:
    trimaps = propagate_clip(propagation, clip.images, clip.trimaps[0]) if clip.purpose == "propagation" else clip.trimaps
    ours = matte_clip(matting, clip.images, trimaps)
    rows = {"truth": clip.alpha, "ours": ours, "difference": np.abs(ours - clip.alpha)}
    if clip.purpose != "propagation":
        rows[REFERENCE] = baselines.mattes(REFERENCE, clip.images, clip.trimaps, arguments.cache, arguments.workers)
    arguments.sheets.mkdir(parents=True, exist_ok=True)
    save_picture(arguments.sheets / f"{clip.name}.png", contact_sheet(clip.images, trimaps, rows))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="stfam evaluate", description=__doc__)
    parser.add_argument("--clips", type=Path, required=True, metavar="DIR", help="validation clips, as `python -m stfam.core.training.synthesis.validation` builds them")
    parser.add_argument("--weights", default="lite", metavar="NAME|FILE")
    parser.add_argument("--propagation-weights", default="lite", metavar="NAME|FILE")
    parser.add_argument("--single", metavar="FILE", help="weights of the single-frame network of equal training, to compare with")
    parser.add_argument("--baselines", nargs="*", default=["flat"], choices=sorted(baselines.METHODS))
    parser.add_argument("--cache", type=Path, metavar="DIR", help="keeps the baselines' mattes")
    parser.add_argument("--out", type=Path, default=Path("build/evaluation"), metavar="DIR", help="validation.md and validation.json")
    parser.add_argument("--sheets", type=Path, metavar="DIR", help="a contact sheet for every clip")
    parser.add_argument("--workers", type=int, default=2, help="processes for the baselines")
    parser.add_argument("--threads", type=int, default=0, help="threads of the networks; 0: all")
    parser.add_argument("--json", action="store_true")
    return parser


if __name__ == "__main__":
    sys.exit(main())
