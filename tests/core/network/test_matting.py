"""The matting network: shapes, windows, tiles, cost, and what it says before training."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from stfam.core.network import decoder_cpu, guided_solver
from stfam.core.network.box import Box, resample
from stfam.core.network.context import Context
from stfam.core.network.guidance import CHANNELS, FrameGuidance
from stfam.core.network.matting import FrameFeatures, MattingNetwork
from stfam.core.network.proxy import proxy_size, shrink_image, shrink_trimap


def disc_on_ramp(height: int, width: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """A soft red disc over a blue ramp: image (1, 3, H, W), trimap uint8, alpha."""
    rows, columns = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    distance = ((rows - height / 2) ** 2 + (columns - width / 2) ** 2).sqrt()
    alpha = ((height / 4 + 4 - distance) / 8).clamp(0, 1)
    red = torch.tensor([0.9, 0.2, 0.1]).reshape(3, 1, 1)
    ramp = torch.stack([0.1 + 0 * rows, columns / width, 0.5 + 0.5 * rows / height])
    image = alpha * red + (1 - alpha) * ramp
    trimap = torch.full((1, 1, height, width), 128, dtype=torch.uint8)
    trimap[0, 0][distance < height / 4 - 10] = 255
    trimap[0, 0][distance > height / 4 + 10] = 0
    return image[None].float(), trimap, alpha[None, None].float()


def _encode(network: MattingNetwork, image: torch.Tensor, trimap: torch.Tensor, box: Box) -> FrameFeatures:
    frame_size = (image.shape[2], image.shape[3])
    size = proxy_size(frame_size)
    context = network.context(shrink_image(image, size), shrink_trimap(trimap, size))
    rows, columns = slice(box.top, box.bottom), slice(box.left, box.right)
    return network.encode(image[..., rows, columns], trimap[..., rows, columns], context, box, frame_size)


@pytest.mark.parametrize("fusion", ["st_fam", "naive", "cross_attention", "flow"])
@pytest.mark.parametrize("window", [0, 1, 2])
@pytest.mark.parametrize("name", ["lite", "paper"])
def test_alpha_for_every_fusion_and_window(build, name: str, fusion: str, window: int) -> None:  # type: ignore[no-untyped-def]
    network = build(name, fusion=fusion, window=window)
    image, trimap, _ = disc_on_ramp(64, 96)
    with torch.inference_mode():
        frame = _encode(network, image, trimap, Box(0, 0, 64, 96))
        alpha = network.decode([frame] * (2 * window + 1))
    assert alpha.shape == (1, 1, 64, 96)
    assert alpha.min() >= 0
    assert alpha.max() <= 1
    assert torch.isfinite(alpha).all()


def test_an_untrained_network_answers_with_the_solved_matte(build) -> None:  # type: ignore[no-untyped-def]
    network = build("lite")
    image, trimap, truth = disc_on_ramp(96, 128)
    with torch.inference_mode():
        frame = _encode(network, image, trimap, Box(0, 0, 96, 128))
        alpha = network.decode([frame] * 5)
    unknown = trimap == 128
    assert (alpha - truth)[unknown].abs().mean() < 0.08


def test_a_tile_equals_the_whole(build) -> None:  # type: ignore[no-untyped-def]
    network = build("lite")
    generator = torch.Generator().manual_seed(3)
    for name, parameter in network.named_parameters():
        if "head" in name or "predict" in name:
            parameter.data = torch.randn(parameter.shape, generator=generator) * 0.03
    image = torch.rand(1, 3, 352, 352, generator=generator)
    trimap = torch.full((1, 1, 352, 352), 128, dtype=torch.uint8)
    trimap[..., :60, :], trimap[..., -60:, :] = 0, 255
    halo = network.halo
    with torch.inference_mode():
        whole = network.decode([_encode(network, image, trimap, Box(0, 0, 352, 352))] * 5)
        box = Box(144 - halo, 144 - halo, 64 + 2 * halo, 64 + 2 * halo)
        tile = network.decode([_encode(network, image, trimap, box)] * 5)
        core = network.decode([_encode(network, image, trimap, box)] * 5, Box(halo, halo, 64, 64))
    inside = tile[..., halo:-halo, halo:-halo]
    assert (inside - whole[..., 144:208, 144:208]).abs().max() < 1 / 255
    assert core.shape == inside.shape and (core - inside).abs().max() < 1e-5


def test_the_core_of_a_tile_at_the_frame_s_corner(build) -> None:  # type: ignore[no-untyped-def]
    network = build("lite")
    image, trimap, _ = disc_on_ramp(96, 128)
    with torch.inference_mode():
        frame = _encode(network, image, trimap, Box(0, 0, 96, 128))
        whole, core = network.decode([frame] * 5), network.decode([frame] * 5, Box(0, 64, 64, 64))
    assert (core - whole[..., :64, 64:]).abs().max() < 1e-5


def test_lite_keeps_its_budget_of_parameters(build) -> None:  # type: ignore[no-untyped-def]
    assert sum(p.numel() for p in build("lite").parameters()) <= 12_000_000


def test_resample_sends_no_float64_to_a_device(monkeypatch: pytest.MonkeyPatch) -> None:
    """Apple's GPU has none."""
    sent, to = set(), torch.Tensor.to

    def watched(self: torch.Tensor, where: torch.device | torch.dtype, **options: bool) -> torch.Tensor:
        if isinstance(where, torch.device):
            sent.add(self.dtype)
        return to(self, where, **options)

    monkeypatch.setattr(torch.Tensor, "to", watched)
    resample(torch.rand(1, 2, 6, 10), Box(0, 0, 96, 160), (96, 160))
    assert sent == {torch.int64, torch.float32}


