from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from stfam.core.engine.matte import matte
from stfam.core.errors import UsageError
from stfam.core.network.deform import deform_conv2d
from stfam.core.network.fused_convolution import add_and_rectify
from stfam.core.network.weights import load_matting
from stfam.core.network.weights_files import weights_path
from stfam.core.performance.arithmetic import Peak, counted
from stfam.core.performance.scene import Scene
from stfam.core.performance.stages import matte_count, matte_seconds
from stfam.core.performance.suite import Figure, _counted_encodes, table
from stfam.plugin.cli import main


@pytest.mark.parametrize("share", [0.02, 0.1, 0.5, 0.8, 1.0])
def test_a_scene_has_the_share_that_was_asked_for(share):
    scene = Scene(640, 360, share)
    trimap = scene.trimap(0)
    assert abs((trimap == 128).mean() - min(share, 1 - 2 * 16 / 640)) < 0.01
    assert (trimap == 255).any() and (trimap == 0).any()
    assert scene.image(0).shape == (360, 640, 3) and not np.array_equal(scene.image(0), scene.image(1))
    assert np.array_equal(scene.image(3), scene.image(3))


@pytest.mark.parametrize(("size", "share"), [((10, 10), 0.1), ((640, 360), 0.0), ((640, 360), 1.5)])
def test_a_scene_that_makes_no_sense_is_refused(size, share):
    with pytest.raises(UsageError):
        Scene(*size, share)


def test_convolutions_deformable_ones_and_products_are_counted():
    x, weight = torch.rand(1, 8, 16, 16), torch.rand(4, 8, 3, 3)
    offset, mask = torch.zeros(1, 18, 16, 16), torch.ones(1, 9, 16, 16)
    with torch.inference_mode(), counted() as count:
        plain = F.conv2d(x, weight, padding=1)
        deformed = deform_conv2d(x, offset, mask, weight)
        torch.rand(5, 6) @ torch.rand(6, 7)
        add_and_rectify(x, weight, plain)
    assert torch.allclose(plain, deformed, atol=1e-4)
    assert count.operations == 3 * 2 * 8 * 4 * 9 * 256 + 2 * 5 * 6 * 7


def test_weights_are_named_apart(capsys, tmp_path):
    files = {kind: tmp_path / f"own-{kind}.safetensors" for kind in ("matting", "propagation")}
    for kind, path in files.items():
        shutil.copy(weights_path("lite", kind), path)
    given = ["--weights", str(files["matting"]), "--propagation-weights", str(files["propagation"])]
    assert main(["benchmark", *given, "--size", "96x64", "--frames", "1", "--json"]) == 0
    measured = json.loads(capsys.readouterr().out)
    assert measured["width"] == 96 and measured["matte"]["milliseconds"] > 0


def test_the_peak_is_the_best_of_its_measurements():
    peak = Peak(torch.device("cpu"))
    peak.measure(3)
    assert len(peak.gflops) == 3 and peak.gflop_per_second == max(peak.gflops) >= peak.typical > 0


def test_each_frame_is_encoded_once_and_counted_arithmetic_does_not_change():
    network = load_matting("lite", "cpu")
    scene = Scene(128, 96, 0.3)
    with _counted_encodes(network) as encodes:
        seconds = matte_seconds(scene, network, 1, "off", torch.device("cpu"), 3)
    assert len(seconds) == 3 and min(seconds) > 0
    assert set(encodes.values()) == {1}
    counts = [matte_count(scene, network, 1, "off", torch.device("cpu")).gflop for _ in range(2)]
    assert counts[0] == counts[1] > 0


def test_what_is_measured_is_what_the_engine_yields():
    network = load_matting("lite", "cpu")
    scene = Scene(128, 96, 0.3)
    from stfam.core.performance.stages import _Feed

    made = list(matte(_Feed(scene, 1, 2).inputs(), network, window=1))
    assert [frame for frame, _ in made] == [3, 4]
    assert all((alpha[scene.trimap(0) == 255] == 1).all() for _, alpha in made)


def test_the_command_prints_every_stage_and_the_limit(capsys):
    arguments = ["benchmark", "--size", "128x96", "--frames", "1", "--window", "0", "--device", "cpu"]
    assert main([*arguments, "--json"]) == 0
    measured = json.loads(capsys.readouterr().out)
    assert (measured["width"], measured["height"], measured["window"]) == (128, 96, 0)
    assert measured["peak_gflop_per_second"] > 0 and measured["memory_bytes"] > 2**20
    for stage in ("propagate", "matte"):
        assert measured[stage]["milliseconds"] > 0 and measured[stage]["gflop"] > 0
        limit = measured[stage]["gflop"] / measured["peak_gflop_per_second"] * 1000
        assert measured[stage]["of_limit"] == pytest.approx(limit / measured[stage]["milliseconds"])
    for stage in ("foreground", "read", "write"):
        assert measured[stage]["milliseconds"] > 0


def test_a_plate_of_one_s_own_is_measured(make_shot_folder, capsys):
    folder = make_shot_folder(count=2)
    arguments = ["benchmark", "--plate", folder.plate, "--trimap", str(folder.trimap_file(1001)), "--frames", "1"]
    assert main([*arguments, "--window", "0", "--device", "cpu"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("96x64") and "of the limit" in said and "MiB" in said


@pytest.mark.parametrize(("given", "said"), [("--size big", "WIDTHxHEIGHT"), ("--trimap key.png", "give --plate")])
def test_a_scene_that_is_none_is_a_sentence(given, said, capsys):
    assert main(["benchmark", *given.split()]) == 2
    assert said in capsys.readouterr().err


def test_a_frame_that_no_memory_holds_is_a_sentence(capsys):
    assert main(["benchmark", "--size", "99999999x99999999"]) == 4
    assert "A frame of --size 99999999x99999999 does not fit into memory." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("--window -1", "argument --window: expected a whole number of at least 0"),
        ("--frames 0", "argument --frames: expected a whole number of at least 1"),
        ("--tile some", "argument --tile: expected a whole number of at least 16; got 'some'"),
        ("--unknown nan", "argument --unknown: expected a number above 0"),
    ],
)
def test_options_that_make_no_sense_are_refused(given, said, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["benchmark", *given.split()])
    assert said in capsys.readouterr().err


def test_a_sweep_s_folder_that_is_none_is_said(tmp_path, capsys):
    (tmp_path / "taken").write_text("a file")
    assert main(["benchmark", "--sweep", str(tmp_path / "taken")]) == 2
    assert "taken cannot be written to" in capsys.readouterr().err


def test_the_table_says_what_was_not_reached():
    text = table([Figure("a", "1", "2", True), Figure("b", "3", "4", False)])
    assert "| a | 1 | 2 | yes |" in text and "| b | 3 | 4 | **no** |" in text
