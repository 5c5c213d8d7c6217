"""``python -m stfam.core.training.renders --out DIR --bpy-python PATH``: render the foreground clips of a split."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

from stfam.core.module_command import run
from stfam.core.option_values import whole
from stfam.core.training.renders.farm import render_all
from stfam.core.training.renders.plan import SPLIT_SEEDS, Quality, plan


def arguments_parser() -> argparse.ArgumentParser:
    """The options of this command."""
    parser = argparse.ArgumentParser(
        prog="stfam.core.training.renders", description="Render foreground clips with Blender."
    )
    parser.add_argument("--out", type=Path, required=True, help="folder to write train/ and val/ into")
    parser.add_argument(
        "--bpy-python", type=Path, required=True, help="python of an environment that holds bpy==5.0.1 and numpy<2"
    )
    parser.add_argument("--clips", type=whole(1), default=40, help="number of clips (default: 40)")
    parser.add_argument("--split", choices=sorted(SPLIT_SEEDS), default="train")
    parser.add_argument("--seed", type=whole(0), default=0)
    parser.add_argument(
        "--size", type=whole(1), default=Quality.size, help="side of the frames in pixels (default: %(default)s)"
    )
    parser.add_argument("--frames", type=whole(1), default=Quality.frames, help="frames a clip (default: %(default)s)")
    parser.add_argument(
        "--samples", type=whole(1), default=Quality.samples, help="samples for each of a pixel's four quarters"
    )
    parser.add_argument(
        "--processes", type=whole(1), default=2, help="clips rendered at a time, one thread each (default: 2)"
    )
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line of this package. Returns the exit status."""
    options = arguments_parser().parse_args(arguments)
    quality = Quality(size=options.size, samples=options.samples, frames=options.frames)
    clips = plan(options.split, options.clips, options.seed, quality)
    start = time.monotonic()
    for done, path in enumerate(render_all(clips, options.out, options.bpy_python.absolute(), options.processes), 1):
        print(f"{done}/{len(clips)} {time.monotonic() - start:.0f}s {path}", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(run(main))
