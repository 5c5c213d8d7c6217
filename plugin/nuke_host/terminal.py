"""Matte a node of a script without a window:

nuke -t terminal.py SCRIPT.nk NODE [--frames=1001-1100] [--write=NODE]

NODE is an stfam node. The script is saved with the mattes read in; --write then renders that Write. Nuke takes a bare
number or range at the end of its own command line for itself, so that the range is written with an equals sign. The
exit status is that of `stfam render`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import nuke

from stfam.core.errors import StfamError
from stfam.core.frame_range import FrameRange
from stfam.plugin.host.interface import HostError
from stfam.plugin.nuke_host import actions
from stfam.plugin.nuke_host import node as stfam_node
from stfam.plugin.nuke_host.reads import render_write


def main(arguments: Sequence[str]) -> int:
    """Run it; returns the exit status."""
    options = _parser().parse_args(arguments)
    try:
        _open(options.script)
        node = nuke.toNode(options.node)
        if node is None or not stfam_node.is_ours(node):
            raise HostError(f"{options.script} has no stfam node named {options.node}.")
        if options.frames:
            node["stfam_range"].setValue(str(FrameRange.parse(options.frames)))
        print(actions.execute(node, "matte", then_place=True))
        nuke.scriptSaveAs(options.script, 1)
        if options.write:
            render_write(options.write)
    except StfamError as error:
        print(f"ERROR: {error}", file=sys.stderr)
        return error.exit_status
    return 0


def _open(script: str) -> None:
    try:
        nuke.scriptOpen(script)
    except RuntimeError as error:
        raise HostError(f"{script} cannot be opened: {error}.") from error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="nuke -t terminal.py")
    parser.add_argument("script")
    parser.add_argument("node")
    parser.add_argument("--frames", default="")
    parser.add_argument("--write", default="")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
