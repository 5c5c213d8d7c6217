"""`stfam bundle SHOT DIR`."""

from __future__ import annotations

import argparse
import dataclasses
import json
from pathlib import Path

from stfam.core.argument_parser import ArgumentParser
from stfam.plugin.cli_answer import exit_status
from stfam.plugin.queue.command.shot_arguments import add_shot_arguments, shot_name, shot_of
from stfam.plugin.queue.cost import Costs
from stfam.plugin.queue.openjd.bundle import BundleOptions, write_bundle


def main(argv: list[str]) -> int:
    """Write an OpenJD job bundle; returns the exit status."""
    parser = ArgumentParser("stfam bundle", description="A shot as an OpenJD job bundle.")
    add_shot_arguments(parser)
    parser.add_argument("folder", metavar="DIR", type=Path)
    parser.add_argument("--name", help="what the job is called (default: the shot's name)")
    parser.add_argument("--workers", type=int, default=10, metavar="N", help="that the farm will give it (default 10)")
    parser.add_argument("--chunk", type=int, default=0, metavar="FRAMES", help="of a matte task (default 0: the best)")
    parser.add_argument("--no-chunking", action="store_true", help="for farms without the TASK_CHUNKING extension")
    parser.add_argument("--json", action="store_true", help="answer in JSON")
    options = parser.parse_args(argv)
    return exit_status(lambda: _bundle(options), as_json=options.json)


def _bundle(options: argparse.Namespace) -> int:
    shot = shot_of(options)
    if options.frames:
        shot = dataclasses.replace(shot, frames=options.frames)
    name = options.name or shot_name(options)
    chosen = BundleOptions(name, options.workers, options.chunk, not options.no_chunking, options.continue_on_error)
    template = write_bundle(shot, options.folder, chosen, Costs())
    steps = [step["name"] for step in template["steps"]]
    if options.json:
        print(json.dumps({"folder": str(options.folder), "name": name, "steps": steps}))
    else:
        print(f"Bundle of {name} ({', '.join(steps)}) -> {options.folder}")
    return 0
