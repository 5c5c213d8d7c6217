"""`stfam queue COMMAND`: the arguments, and which function answers them."""

from __future__ import annotations

from stfam.core.argument_parser import ArgumentParser
from stfam.plugin.cli_answer import exit_status
from stfam.plugin.cli_signals import sigterm_unwinds
from stfam.plugin.queue.command import add, change, look, run, watch
from stfam.plugin.queue.command.shot_arguments import given


def main(argv: list[str]) -> int:
    """Run `stfam queue` with `argv`; returns the exit status."""
    options = _parser().parse_args(argv)
    with sigterm_unwinds():
        return exit_status(lambda: int(options.answer(options)), as_json=options.json)


def _parser() -> ArgumentParser:
    parser = ArgumentParser("stfam queue", description="Render many shots unattended, here or on a farm.")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    common = ArgumentParser(add_help=False)
    common.add_argument("--json", action="store_true", help="answer in JSON")
    folder = "its folder (default: $STFAM_QUEUE or the user's data folder)"
    common.add_argument("--queue", type=given, metavar="DIR", help=folder)
    for group in (add, look, run, change, watch):
        group.add_commands(commands, common)
    return parser
