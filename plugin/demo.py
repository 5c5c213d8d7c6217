"""The demo: a furry rabbit matted from one painted trimap, with the commands that an artist would type.

``python -m stfam.plugin.demo --out build/demo`` writes EXR mattes and foregrounds, a comp over a checker as a movie,
and a contact sheet.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from fractions import Fraction
from importlib import resources
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import OpenImageIO as oiio

from stfam.core.argument_parser import ArgumentParser
from stfam.core.media.image_file import read_image
from stfam.core.media.movie_writer import MovieWriter
from stfam.core.media.pattern import FramePattern
from stfam.core.media.plate import open_plate
from stfam.core.trimap import read_trimap
from stfam.plugin.cli import main as stfam

Picture: TypeAlias = npt.NDArray[np.float32]

FIRST, LAST, KEY = 49, 96, 67
RATE = Fraction(25)
SHEET_FRAMES = (49, 58, 67, 77, 86, 96)
SHEET_WIDTH = 480
DETAILS = ((67, 395, 55), (67, 560, 250))
"""Frame, left and top of the parts that are shown at 400 %."""
DETAIL_WIDTH, DETAIL_HEIGHT, ZOOM = 180, 110, 4
CHECK = 32


def main(argv: Sequence[str] | None = None) -> int:
    """Render, comp and lay out; returns the exit status."""
    parser = ArgumentParser(prog="python -m stfam.plugin.demo", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("build/demo"), metavar="DIR")
    out: Path = parser.parse_args(argv).out
    demo = Path(str(resources.files("stfam.resources"))) / "demo"
    files = {name: str(out / name / f"rabbit.####.{suffix}") for name, suffix in _OUTPUTS.items()}
    status = stfam(
        [
            "render",
            str(demo / "big_buck_bunny.mp4"),
            "--key",
            f"{KEY}={demo / f'key.{KEY:04d}.png'}",
            "--frames",
            f"{FIRST}-{LAST}",
            "--out",
            files["matte"],
            "--foreground",
            files["foreground"],
            "--trimaps",
            files["trimap"],
        ]
    )
    if status:
        return status
    shot = DemoFrames(demo / "big_buck_bunny.mp4", files)
    with MovieWriter(out / "comp.mp4", (720, 1280), RATE, alpha=False) as movie:
        for frame in range(FIRST, LAST + 1):
            movie.write(_bytes(shot.comp(frame)))
    _save(out / "contact_sheet.png", contact_sheet(shot))
    print(f"{out / 'contact_sheet.png'}\n{out / 'comp.mp4'}")
    return 0


_OUTPUTS = {"matte": "exr", "foreground": "exr", "trimap": "png"}


class DemoFrames:
    """What the render wrote, as pictures (H, W, 3) in [0, 1]."""

    def __init__(self, plate: Path, files: dict[str, str]) -> None:
        self._plate = open_plate(str(plate))
        self._files = {name: FramePattern.parse(text) for name, text in files.items()}

    def plate(self, frame: int) -> Picture:
        """The plate."""
        return self._plate.read(frame).image

    def trimap(self, frame: int) -> Picture:
        """The propagated trimap."""
        return _grey(np.asarray(read_trimap(self._files["trimap"].path(frame), complete=False) / 255, np.float32))

    def alpha(self, frame: int) -> Picture:
        """The matte."""
        return read_image(self._files["matte"].path(frame)).pixels

    def comp(self, frame: int) -> Picture:
        """The foreground over a checker."""
        foreground = read_image(self._files["foreground"].path(frame)).pixels
        alpha = self.alpha(frame)
        return alpha * foreground + (1 - alpha) * checker(alpha.shape[0], alpha.shape[1])


def contact_sheet(shot: DemoFrames) -> Picture:
    """Plate, trimap, alpha and comp at six times, one row each; below, a row of the same for each detail at 400 %."""
    views = (shot.plate, shot.trimap, shot.alpha, shot.comp)
    rows = [np.concatenate([_shrunk(view(frame)) for frame in SHEET_FRAMES], 1) for view in views]
    width = rows[0].shape[1]
    for frame, left, top in DETAILS:
        parts = [_detail(view(frame), left, top) for view in views]
        row = np.concatenate(parts, 1)
        rows.append(np.pad(row[:, :width], ((0, 0), (0, max(0, width - row.shape[1])), (0, 0))))
    return np.concatenate(rows, 0)


def checker(height: int, width: int) -> Picture:
    """Two greys in squares of 32 pixels."""
    rows, columns = np.indices((height, width)) // CHECK
    return _grey(np.where((rows + columns) % 2, 0.38, 0.52).astype(np.float32))


def _detail(picture: Picture, left: int, top: int) -> Picture:
    part = picture[top : top + DETAIL_HEIGHT, left : left + DETAIL_WIDTH]
    return part.repeat(ZOOM, 0).repeat(ZOOM, 1)


def _shrunk(picture: Picture) -> Picture:
    height = round(picture.shape[0] * SHEET_WIDTH / picture.shape[1])
    source = oiio.ImageBuf(np.ascontiguousarray(picture, np.float32))
    small = oiio.ImageBufAlgo.resize(source, roi=oiio.ROI(0, SHEET_WIDTH, 0, height, 0, 1, 0, 3))
    return np.asarray(small.get_pixels(oiio.FLOAT), np.float32)


def _grey(values: npt.NDArray[np.float32]) -> Picture:
    return np.repeat(values[..., None], 3, 2)


def _bytes(picture: Picture) -> npt.NDArray[np.uint8]:
    return np.asarray(np.rint(picture.clip(0, 1) * 255), np.uint8)


def _save(path: Path, picture: Picture) -> None:
    buffer = oiio.ImageBuf(_bytes(picture))
    if not buffer.write(str(path)):
        raise SystemExit(f"ERROR: {path} could not be written: {buffer.geterror()}")


if __name__ == "__main__":
    sys.exit(main())
