"""The options that describe a shot on the command line, shared by every command that takes one."""

from __future__ import annotations

import argparse
import re
from dataclasses import replace
from typing import Any, TypeVar

from stfam.core.argument_parser import StoreOnce
from stfam.core.errors import UsageError
from stfam.core.option_values import number
from stfam.core.plate_pattern import is_shot
from stfam.core.shot import Keyframe, Output, Refinement, Settings, Shot

_Part = TypeVar("_Part", Settings, Refinement, Output)

_FRAME = re.compile(r"-?[0-9]{1,18}")

_REFINEMENT = {
    "black": "alpha at or below this becomes 0",
    "white": "alpha at or above this becomes 1",
    "shrink": "pixels to shrink by, negative to grow",
    "blur": "standard deviation in pixels",
    "despill": "0 to 1, on the foreground's colours",
}
"""Options by their names in `Refinement`, with their help."""
OF_MATTES = ("foreground", "premultiplied", *_REFINEMENT)
"""Options that trimaps alone have no use for."""

_OUT = {"propagate": "trimaps: name.####.png or .tif"}
_TRIMAPS = {
    "matte": "trimaps that propagate wrote, for the frames that are no keyframes",
    "propagate": "another name of --out",
}


def add_shot_options(parser: argparse.ArgumentParser, *, step: str = "render") -> None:
    """Add PLATE and the shared options.

    Args:
        parser: of the command.
        step: which of them the command does.
    """
    parser.add_argument("plate", metavar="PLATE", help="name.####.exr, name.%%04d.exr, a movie, or a .stfam shot")
    keys = parser.add_argument_group("trimaps")
    keys.add_argument("--key", action="append", default=[], metavar="FRAME=TRIMAP", help="a keyframe; may be repeated")
    keys.add_argument("--keys", action=StoreOnce, metavar="PATTERN", help="every frame that exists here is a keyframe")
    files = parser.add_argument_group("files")
    out = _OUT.get(step, "mattes: name.####.exr, .png or .tif, or a .mov")
    files.add_argument("--out", action=StoreOnce, metavar="PATTERN", help=out)
    foreground = _of_mattes(step, "foreground colours with alpha as well")
    files.add_argument("--foreground", action=StoreOnce, metavar="PATTERN", help=foreground)
    trimaps = _TRIMAPS.get(step, "the propagated trimaps as well")
    files.add_argument("--trimaps", action=StoreOnce, metavar="PATTERN", help=trimaps)
    files.add_argument(
        "--compression", metavar="NAME", help="of EXR files: zip (the default), piz, none …; dwaa and b44 are not exact"
    )
    premultiplied = _of_mattes(step, "multiply the foreground by alpha")
    files.add_argument("--premultiplied", action="store_true", default=None, help=premultiplied)
    _add_settings(parser)
    _add_refinement(parser, step)


