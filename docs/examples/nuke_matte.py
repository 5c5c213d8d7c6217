"""Build an stfam node on a Read, matte it and save the script, in a Nuke without a window:

nuke -t nuke_matte.py PLATE.%04d.exr FIRST-LAST= ROTO.%04d.exr KEYS= OUT.nk

The equals signs keep Nuke from taking a range at the end of its command line for itself; KEYS are the frames on which
the roto's alpha is right, such as 1001,1040.
"""

from __future__ import annotations

import sys

import nuke

from stfam.core.errors import StfamError
from stfam.core.frame_range import FrameRange
from stfam.plugin.nuke_host import actions
from stfam.plugin.nuke_host import node as stfam_node


def read(path: str, frames: FrameRange) -> nuke.Node:
    made = nuke.createNode("Read", inpanel=False)
    for knob, value in (("file", path), ("first", frames.frames[0]), ("last", frames.frames[-1])):
        made[knob].setValue(value)
    return made


def main(plate: str, span: str, roto: str, keys: str, script: str) -> int:
    try:
        frames = FrameRange.parse(span.rstrip("="))
        node = stfam_node.create()
        node.setInput(0, read(plate, frames))
        node.setInput(1, read(roto, frames))
        node["stfam_keys"].setValue(keys.rstrip("="))
        print(actions.execute(node, "matte", then_place=True))
        nuke.scriptSaveAs(script, 1)
    except StfamError as error:
        print(f"ERROR: {error}", file=sys.stderr)
        return error.exit_status
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
