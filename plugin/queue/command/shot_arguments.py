"""The shot that `stfam queue add` and `stfam bundle` are given: a project file, or the options of `stfam render`."""

from __future__ import annotations

import argparse
from pathlib import Path

from stfam.core.argument_parser import StoreOnce
from stfam.core.shot import Shot
from stfam.plugin.cli_options import add_shot_options, shot_from_options


def add_shot_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments that describe a shot and its frames."""
    add_shot_options(parser)
    frames = "1001-1100, 1-10x2, commas; all frames without it"
    parser.add_argument("--frames", action=StoreOnce, type=given, metavar="RANGE", help=frames)
    parser.add_argument("--continue-on-error", action="store_true", help="note frames that fail and go on")


def given(text: str) -> str:
    """The type of an argument that says something; an empty one is a script's variable that is not set.

    Raises:
        ArgumentTypeError: it is empty.
    """
    if not text.strip():
        raise argparse.ArgumentTypeError("it is empty; leave the option out for its default")
    return text


def shot_options(options: argparse.Namespace) -> list[str]:
    """Which of the options that describe a shot were given, as they are written."""
    parser = argparse.ArgumentParser()
    add_shot_options(parser)
    defaults = vars(parser.parse_args([options.plate]))
    changed = (name for name, default in defaults.items() if getattr(options, name) != default)
    return [f"--{name.replace('_', '-')}" for name in changed]


def shot_of(options: argparse.Namespace) -> Shot:
    """The shot that the arguments describe, its paths absolute.

    Raises:
        StfamError: it cannot be read, or an option makes no sense.
    """
    return shot_from_options(options).anchored(Path.cwd())


def shot_name(options: argparse.Namespace) -> str:
    """What a job of the shot is called if nobody names it: the first word of the shot file's or plate's name."""
    return Path(options.plate).name.split(".")[0] or "shot"