def test_resample_reads_the_same_in_every_tile() -> None:
    source = torch.rand(1, 2, 9, 16)
    whole = resample(source, Box(0, 0, 96, 160), (96, 160))
    part = resample(source, Box(32, 64, 32, 48), (96, 160))
    assert torch.equal(whole[..., 32:64, 64:112], part)
    expected = torch.nn.functional.interpolate(source, (96, 160), mode="bilinear", align_corners=False)
    assert torch.allclose(whole, expected, atol=1e-5)


@pytest.mark.parametrize("colours", [((0.0, 0.0, 0.0), (0.9, 1.0, 0.95)), ((0.8, 0.1, 0.1), (0.05, 0.9, 0.1))])
def test_guided_solver_survives_clean_edges(colours: tuple[tuple[float, ...], tuple[float, ...]]) -> None:
    y, x = torch.meshgrid(torch.arange(96.0), torch.arange(128.0), indexing="ij")
    alpha = (30.5 - ((y - 48) ** 2 + (x - 64) ** 2).sqrt()).clamp(0, 1)
    front, back = (torch.tensor(colour)[:, None, None] for colour in colours)
    image = (alpha * front + (1 - alpha) * back)[None]
    trimap = torch.full((1, 1, 96, 128), 128, dtype=torch.uint8)
    trimap[0, 0, 40:56, 56:72] = 255
    trimap[0, 0, :8], trimap[0, 0, -8:] = 0, 0
    solved = guided_solver.apply_coefficients(guided_solver.solve(image, trimap), image)[0, 0]
    assert (solved - alpha).abs().max() < 0.05


@pytest.mark.parametrize("deviation", [0.005, 0.03])
def test_noise_is_measured_on_a_slope_of_colour(deviation: float) -> None:
    slope = torch.linspace(0, 1, 128).expand(1, 3, 96, 128)
    noise = torch.randn(1, 3, 96, 128, generator=torch.Generator().manual_seed(2))
    measured = guided_solver._noise_variance(slope + deviation * noise)
    assert measured.shape == (1, 1, 1)
    assert 0.85 * deviation < float(measured.sqrt()) < 1.15 * deviation