def add_run_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that say how to run, not what."""
    run = parser.add_argument_group("run")
    frames = "1001-1100, 1-10x2, commas; all frames without it"
    run.add_argument("--frames", action=StoreOnce, metavar="RANGE", help=frames)
    run.add_argument("--overwrite", action="store_true", help="make finished frames again")
    run.add_argument("--continue-on-error", action="store_true", help="note frames that fail and go on (exit status 6)")
    run.add_argument("--json", action="store_true", help="one JSON object a line instead of text")


def shot_from_options(options: argparse.Namespace, *, trimaps_only: bool = False) -> Shot:
    """The shot that the options describe; those given change what a .stfam file says.

    Args:
        options: parsed from `add_shot_options`.
        trimaps_only: --out names trimaps, not mattes.

    Raises:
        UsageError: --out is missing, an option's value makes no sense, or a frame has two keyframes.
        InputError: the .stfam file cannot be read.
    """
    shot = Shot.load(options.plate) if is_shot(options.plate) else _new_shot(options, trimaps_only)
    out = _trimap_pattern(options) if trimaps_only else {"matte": options.out, "trimaps": options.trimaps}
    output = _changed(
        shot.output,
        **out,
        foreground=options.foreground,
        compression=options.compression,
        premultiplied=options.premultiplied,
    )
    names = ("window", "device", "proxy", "tile", "colorspace")
    settings = _changed(shot.settings, **{name: getattr(options, name) for name in names}, **_weights(options))
    refinement = _changed(shot.refinement, **{name: getattr(options, name) for name in _REFINEMENT})
    shot = replace(shot, output=output, settings=settings, refinement=refinement)
    if options.key or options.keys:
        shot = replace(shot, keys=tuple(map(parse_key, options.key)), keys_pattern=options.keys)
    return shot


def parse_key(text: str) -> Keyframe:
    """A keyframe written as FRAME=TRIMAP.

    Raises:
        UsageError: it is not written so.
    """
    frame, equals, path = text.partition("=")
    if not equals or not path or not _FRAME.fullmatch(frame.strip()):
        raise UsageError(
            "A keyframe is written FRAME=TRIMAP, the frame in digits 0 to 9, 1001=trimap.png for example; "
            f"got '{text}'.",
            key=text,
        )
    return Keyframe(int(frame), path)


def _trimap_pattern(options: argparse.Namespace) -> dict[str, str | None]:
    if options.out and options.trimaps and options.out != options.trimaps:
        raise UsageError(
            f"Here --out and --trimaps both say where the trimaps go, {options.out} and {options.trimaps}. Give one.",
            out=options.out,
            trimaps=options.trimaps,
        )
    return {"trimaps": options.out or options.trimaps}


def _new_shot(options: argparse.Namespace, trimaps_only: bool) -> Shot:
    if not options.out and not (trimaps_only and options.trimaps):
        raise UsageError("Say where to write: --out PATTERN, name.####.exr for example.")
    return Shot(options.plate, Output(options.out or options.trimaps))


def _changed(part: _Part, **values: Any) -> _Part:
    given: dict[str, Any] = {name: value for name, value in values.items() if value is not None}
    return replace(part, **given)


def _weights(options: argparse.Namespace) -> dict[str, str | None]:
    """A name stands for both networks; a file for the matting network alone."""
    name, propagation = options.weights, options.propagation_weights
    if propagation is None and name is not None and not name.endswith(".safetensors"):
        propagation = name
    return {"weights": name, "propagation_weights": propagation}


def _add_settings(parser: argparse.ArgumentParser) -> None:
    settings = parser.add_argument_group("settings")
    settings.add_argument(
        "--weights", metavar="NAME|FILE", help="weights of both networks by name (lite), or a matting file"
    )
    settings.add_argument("--propagation-weights", metavar="NAME|FILE", help="other weights for propagation alone")
    settings.add_argument("--window", type=int, metavar="N", help="neighbours on each side (2)")
    settings.add_argument("--device", metavar="NAME", help="auto (CUDA, else the CPU), cuda, cuda:N, mps or cpu")
    settings.add_argument(
        "--proxy", type=number, metavar="S", help="matte at this scale, up to 1 (1); files keep their size"
    )
    settings.add_argument(
        "--tile", metavar="auto|PX|off", help="longest side of a tile in pixels (auto); off takes the frame whole"
    )
    settings.add_argument("--colorspace", metavar="NAME", help="of the plate; from its metadata without it")


def _add_refinement(parser: argparse.ArgumentParser, step: str) -> None:
    refinement = parser.add_argument_group("refinement of the matte that is written")
    for name, text in _REFINEMENT.items():
        refinement.add_argument(f"--{name}", type=number, metavar="X", help=_of_mattes(step, text))


def _of_mattes(step: str, text: str) -> str:
    """The help of an option of OF_MATTES, which is not shown where there are none."""
    return argparse.SUPPRESS if step == "propagate" else text
