"""The pictures of a solved frame against what is written of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import OpenImageIO as oiio
import pytest

from stfam.core.media.colour import to_network
from stfam.core.media.plate import open_plate
from stfam.core.render_passes import refined_passes
from stfam.core.shot import Refinement
from stfam.core.worker.messages import Frame
from stfam.core.worker.session import Session
from stfam.core.worker.warm_start import WarmStart


@pytest.mark.parametrize(
    ("refinement", "window"),
    [
        (Refinement(), None),
        (Refinement(black=0.1, despill=1.0), None),
        (Refinement(shrink=2, blur=1), (20, 8, 40, 30)),
        (Refinement(shrink=-1, despill=1.0), (20, 8, 40, 30)),
        (Refinement(shrink=1, despill=1.0), (120, 8, 10, 10)),
    ],
    ids=["plain", "despilled", "shrunk in a data window", "grown in a data window", "beside the frame"],
)
def test_a_linear_plate_is_shown_as_it_is_written(make_shot_folder, tmp_path: Path, refinement, window):
    folder = make_shot_folder(count=1)
    if window:
        x, y, width, height = window
        file = str(folder.plate_file(1001))
        oiio.ImageBufAlgo.crop(oiio.ImageBuf(file), oiio.ROI(x, x + width, y, y + height)).write(file)
    shot = replace(folder.shot(1001), refinement=refinement)
    session = Session(shot, str(tmp_path / "cache"), WarmStart())
    rows, columns = np.mgrid[: folder.size[0], : folder.size[1]].astype(np.float32)
    alpha = np.clip((22 - np.hypot(rows - 32, columns - 28.8)) / 12, 0, 1).astype(np.float16).astype(np.float32)
    session._results.put_preview(1001, alpha)
    plate = open_plate(folder.plate, None).read(1001)
    written = refined_passes(1001, plate.meta, alpha, refinement, plate.image)
    colours = to_network(written.foreground, plate.meta.colorspace)
    assert np.abs(_shown(session, "foreground", 4)[..., 2::-1] - colours * 255).max() < 1
    assert np.abs(_shown(session, "alpha", 1)[..., 0] - written.alpha * 255).max() < 1


def _shown(session: Session, layer: str, channels: int) -> np.ndarray:
    answer = session.picture(Frame(1001, layer, 0))
    return np.fromfile(answer["path"], np.uint8).reshape(answer["height"], answer["width"], channels)
