"""PWC-Net, the mapping of published weights, and DIS."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from stfam.core.errors import WeightsError
from stfam.core.network.flow import DisFlow, PwcNet, correlate, warp, window_flows
from stfam.core.network.flow_weights import load_pwc_net, published_names


@pytest.fixture(scope="module")
def network() -> PwcNet:
    torch.manual_seed(0)
    return PwcNet().eval()


def test_size_of_the_published_network(network: PwcNet) -> None:
    assert sum(p.numel() for p in network.parameters()) == 9_374_274


@pytest.mark.parametrize("size", [(64, 64), (50, 90), (4, 4)], ids=str)
def test_flow_comes_at_a_quarter_of_any_size(network: PwcNet, size: tuple[int, int]) -> None:
    with torch.inference_mode():
        flow = network(torch.rand(1, 3, *size), torch.rand(1, 3, *size))
    assert flow.shape == (1, 2, -(-size[0] // 4), -(-size[1] // 4))


def test_untrained_it_finds_no_motion_and_hands_on_what_a_coarser_level_finds() -> None:
    torch.manual_seed(1)
    images = torch.rand(2, 1, 3, 64, 64)
    started = PwcNet().eval()
    with torch.inference_mode():
        assert all((flow == 0).all() for flow in started.levels(images[0], images[1]))
        started.estimators["6"].predict.bias.copy_(torch.tensor([0.5, -1.0]))
        flow = started.levels(images[0], images[1], finest=3)[-1]
    assert flow.shape == (1, 2, 8, 8)
    # Level 6 is one pixel; grown to four, each has three quarters of it across and three quarters down.
    expected = torch.tensor([10.0, -20.0]) * 0.75**2
    assert torch.allclose(flow[0, :, 3:5, 3:5], expected[:, None, None].expand(2, 2, 2))


def test_features_are_correlated_whatever_their_brightness() -> None:
    torch.manual_seed(0)
    features = torch.randn(1, 32, 12, 12)
    standardised, published = PwcNet(), PwcNet(standardised=False)
    bright = 40 * features + 7
    assert torch.allclose(standardised._correlated(bright), standardised._correlated(features), atol=1e-4)
    assert torch.equal(published._correlated(bright), bright)
    assert torch.allclose(standardised._correlated(features).square().mean(1), torch.ones(1, 12, 12), atol=1e-3)


def test_cost_volume_peaks_at_the_displacement() -> None:
    torch.manual_seed(0)
    one = torch.randn(1, 32, 20, 20)
    two = torch.roll(one, (3, -2), (2, 3))
    volume = correlate(one, two)
    assert volume.shape == (1, 81, 20, 20)
    assert volume[0, :, 10, 10].argmax().item() == (4 + 3) * 9 + (4 - 2)


def test_warp_undoes_a_shift_and_agrees_with_opencv() -> None:
    torch.manual_seed(0)
    x = torch.rand(1, 1, 12, 14)
    flow = torch.randn(1, 2, 12, 14)
    rows, columns = np.indices((12, 14), np.float32)
    expected = cv2.remap(
        x[0, 0].numpy(),
        columns + flow[0, 0].numpy(),
        rows + flow[0, 1].numpy(),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
    )
    # OpenCV rounds positions to 1/32 of a pixel.
    assert np.abs(warp(x, flow)[0, 0].numpy() - expected).max() < 0.05


def _published() -> dict[str, torch.Tensor]:
    """Names and shapes of the authors' PyTorch release, written down from its model's definition."""
    shapes: dict[str, tuple[int, ...]] = {}
    for level, (before, width) in enumerate([(3, 16), (16, 32), (32, 64), (64, 96), (96, 128)], 1):
        shapes |= {f"conv{level}a.0": (width, before), f"conv{level}aa.0": (width, width)}
        shapes[f"conv{level}b.0"] = (width, width)
    shapes |= {"conv6aa.0": (196, 128), "conv6a.0": (196, 196), "conv6b.0": (196, 196)}
    for level, first in ((6, 81), (5, 213), (4, 181), (3, 149), (2, 117)):
        for index, (width, added) in enumerate([(128, 0), (128, 128), (96, 256), (64, 352), (32, 416)]):
            shapes[f"conv{level}_{index}.0"] = (width, first + added)
        shapes[f"predict_flow{level}"] = (2, first + 448)
    for number, (width, before) in enumerate([(128, 565), (128, 128), (128, 128), (96, 128), (64, 96), (32, 64)], 1):
        shapes[f"dc_conv{number}.0"] = (width, before)
    shapes["dc_conv7"] = (2, 32)
    tensors = {f"{name}.weight": torch.zeros(*shape, 3, 3) for name, shape in shapes.items()}
    for level, first in ((6, 81), (5, 213), (4, 181), (3, 149)):
        shapes |= {f"deconv{level}": (2, 2), f"upfeat{level}": (2, first + 448)}
        tensors |= {f"deconv{level}.weight": torch.zeros(2, 2, 4, 4)}
        tensors |= {f"upfeat{level}.weight": torch.zeros(first + 448, 2, 4, 4)}
    return tensors | {f"{name}.bias": torch.zeros(shape[0]) for name, shape in shapes.items()}


def test_published_weights_fit_the_network(network: PwcNet) -> None:
    mapped = published_names(network, _published())
    assert {k: v.shape for k, v in mapped.items()} == {k: v.shape for k, v in network.state_dict().items()}
    with pytest.raises(ValueError, match="conv3b"):
        published_names(network, {**_published(), "conv3b.0.weight": torch.zeros(1)})


@pytest.mark.parametrize("wrapped", [True, False], ids=["state_dict", "plain"])
def test_the_authors_file_is_read_and_its_first_kernel_sees_rgb(tmp_path: Path, wrapped: bool) -> None:
    theirs = {name: torch.randn_like(value) for name, value in _published().items()}
    path = tmp_path / "pwc_net.pth.tar"
    state = {f"module.{name}": value for name, value in theirs.items()}
    torch.save({"state_dict": state} if wrapped else state, path)
    read = load_pwc_net(path)
    state = read.state_dict()
    assert torch.equal(state["pyramid.0.0.weight"], theirs["conv1a.0.weight"].flip(1))
    assert torch.equal(state["context.0.weight"], theirs["dc_conv1.0.weight"])
    assert not read.standardised and not read.training


def test_what_is_no_flow_network_is_refused(tmp_path: Path) -> None:
    torch.save({"conv1a.0.weight": torch.zeros(1)}, tmp_path / "other.pth")
    (tmp_path / "broken.pth").write_bytes(b"nothing")
    for name in ("other.pth", "broken.pth", "none.pth"):
        with pytest.raises(WeightsError, match=name):
            load_pwc_net(tmp_path / name)


def test_dis_stands_in_for_the_network() -> None:
    rng = np.random.default_rng(0)
    picture = cv2.GaussianBlur(rng.random((64, 100, 3)).astype(np.float32), (0, 0), 2)
    picture = (picture - picture.min()) / (picture.max() - picture.min())
    first, second = (torch.from_numpy(p).permute(2, 0, 1)[None] for p in (picture, np.roll(picture, 3, 1)))
    flow = DisFlow()(first, second)
    assert flow.shape == (1, 2, 16, 25)
    assert abs(flow[0, 0, 4:12, 4:20].median().item() - 3) < 0.3


def test_window_flows_are_rows_first_in_the_grid_s_pixels() -> None:
    class Constant(PwcNet):
        def forward(self, first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
            size = (first.shape[2] // 4, first.shape[3] // 4)
            return torch.tensor([16.0, -32.0]).reshape(1, 2, 1, 1).expand(len(first), 2, *size)

    flows = window_flows(Constant(), torch.zeros(1, 3, 3, 32, 64), 16)
    assert flows.shape == (1, 3, 2, 2, 4)
    assert (flows[:, :, 0] == -2).all()
    assert (flows[:, :, 1] == 1).all()
