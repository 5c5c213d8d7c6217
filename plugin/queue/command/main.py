"""`stfam queue COMMAND`: the arguments, and which function answers them."""

from __future__ import annotations

import argparse
import sys

from stfam.core.errors import StfamError
from stfam.plugin.cli_options import ArgumentParser
from stfam.plugin.queue.command import add, change, look, run, watch
from stfam.plugin.queue.command.output import print_json

INTERRUPTED_STATUS = 130


def main(argv: list[str]) -> int:
    """Run `stfam queue` with `argv`; returns the exit status."""
    options = _parser().parse_args(argv)
    try:
        status = options.answer(options)
    except StfamError as error:
        if options.json:
            print_json({"event": "error", "kind": type(error).__name__, "message": str(error)})
        print(f"ERROR: {error}", file=sys.stderr)
        return error.exit_status
    except KeyboardInterrupt:
        return INTERRUPTED_STATUS
    return int(status)


def _parser() -> ArgumentParser:
    parser = ArgumentParser("stfam queue", description="Render many shots unattended, here or on a farm.")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--json", action="store_true", help="answer in JSON")
    common.add_argument("--queue", metavar="DIR", help="its folder (default: $STFAM_QUEUE or the user's data folder)")
    for group in (add, look, run, change, watch):
        group.add_commands(commands, common)
    return parser
