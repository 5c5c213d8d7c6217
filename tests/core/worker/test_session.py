"""What is said and shown of a frame that has an alpha at proxy size alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from stfam.core.refinement import refine
from stfam.core.shot import Refinement
from stfam.core.worker.messages import Configure, Frame, Pixel
from stfam.core.worker.results import Results
from stfam.core.worker.session import Session
from stfam.core.worker.shot_object import shot_object
from stfam.core.worker.warm_start import WarmStart

LESS = 4
"""Pixels of the plate that one of the proxy stands for."""


@pytest.fixture
def half_white(make_shot_folder, tmp_path: Path) -> Session:
    """A shot whose first frame has a proxy that is white left of the middle."""
    folder = make_shot_folder(count=2)
    session = Session(folder.shot(1001), str(tmp_path / "cache"), WarmStart())
    height, width = folder.size
    alpha = np.zeros((height // LESS, width // LESS), np.float32)
    alpha[:, : width // LESS // 2] = 1
    results: Results = session._results
    results.put_preview(1001, alpha)
    return session


def test_the_alpha_under_the_pointer_is_that_of_its_place(half_white):
    height, width = half_white._plate.size
    places = {"left": (width // 2 - 1, 0), "right": (width // 2, height - 1), "last": (width - 1, height - 1)}
    values = {name: half_white.pixel(Pixel(1001, *place))["alpha"] for name, place in places.items()}
    assert values == {"left": 1, "right": 0, "last": 0}


@pytest.mark.parametrize("refinement", [Refinement(shrink=8), Refinement(shrink=-8), Refinement(blur=6)], ids=str)
def test_a_proxy_is_refined_as_its_full_size_will_be(half_white, refinement):
    half_white.configure(Configure(shot_object(replace(half_white._shot, refinement=refinement))))
    full = np.zeros(half_white._plate.size, np.float32)
    full[:, : full.shape[1] // 2] = 1
    expected = refine(full, refinement).reshape(full.shape[0] // LESS, LESS, -1, LESS).mean((1, 3))
    answer = half_white.picture(Frame(1001, "alpha", 0))
    assert answer["proxy"]
    shown = np.fromfile(answer["path"], np.uint8).reshape(answer["height"], answer["stride"])[:, : answer["width"]]
    assert np.abs(shown / 255 - expected).max() < 0.1
