"""The pictures of a solved frame against what is written of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from stfam.core.media.colour import to_network
from stfam.core.media.plate import open_plate
from stfam.core.render_passes import refined_passes
from stfam.core.shot import Refinement
from stfam.core.worker.messages import Frame
from stfam.core.worker.session import Session
from stfam.core.worker.warm_start import WarmStart


@pytest.mark.parametrize("refinement", [Refinement(), Refinement(black=0.1, despill=1.0)], ids=["plain", "despilled"])
def test_the_foreground_of_a_linear_plate_is_shown_as_it_is_written(make_shot_folder, tmp_path: Path, refinement):
    folder = make_shot_folder(count=1)
    shot = replace(folder.shot(1001), refinement=refinement)
    session = Session(shot, str(tmp_path / "cache"), WarmStart())
    rows, columns = np.mgrid[: folder.size[0], : folder.size[1]].astype(np.float32)
    alpha = np.clip((22 - np.hypot(rows - 32, columns - 28.8)) / 12, 0, 1).astype(np.float16).astype(np.float32)
    session._results.put_preview(1001, alpha)
    plate = open_plate(folder.plate, None).read(1001)
    written = refined_passes(1001, plate.meta, alpha, refinement, plate.image).foreground
    answer = session.picture(Frame(1001, "foreground", 0))
    shown = np.fromfile(answer["path"], np.uint8).reshape(answer["height"], answer["width"], 4)[..., 2::-1]
    assert np.abs(shown - to_network(written, plate.meta.colorspace) * 255).max() < 1
