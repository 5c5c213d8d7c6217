"""The shot that `stfam queue add` and `stfam bundle` are given: a project file, or the arguments of `stfam render`."""

from __future__ import annotations

import argparse

from stfam.core.shot import Shot


def add_shot_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments that describe a shot."""
    parser.add_argument("source", metavar="SHOT.stfam | PLATE")
    parser.add_argument("--frames", default=None, metavar="RANGE")
    parser.add_argument("--continue-on-error", action="store_true")


def shot_of(options: argparse.Namespace) -> Shot:
    """The shot that the arguments describe."""
    return Shot.load(options.source)
