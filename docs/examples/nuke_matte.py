"""Build an stfam node on a Read, matte it, render a premultiplied result and save the script, without a window:

nuke -t nuke_matte.py --plate=PLATE.%04d.exr --frames=1001-1100 --roto=ROTO.%04d.exr --keys=1001,1040
    --result=RESULT.%04d.exr --script=OUT.nk

The roto's alpha has to be right on the keys alone. Ranges are written with an equals sign: Nuke takes a bare one at the
end of its command line for itself. The exit status is that of `stfam render`.
"""

from __future__ import annotations

import argparse
import sys

import nuke

from stfam.core.errors import StfamError
from stfam.core.frame_range import FrameRange
from stfam.plugin.nuke_host import actions
from stfam.plugin.nuke_host import node as stfam_node
from stfam.plugin.nuke_host.baking import render_write


def read(path: str, frames: FrameRange) -> nuke.Node:
    """A Read of the frames."""
    return nuke.nodes.Read(file=path, first=frames.frames[0], last=frames.frames[-1])


def write(source: nuke.Node, path: str, frames: FrameRange) -> nuke.Node:
    """A Write of foreground and matte, premultiplied."""
    first, last = frames.frames[0], frames.frames[-1]
    over_black = nuke.nodes.Premult(inputs=[source])
    made = nuke.nodes.Write(inputs=[over_black], file=path, file_type="exr", channels="rgba")
    for knob, value in (("create_directories", True), ("use_limit", True), ("first", first), ("last", last)):
        made[knob].setValue(value)
    return made


def main(options: argparse.Namespace) -> int:
    """Returns the exit status."""
    try:
        frames = FrameRange.parse(options.frames)
        node = stfam_node.create(read(options.plate, frames), read(options.roto, frames))
        node["stfam_keys"].setValue(options.keys)
        print(actions.execute(node, "matte", then_place=True))
        render_write(write(node, options.result, frames))
        nuke.scriptSaveAs(options.script, 1)
    except StfamError as error:
        print(f"ERROR: {error}", file=sys.stderr)
        return error.exit_status
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="nuke -t nuke_matte.py")
    for name in ("plate", "frames", "roto", "keys", "result", "script"):
        parser.add_argument(f"--{name}", required=True)
    sys.exit(main(parser.parse_args()))
