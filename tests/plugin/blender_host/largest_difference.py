"""Run in the environment that holds stfam: the largest difference of a render from the same comp made of the files.

`largest_difference.py RENDER COLOUR MATTE multiply|as-is` compares RGB with COLOUR (times MATTE) and A with MATTE.
"""

from __future__ import annotations

import sys

import numpy as np
import OpenImageIO as oiio


def pixels(path: str) -> np.ndarray:
    buffer = oiio.ImageBuf(path)
    assert not buffer.has_error, buffer.geterror()
    return buffer.get_pixels(oiio.FLOAT)


def main(render: str, colour: str, matte: str, how: str) -> None:
    result, alpha = pixels(render), pixels(matte)[..., :1]
    wanted = pixels(colour)[..., :3] * (alpha if how == "multiply" else 1)
    assert alpha.min() == 0 and alpha.max() == 1
    print(max(np.abs(result[..., :3] - wanted).max(), np.abs(result[..., 3:] - alpha).max()))


if __name__ == "__main__":
    main(*sys.argv[1:])
