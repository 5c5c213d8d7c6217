"""Weights on disk: round trip, and every way in which they can be wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from stfam.core.errors import WeightsError
from stfam.core.file_hash import file_sha256
from stfam.core.network.box import Box
from stfam.core.network.builders import build_matting
from stfam.core.network.config import MATTING
from stfam.core.network.folding import fold
from stfam.core.network.matting import MattingNetwork
from stfam.core.network.weights import load_matting, load_propagation, manifest, save_weights
from stfam.core.network.weights_files import matting_config, weights_folder


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("weights") / "own.safetensors"
    save_weights(build_matting(MATTING["lite"]), path, kind="matting")
    return path


def _alpha(network: MattingNetwork) -> torch.Tensor:
    generator = torch.Generator().manual_seed(1)
    image = torch.rand(1, 3, 32, 64, generator=generator)
    trimap = torch.full((1, 1, 32, 64), 128, dtype=torch.uint8)
    trimap[..., :8], trimap[..., -8:] = 0, 255
    with torch.inference_mode():
        context = network.context(image, trimap)
        frame = network.encode(image, trimap, context, Box(0, 0, 32, 64), (32, 64))
        return network.decode([frame] * 5)


def test_round_trip_folded_and_in_half_precision(saved: Path) -> None:
    torch.manual_seed(0)
    original = build_matting(MATTING["lite"]).eval()
    loaded = load_matting(str(saved))
    assert not any(isinstance(m, torch.nn.BatchNorm2d) for m in loaded.modules())
    assert torch.allclose(_alpha(loaded), _alpha(original), atol=2e-3)


def test_folding_changes_nothing_but_rounding() -> None:
    torch.manual_seed(0)
    network = build_matting(MATTING["lite"])
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean = torch.randn_like(module.weight) * 0.1
            module.running_var = torch.rand_like(module.weight) + 0.5
    with pytest.raises(ValueError, match="eval mode"):
        fold(network)
    network.eval()
    before = _alpha(network)
    fold(network)
    assert torch.allclose(_alpha(network), before, atol=1e-4)


def test_a_flipped_bit_is_found(saved: Path, tmp_path: Path) -> None:
    data = bytearray(saved.read_bytes())
    data[-1000] ^= 1
    damaged = tmp_path / "damaged.safetensors"
    damaged.write_bytes(bytes(data))
    with pytest.raises(WeightsError, match="checksum") as caught:
        load_matting(str(damaged))
    assert caught.value.exit_status == 5


def test_the_manifest_beside_a_file_is_believed(saved: Path, tmp_path: Path) -> None:
    copy = tmp_path / "own.safetensors"
    copy.write_bytes(saved.read_bytes())
    (tmp_path / "manifest.json").write_text(json.dumps({"files": [{"file": "own.safetensors", "sha256": "0" * 64}]}))
    with pytest.raises(WeightsError, match="checksum"):
        load_matting(str(copy))


def test_weights_of_the_other_kind(saved: Path) -> None:
    with pytest.raises(WeightsError, match="holds matting weights, but propagation"):
        load_propagation(str(saved))


@pytest.mark.parametrize("content", [b"", b"hello", b"\xff" * 64], ids=["empty", "text", "noise"])
def test_a_file_that_is_no_weights(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.safetensors"
    path.write_bytes(content)
    with pytest.raises(WeightsError, match=r"x\.safetensors"):
        load_matting(str(path))


def _configured(saved: Path, path: Path, change: Callable[[dict[str, Any]], object]) -> str:
    """A copy of weights whose configuration is what `change` makes of it."""
    with safe_open(str(saved), "pt") as file:
        metadata = file.metadata()
    config = json.dumps(change(json.loads(metadata["config"])))
    save_file(load_file(str(saved)), path, metadata={**metadata, "config": config})
    return str(path)


def test_weights_of_a_network_that_is_no_longer_built(saved: Path, tmp_path: Path) -> None:
    older = _configured(saved, tmp_path / "older.safetensors", lambda c: {k: c[k] for k in c if k != "context_trunk"})
    with pytest.raises(WeightsError, match="does not build.*context_trunk"):
        load_matting(older)
    with pytest.raises(WeightsError, match="does not build"):
        matting_config(older)


@pytest.mark.parametrize(
    ("change", "words"),
    [(lambda c: [c], "must be an object"), (lambda c: {**c, "window": "2"}, "window takes int, not str"),
     (lambda c: {**c, "encoder": "x"}, "does not build: Unknown encoder"),
     (lambda c: {**c, "decoder_widths": {}}, "does not build"), (lambda c: {**c, "halo": 1e99}, "halo takes int"),
     (lambda c: {**c, "refinement_width": 8}, r"do not fit .*: its \S+ is \(.*\), and \(.*\) is expected\.$")],
    ids=["list", "text", "encoder", "widths", "huge", "other width"],
)  # fmt: skip
def test_a_configuration_of_no_network(
    saved: Path, tmp_path: Path, change: Callable[[dict[str, Any]], object], words: str
) -> None:
    with pytest.raises(WeightsError, match=words):
        load_matting(_configured(saved, tmp_path / "strange.safetensors", change))


@pytest.mark.parametrize("content", ['["app.js"]', '{"files": ["app.js"]}', '{"files": {"main.js": "x"}}'])
def test_a_manifest_of_something_else_beside_weights_is_left_alone(saved: Path, tmp_path: Path, content: str) -> None:
    copy = tmp_path / "own.safetensors"
    copy.write_bytes(saved.read_bytes())
    (tmp_path / "manifest.json").write_text(content)
    assert load_matting(str(copy)).config.name == "lite"
    (tmp_path / "manifest.json").write_text(content[:-1])
    with pytest.raises(WeightsError, match="move it out of their folder"):
        load_matting(str(copy))


@pytest.mark.parametrize("name", ["heavy", "x" * 5000, "x" * 5000 + ".safetensors", "nul\0"], ids=len)
def test_missing_weights_list_what_ships(name: str) -> None:
    with pytest.raises(WeightsError, match="lite"):
        load_matting(name)


def test_shipped_weights_match_their_manifest_and_fit_in_30_megabytes() -> None:
    folder = weights_folder()
    entries = manifest()
    assert {e["kind"] for e in entries} == {"matting", "propagation"}
    for entry in entries:
        assert file_sha256(folder / entry["file"]) == entry["sha256"]
        assert entry["config"]["name"] == "lite"
        assert entry["date"]
    assert sum((folder / e["file"]).stat().st_size for e in entries) <= 30 * 2**20
    assert load_matting("lite").config.window == 2
    assert load_matting("lite-single").config.window == 0
    load_propagation("lite")


def test_the_validation_table_is_of_the_weights_that_ship() -> None:
    digests = {entry["file"]: entry["sha256"] for entry in manifest()}
    text = (weights_folder() / "validation.md").read_text("utf-8")
    measured = dict(re.findall(r"`([\w-]+\.safetensors)`, SHA-256 `([0-9a-f]{16})…`", text))
    assert set(measured) == set(digests)
    assert all(digests[name].startswith(start) for name, start in measured.items())
