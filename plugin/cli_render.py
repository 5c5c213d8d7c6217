"""`stfam render`, `stfam propagate` and `stfam matte`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from stfam.core.argument_parser import ArgumentParser
from stfam.core.errors import Cancelled, InputError, StfamError, UsageError
from stfam.plugin.cli_console import listener, print_error
from stfam.plugin.cli_options import OF_MATTES, add_run_options, add_shot_options, shot_from_options
from stfam.plugin.cli_signals import StopSignals

if TYPE_CHECKING:
    from stfam.core.networks import Networks

_EPILOG = """\
exit status:
  0 every frame asked for is there and reads back    2 usage    3 missing or unreadable input
  4 out of memory    5 weights missing or damaged    6 some frames failed    130, 143 cancelled
"""


DESCRIPTIONS = {
    "render": "Mattes from a plate and key trimaps: propagate, then matte.",
    "propagate": "Trimaps for every frame from key trimaps; --out names them.",
    "matte": "Mattes from a plate and a trimap for every frame.",
}
"""Of each step."""


def render(arguments: list[str]) -> int:
    """Mattes from a plate and key trimaps."""
    return run_step("render", arguments)


def propagate(arguments: list[str]) -> int:
    """Trimaps for every frame from key trimaps."""
    return run_step("propagate", arguments)


def matte(arguments: list[str]) -> int:
    """Mattes from a plate and a trimap for every frame."""
    return run_step("matte", arguments)


def run_step(step: str, arguments: list[str], networks: Networks | None = None) -> int:
    """Run a step of DESCRIPTIONS with its arguments; returns the exit status.

    Args:
        networks: where they come from; None reads them from disk.
    """
    options = _parser(step).parse_args(arguments)
    signals = StopSignals()
    try:
        with signals:
            return _run(step, options, signals, networks)
    except KeyboardInterrupt:
        return _ended(Cancelled("Cancelled at once; finished frames are kept."), signals, options)
    except StfamError as error:
        return _ended(error, signals, options)
    except OSError as error:
        if error.filename is None:  # of what is printed, not of a file
            raise
        return _ended(InputError(f"{error.filename} cannot be used: {error.strerror}."), signals, options)


def _ended(error: StfamError, signals: StopSignals, options: argparse.Namespace) -> int:
    """Say why the step ended, and with which status."""
    status = error.exit_status
    if isinstance(error, Cancelled):
        status = signals.exit_status or status
    print_error(error, options.json, status)
    return status


def _parser(step: str) -> ArgumentParser:
    parser = ArgumentParser(
        prog=f"stfam {step}",
        description=DESCRIPTIONS[step],
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_shot_options(parser, step=step)
    add_run_options(parser)
    return parser


def _run(step: str, options: argparse.Namespace, signals: StopSignals, networks: Networks | None) -> int:
    shot = shot_from_options(options, trimaps_only=step == "propagate")
    if step == "propagate" and not shot.output.trimaps:
        raise UsageError("Say where to write the trimaps: --out PATTERN, name.####.png for example.")
    refused = [f"--{name}" for name in OF_MATTES if step == "propagate" and getattr(options, name) is not None]
    if refused:
        rest = "or use stfam render or stfam matte."
        raise UsageError(f"stfam propagate writes trimaps alone. Leave {', '.join(refused)} out, {rest}")
    from stfam.core.render import render as run  # imports torch

    summary = run(
        shot,
        frames=options.frames,
        overwrite=options.overwrite,
        continue_on_error=options.continue_on_error,
        step=step,
        on_event=listener(options.json),
        cancelled=signals.cancelled,
        networks=networks,
    )
    summary.raise_failures()
    return 0
