"""`stfam farm COMMAND`."""

from __future__ import annotations

from stfam.core.argument_parser import ArgumentParser
from stfam.plugin.cli_answer import exit_status
from stfam.plugin.cli_signals import sigterm_unwinds
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
    with sigterm_unwinds():
        return exit_status(lambda: int(options.answer(options)), as_json=getattr(options, "json", False))
