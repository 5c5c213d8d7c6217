"""Weights that are damaged or of the wrong kind are refused before anything is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from stfam.core.network.weights_files import weights_path
from stfam.plugin.cli import main


@pytest.fixture
def folder(make_shot_folder):
    return make_shot_folder(4)


def rendered(capsys, folder, weights: Path) -> tuple[int, str]:
    """Exit status and what was said of the error."""
    rendering = ["render", folder.plate, "--key", folder.key(1001), "--out", folder.out, "--device", "cpu"]
    status = main([*rendering, "--weights", str(weights)])
    return status, capsys.readouterr().err


@pytest.mark.parametrize("place", [0.02, 0.5, 0.99], ids=["header", "middle", "end"])
def test_weights_with_a_flipped_bit(folder, capsys, place):
    data = bytearray(weights_path("lite", "matting").read_bytes())
    data[int(place * len(data))] ^= 4
    damaged = folder.folder / "damaged.safetensors"
    damaged.write_bytes(data)
    status, err = rendered(capsys, folder, damaged)
    assert status == 5 and "damaged.safetensors" in err and "Traceback" not in err
    assert not list(folder.folder.glob("out/*"))


def test_weights_of_the_wrong_kind(folder, capsys):
    wrong = weights_path("lite", "propagation")
    status, err = rendered(capsys, folder, wrong)
    assert status == 5 and "holds propagation weights" in err