def test_guided_solver_is_near_closed_form_matting() -> None:
    import pymatting

    image, trimap, truth = disc_on_ramp(96, 96)
    solved = guided_solver.apply_coefficients(guided_solver.solve(image, trimap), image).clamp(0, 1)
    flat = np.where(trimap[0, 0].numpy() == 128, 0.5, trimap[0, 0].numpy() / 255)
    reference = pymatting.estimate_alpha_cf(image[0].permute(1, 2, 0).double().numpy(), flat)
    unknown = (trimap == 128)[0, 0].numpy()
    ours = np.abs(solved[0, 0].numpy() - truth[0, 0].numpy())[unknown].mean()
    theirs = np.abs(reference - truth[0, 0].numpy())[unknown].mean()
    assert ours < theirs + 0.03


def test_nothing_known_gives_no_nan(build) -> None:  # type: ignore[no-untyped-def]
    network = build("lite")
    image = torch.rand(1, 3, 32, 32)
    for value in (0, 128, 255):
        trimap = torch.full((1, 1, 32, 32), value, dtype=torch.uint8)
        with torch.inference_mode():
            alpha = network.decode([_encode(network, image, trimap, Box(0, 0, 32, 32))] * 5)
        assert torch.isfinite(alpha).all()


def test_context_holds_whole_frame_maps(build) -> None:  # type: ignore[no-untyped-def]
    network = build("lite")
    image, trimap, _ = disc_on_ramp(64, 96)
    with torch.inference_mode():
        context = network.context(image, trimap)
    assert isinstance(context, Context)
    assert isinstance(context.guidance, FrameGuidance)
    assert context.guidance.coefficients.shape == (1, 4, 64, 96)
    assert context.embedding.shape == (1, network.config.context_width, 8, 12)


def test_the_context_s_own_trunk_adds_nothing_at_first_and_reads_single_pixels_later(build) -> None:  # type: ignore[no-untyped-def]
    network = build("lite")
    context = network.context_network
    image, trimap, _ = disc_on_ramp(64, 64)
    with torch.inference_mode():
        features = network.encoder(image)
        channels = torch.rand(1, CHANNELS, 64, 64)
        untrained = context(image, features, channels)
        other = channels.clone()
        other[:, :, 17, 17], other[:, :, 17, 18] = channels[:, :, 17, 18], channels[:, :, 17, 17]
        assert torch.allclose(context(image, features, other), untrained, atol=1e-6)
        context.add.weight.normal_()
        trained = context(image, features, channels)
        assert not torch.allclose(trained, untrained, atol=1e-3)
        assert (context(image, features, other) - trained).abs().amax() > 1e-5


@pytest.mark.parametrize("core", [None, Box(16, 32, 48, 64), Box(0, 0, 96, 128)], ids=str)
@pytest.mark.parametrize("band", [1, 2**18, 2**24], ids=["two lines", "some lines", "all"])
@pytest.mark.parametrize("name", ["lite", "paper"])
def test_the_refinement_in_bands_is_the_same_as_what_is_trained(build, monkeypatch, name, band, core) -> None:  # type: ignore[no-untyped-def]
    network = build(name, window=0)
    for parameter_name, parameter in network.named_parameters():
        if "head" in parameter_name:
            torch.nn.init.normal_(parameter, std=0.1)
    image, trimap, _ = disc_on_ramp(128, 160)
    box = Box(0, 0, 128, 160)
    with torch.no_grad():
        frame = _encode(network, image, trimap, box)
    cut = FrameFeatures(
        {stride: level[..., : 96 // stride, : 128 // stride] for stride, level in frame.levels.items()},
        frame.detail[..., :96, :128],
    )
    trained = network.decode([cut], core)
    monkeypatch.setattr(decoder_cpu, "BAND_BYTES", band)
    with torch.no_grad():
        used = network.decode([cut], core)
    assert torch.allclose(used, trained, atol=1e-4)
