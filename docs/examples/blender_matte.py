"""Matte an image sequence from a mask in Blender, without a window:

blender -b comp.blend --python blender_matte.py -- IMAGE MASK FRAME MATTES

IMAGE and MASK are names of datablocks of comp.blend, FRAME is the plate's frame on which the mask is right, MATTES is
an output pattern. The result is a node group in the compositor of the saved file.
"""

from __future__ import annotations

import sys

import bpy

from stfam.core.errors import StfamError
from stfam.plugin.blender_host import api


def main(image: str, mask: str, frame: str, mattes: str) -> int:
    try:
        api.open_plate("IMAGE", image, matte=mattes)
        api.add_key(mask, [int(frame)], inner=8, outer=12)
        print(api.matte().done, "frames")
        print(api.import_result())
        bpy.ops.wm.save_mainfile()
    except StfamError as error:
        print(f"ERROR: {error}", file=sys.stderr)
        return error.exit_status
    except RuntimeError as error:  # Blender's own, such as a .blend that cannot be written
        print(f"ERROR: {error}", file=sys.stderr)
        return 3
    finally:
        api.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[sys.argv.index("--") + 1 :]))
