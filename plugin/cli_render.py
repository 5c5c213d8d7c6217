"""`stfam render`, `stfam propagate` and `stfam matte`."""

from __future__ import annotations

import argparse

from stfam.core.errors import Cancelled, StfamError, UsageError
from stfam.plugin.cli_console import listener, print_error
from stfam.plugin.cli_options import ArgumentParser, add_run_options, add_shot_options, shot_from_options
from stfam.plugin.cli_signals import StopSignals

_EPILOG = """\
exit status:
  0 every frame asked for is there and reads back    2 usage    3 missing or unreadable input
  4 out of memory    5 weights missing or damaged    6 some frames failed    130, 143 cancelled
"""


def render(arguments: list[str]) -> int:
    """Mattes from a plate and key trimaps."""
    return _command("render", "Mattes from a plate and key trimaps: propagate, then matte.", arguments)


def propagate(arguments: list[str]) -> int:
    """Trimaps for every frame from key trimaps."""
    return _command("propagate", "Trimaps for every frame from key trimaps; --out names them.", arguments)


def matte(arguments: list[str]) -> int:
    """Mattes from a plate and a trimap for every frame."""
    return _command("matte", "Mattes from a plate and a trimap for every frame.", arguments)


def _command(step: str, description: str, arguments: list[str]) -> int:
    parser = _parser(step, description)
    options = parser.parse_args(arguments)
    signals = StopSignals()
    try:
        with signals:
            return _run(step, options, signals)
    except Cancelled as error:
        print_error(error, options.json)
        return signals.exit_status or error.exit_status
    except StfamError as error:
        print_error(error, options.json)
        return error.exit_status


def _parser(step: str, description: str) -> ArgumentParser:
    parser = ArgumentParser(
        prog=f"stfam {step}",
        description=description,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_shot_options(parser, output="trimaps" if step == "propagate" else "mattes")
    add_run_options(parser)
    return parser


def _run(step: str, options: argparse.Namespace, signals: StopSignals) -> int:
    shot = shot_from_options(options, trimaps_only=step == "propagate")
    if step == "propagate" and not shot.output.trimaps:
        raise UsageError("Say where to write the trimaps: --out PATTERN, name.####.png for example.")
    from stfam.core.render import render as run  # imports torch

    summary = run(
        shot,
        frames=options.frames,
        overwrite=options.overwrite,
        continue_on_error=options.continue_on_error,
        step=step,
        on_event=listener(options.json),
        cancelled=signals.cancelled,
    )
    summary.raise_failures()
    return 0
