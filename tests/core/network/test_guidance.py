"""What a known background changes in the classical mattes, and what it leaves."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from stfam.core.network import guided_solver, label_attention
from stfam.core.network.backdrop import Backdrop
from stfam.core.network.box import Box
from stfam.core.network.colour_diffusion import push_pull
from stfam.core.network.guidance import CHANNELS, FrameGuidance, frame_guidance, tile_guidance, whole_guidance
from stfam.core.network.proxy import shrink_image, trimap_probabilities

SIZE = (64, 96)
COVERED = (slice(None), slice(None), slice(16, 48), slice(16, 40))
"""Where the backdrop is known, inside the unknown region; nothing but background in its left half."""


@pytest.fixture
def scene() -> tuple[Tensor, Tensor, Tensor]:
    """Image, trimap and true background of one frame: a bright square before smooth noise."""
    noise = torch.rand(1, 3, 8, 12, generator=torch.Generator().manual_seed(4))
    background = torch.nn.functional.interpolate(noise, SIZE, mode="bilinear")
    image, trimap = background.clone(), torch.zeros(1, 1, *SIZE, dtype=torch.uint8)
    trimap[..., 16:48, 16:80], trimap[..., 24:40, 56:72] = 128, 255
    image[..., 20:44, 28:76] = 1.0
    return image, trimap, background


def guided(image: Tensor, trimap: Tensor, backdrop: Backdrop | None) -> FrameGuidance:
    finest = torch.rand(1, 12, 16, 24, generator=torch.Generator().manual_seed(5))
    features = {stride: torch.nn.functional.avg_pool2d(finest, stride // 4) for stride in (4, 8, 16)}
    return frame_guidance(image, trimap, features, backdrop)


def known_backdrop(background: Tensor) -> Backdrop:
    known = torch.zeros(1, 1, *SIZE)
    known[COVERED] = 1
    known[..., :16] = 1
    return Backdrop(background.clone(), known)


def test_a_backdrop_that_is_nowhere_known_changes_nothing(scene: tuple[Tensor, Tensor, Tensor]) -> None:
    image, trimap, background = scene
    without, nowhere = (
        guided(image, trimap, backdrop) for backdrop in (None, Backdrop(background, torch.zeros(1, 1, *SIZE)))
    )
    for name in ("coefficients", "colours", "votes", "known"):
        assert torch.equal(getattr(without, name), getattr(nowhere, name)), name


def test_a_known_background_is_the_background_colour_and_clears_what_looks_like_it(
    scene: tuple[Tensor, Tensor, Tensor],
) -> None:
    image, trimap, background = scene
    without, guidance = guided(image, trimap, None), guided(image, trimap, known_backdrop(background))
    assert torch.allclose(guidance.colours[:, 3:][..., 16:48, 16:40], background[..., 16:48, 16:40], atol=1e-6)
    cleared = torch.zeros_like(trimap, dtype=torch.bool)
    cleared[..., 16:48, 16:25] = True  # three pixels from the square, as far as a patch reaches
    assert not (guidance.coefficients * cleared).any()
    apart = torch.ones_like(cleared)
    apart[..., 16:48, 16:28], apart[..., 16:20, 16:40], apart[..., 44:48, 16:40] = False, False, False
    assert torch.equal(guidance.coefficients * apart, without.coefficients * apart), "solved as painted"
    assert (guidance.known == ((trimap == 0) | (known_backdrop(background).known > 0))).all()


def test_the_network_is_told_where_the_background_is_known(scene: tuple[Tensor, Tensor, Tensor]) -> None:
    image, trimap, background = scene
    channels = whole_guidance(image, trimap, guided(image, trimap, known_backdrop(background)))
    assert channels.shape == (1, CHANNELS, *SIZE)
    assert (channels[:, -1:][COVERED] == 1).all() and not channels[:, -1, 16:48, 44:80].any()


@pytest.mark.parametrize("size", [(18, 33), (2, 5), (1, 1)], ids=str)
def test_means_of_windows_are_cut_off_at_the_borders(size: tuple[int, int]) -> None:
    x = torch.rand(2, 4, *size, generator=torch.Generator().manual_seed(0))
    expected = F.avg_pool2d(x, 3, stride=1, padding=1, count_include_pad=False)
    assert torch.allclose(guided_solver._box(x, guided_solver._window_shares(x)), expected, atol=1e-6)


def test_votes_are_the_same_however_many_ask_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = torch.Generator().manual_seed(0)
    features = {s: torch.rand(2, 8, 128 // s, 96 // s, generator=generator) for s in (4, 8, 16)}
    trimap = torch.full((2, 1, 128, 96), 128, dtype=torch.uint8)
    trimap[:, :, :40], trimap[:1, :, 90:] = 0, 255
    whole = label_attention.attend_labels(features, trimap)
    monkeypatch.setattr(label_attention, "QUERIES", 7)
    assert torch.allclose(label_attention.attend_labels(features, trimap), whole, atol=1e-5)
    assert whole[0].max() > 0.5 > whole[0].min() and whole[1].max() < 0.01


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last], ids=["rows", "channels last"])
def test_compiled_guidance_is_what_training_reads(layout: torch.memory_format) -> None:
    generator = torch.Generator().manual_seed(6)
    coefficients = torch.randn(2, 4, 32, 48, generator=generator)
    colours, known = torch.rand(2, 6, 32, 48, generator=generator), torch.rand(2, 1, 32, 48, generator=generator)
    colours[..., :8] = 0.5  # both layers alike
    frame = FrameGuidance(coefficients, colours, torch.rand(2, 1, 4, 6, generator=generator), known)
    image = torch.rand(2, 3, 64, 96, generator=generator).to(memory_format=layout)
    trimap = torch.tensor([0, 128, 255], dtype=torch.uint8)[torch.randint(0, 3, (2, 1, 64, 96), generator=generator)]
    box = Box(32, 64, 64, 96)
    trained = tile_guidance(image, trimap, frame, box, (108, 180))
    with torch.inference_mode():
        compiled = tile_guidance(image, trimap, frame, box, (108, 180))
    assert compiled.shape == trained.shape == (2, CHANNELS, 64, 96)
    assert (compiled - trained).abs().max() < 1e-4


def test_compiled_filterings_solve_as_torch_does(scene: tuple[Tensor, Tensor, Tensor]) -> None:
    image, trimap, _ = scene
    image = torch.cat([image, image.flip(3)])
    trimap = torch.cat([trimap, trimap.flip(2)])
    with torch.enable_grad():
        plain = guided_solver.solve(image, trimap)
    with torch.no_grad():
        compiled = guided_solver.solve(image, trimap)
    mattes = [guided_solver.apply_coefficients(found, image).clamp(0, 1) for found in (plain, compiled)]
    assert (mattes[0] - mattes[1]).abs().max() < 1e-3
    assert (mattes[0] - mattes[1]).abs().mean() < 1e-5
    assert mattes[1][trimap == 128].std() > 0.1


@pytest.mark.parametrize(("size", "small"), [((37, 50), (16, 21)), ((20, 30), (20, 30)), ((9, 8), (12, 16))])
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_areas_are_those_of_torch(size: tuple[int, int], small: tuple[int, int], layout: torch.memory_format) -> None:
    generator = torch.Generator().manual_seed(6)
    image = torch.rand(2, 3, *size, generator=generator).contiguous(memory_format=layout)
    trimap = torch.tensor([0, 128, 255], dtype=torch.uint8)[torch.randint(3, (2, 1, *size), generator=generator)]
    assert torch.allclose(shrink_image(image, small), F.adaptive_avg_pool2d(image, small), atol=1e-6)
    shares = torch.cat([F.adaptive_avg_pool2d((trimap == label).float(), small) for label in (0, 128, 255)], 1)
    assert torch.allclose(trimap_probabilities(trimap, small), shares, atol=1e-6)


@pytest.mark.parametrize("size", [(64, 96), (37, 53), (1, 9), (5, 1), (1, 1), (33, 2)], ids=str)
def test_the_compiled_diffusion_is_the_same_as_what_is_trained(size: tuple[int, int]) -> None:
    generator = torch.Generator().manual_seed(1)
    values, weight = torch.rand(2, 3, *size, generator=generator), torch.rand(2, 1, *size, generator=generator)
    weight = (weight > 0.9).float()
    trained = push_pull(values, weight, 0.5)
    with torch.no_grad():
        used = push_pull(values.contiguous(memory_format=torch.channels_last), weight, 0.5)
        nothing = push_pull(values, torch.zeros_like(weight), 0.25)
    assert torch.allclose(used, trained, atol=1e-5)
    assert torch.equal(nothing, torch.full_like(nothing, 0.25))
