"""Matte a node of a script without a window:

nuke -t terminal.py SCRIPT.nk NODE [--seed=NODE --keys=1001,1040] [--output=PATTERN] [--write=NODE] [-F=1001-1100]

NODE is an stfam node; with --keys it may be any other, and an stfam node is built behind it. The script is saved with
the mattes read in; --write then renders that Write, which is moved behind a node that was built where it hung on the
plate. Nuke takes a bare number or range at the end of its own command line for itself: the range is written with an
equals sign, or given to Nuke as `nuke -t -F 1001-1100 terminal.py ...`. The exit status is that of `stfam render`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import nuke

from stfam.core.argument_parser import ArgumentParser
from stfam.core.errors import OutputError, StfamError
from stfam.core.frame_range import FrameRange
from stfam.plugin.host.interface import HostError
from stfam.plugin.nuke_host import actions
from stfam.plugin.nuke_host import node as stfam_node
from stfam.plugin.nuke_host.baking import render_write, writer
from stfam.plugin.nuke_host.lookup import named


def main(arguments: Sequence[str]) -> int:
    """Run it; returns the exit status."""
    options = _parser().parse_args(arguments)
    try:
        _open(options.script)
        write = writer(options.write) if options.write else None
        node = _node(options)
        if write is not None:
            stfam_node.insert_behind(node, write)
        print(actions.execute(node, "matte", then_place=True, relink=options.relink))
        _save(options.script)
        if write is not None:
            render_write(write)
    except StfamError as error:
        print(f"ERROR: {error}", file=sys.stderr)
        return error.exit_status
    return 0


def _open(script: str) -> None:
    try:
        nuke.scriptOpen(script)
    except RuntimeError as error:
        raise HostError(f"{script} cannot be opened: {error}.") from error


def _save(script: str) -> None:
    try:
        nuke.scriptSaveAs(script, 1)
    except RuntimeError as error:
        raise OutputError(f"{script} cannot be saved: {error}.", path=script) from error


def _node(options: argparse.Namespace) -> nuke.Node:
    """The stfam node, built where it has to be, with the knobs that were asked for."""
    node, seed = named(options.node), named(options.seed) if options.seed else None
    if options.seed and seed is None:
        raise HostError(f"{options.script} has no node named {options.seed} to be the seed.")
    if node is not None and not stfam_node.is_ours(node) and options.keys:
        node = stfam_node.create(node, seed)
    if node is None or not stfam_node.is_ours(node):
        raise HostError(
            f"{options.script} has no stfam node named {options.node}; --seed and --keys build one behind a plate."
        )
    if seed is not None:
        stfam_node.connect_seed(node, seed)
    for knob, value in (
        ("stfam_keys", _canonical(options.keys)),
        ("stfam_range", _canonical(options.frames or _nuke_frames())),
        ("stfam_output", options.output),
    ):
        if value:
            node[knob].setValue(value)
    return node


def _canonical(text: str) -> str:
    return str(FrameRange.parse(text)) if text else ""


def _nuke_frames() -> str:
    """The ranges that were given to Nuke's own -F, which stand before the script's name."""
    raw = [str(argument) for argument in nuke.rawArgs]
    return ",".join(value for flag, value in zip(raw, raw[1:], strict=False) if flag == "-F")


def _parser() -> ArgumentParser:
    parser = ArgumentParser(prog="nuke -t terminal.py")
    parser.add_argument("script")
    parser.add_argument("node")
    parser.add_argument("--seed", default="")
    parser.add_argument("--keys", default="")
    parser.add_argument("--output", default="")
    parser.add_argument("--write", default="")
    parser.add_argument("--relink", action="store_true")
    parser.add_argument("-F", "--frames", default="")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
