"""PWC-Net, the mapping of published weights, and DIS."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch

from stfam.core.network.flow import PwcNet, correlate, published_names, warp, window_flows


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


def test_published_names_cover_the_network(network: PwcNet) -> None:
    theirs = {}
    for ours, value in network.state_dict().items():
        from stfam.core.network.flow import _published_name

        theirs[_published_name(ours)] = torch.zeros_like(value)
    assert len(theirs) == len(network.state_dict())
    assert {"conv1a.0.weight", "conv6_0.0.weight", "predict_flow2.weight", "deconv6.bias", "dc_conv7.weight"} <= set(
        theirs
    )
    mapped = published_names(network, theirs)
    assert {k: v.shape for k, v in mapped.items()} == {k: v.shape for k, v in network.state_dict().items()}
    theirs["conv3b.0.weight"] = torch.zeros(1)
    with pytest.raises(ValueError, match="conv3b"):
        published_names(network, theirs)


def test_window_flows_are_rows_first_in_the_grid_s_pixels() -> None:
    class Constant(PwcNet):
        def forward(self, first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
            size = (first.shape[2] // 4, first.shape[3] // 4)
            return torch.tensor([16.0, -32.0]).reshape(1, 2, 1, 1).expand(len(first), 2, *size)

    flows = window_flows(Constant(), torch.zeros(1, 3, 3, 32, 64), 16)
    assert flows.shape == (1, 3, 2, 2, 4)
    assert (flows[:, :, 0] == -2).all()
    assert (flows[:, :, 1] == 1).all()
