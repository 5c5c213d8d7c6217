"""`stfam farm COMMAND`."""

from __future__ import annotations

import sys

from stfam.core.errors import StfamError
from stfam.plugin.cli_options import ArgumentParser
from stfam.plugin.queue.farm import local, simulate, task


def main(argv: list[str]) -> int:
    """Run `stfam farm` with `argv`; returns the exit status."""
    parser = ArgumentParser("stfam farm", description="Rendering on several machines.")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for name, module, text in (
        ("local", local, "a Dask scheduler and N workers on this machine, to try it"),
        ("task", task, "one step of a shot on one farm machine"),
        ("simulate", simulate, "where the time goes on a farm of 1 to 1,000 workers, on paper"),
    ):
        command = commands.add_parser(name, help=text)
        module.add_arguments(command)
        command.set_defaults(answer=module.answer)
    options = parser.parse_args(argv)
    try:
        return int(options.answer(options))
    except StfamError as error:
        print(f"ERROR: {error}", file=sys.stderr)
        return error.exit_status
    except KeyboardInterrupt:
        return 130
