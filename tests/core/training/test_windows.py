"""Training samples are what the engine hands to a network."""

from __future__ import annotations

import functools

import numpy as np
import pytest
import torch

from stfam.core.engine.matte import matte
from stfam.core.engine.matte_input import MatteInput
from stfam.core.network.builders import build_matting
from stfam.core.network.config import MATTING
from stfam.core.training.batches import collate, turned
from stfam.core.training.steps import shrunk_backdrop
from stfam.core.training.synthesis.types import TrainingClip
from stfam.core.training.windows import seen_in_window, windowed_clip

SIZE = 96


def _panned(rng: np.random.Generator, *, frames: int, size: int) -> TrainingClip:
    """A square that stands before a panned background, with a wide band around it."""
    wide = np.repeat(np.repeat(np.random.default_rng(1).integers(0, 255, (12, 40, 3)), 8, 0), 8, 1).astype(np.uint8)
    back = np.stack([wide[:size, 8 * t : 8 * t + size] for t in range(frames)])
    alpha, trimap = np.zeros((frames, size, size), np.float32), np.zeros((frames, size, size), np.uint8)
    trimap[:, 24:72, 24:72], trimap[:, 40:56, 40:56], alpha[:, 38:58, 38:58] = 128, 255, 1
    front = np.full_like(back, 250)
    image = np.where(alpha[..., None] > 0, front, back)
    return TrainingClip(image, alpha, front, back, trimap, "hard", False)


@pytest.fixture
def clip() -> TrainingClip:
    return _panned(np.random.default_rng(0), frames=5, size=SIZE)


def test_a_sample_is_what_the_engine_hands_to_the_network(clip: TrainingClip, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = seen_in_window(clip, slice(2, 3), 2)
    network = build_matting(MATTING["lite"]).eval()
    handed = []
    plain = network.context
    monkeypatch.setattr(network, "context", lambda *given: handed.append(given) or plain(*given))
    inputs = [MatteInput(t, clip.trimap[t], clip.image[t].astype(np.float32) / 255, t == 2) for t in range(5)]
    list(matte(inputs, network))
    proxy, trimap, backdrop = next(given for given in handed if torch.equal(given[1][0, 0], _mask(clip.trimap[2])))
    batch = collate([seen])
    assert batch.image.shape == (1, 1, 3, SIZE, SIZE)
    near = [given for given in handed if (given[0] - batch.image[:, 0]).abs().max() < 1 / 255]
    assert len(near) == 1, "one of the window's frames is the sample"
    proxy, trimap, backdrop = near[0]
    made = shrunk_backdrop(batch.backdrop[:, 0], (SIZE, SIZE))
    assert torch.equal(made.known, backdrop.known) and made.known[..., 24:72, 24:72].any()
    assert ((made.colour - backdrop.colour) * made.known).abs().max() < 1 / 255


def _mask(trimap: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(trimap)


def test_a_single_frame_is_left_alone(clip: TrainingClip) -> None:
    seen = seen_in_window(clip, slice(2, 3), 0)
    assert np.array_equal(seen.image, clip.image[2:3]) and seen.backdrop is None
    assert not collate([seen]).backdrop.any()


def test_the_backdrop_is_turned_with_its_clip(clip: TrainingClip) -> None:
    seen = seen_in_window(clip, slice(1, 4), 2)
    assert seen.backdrop is not None and len(seen.backdrop) == len(seen.alpha) == 3
    mirrored = turned(seen, mirror=True, backwards=False).backdrop
    assert mirrored is not None and np.array_equal(mirrored[:, :, ::-1], seen.backdrop)
    backwards = turned(seen, mirror=False, backwards=True)
    assert np.array_equal(backwards.backdrop[::-1], seen.backdrop)  # type: ignore[index]
    assert np.array_equal(backwards.alpha[::-1], seen.alpha)


def test_a_backdrop_shrinks_to_where_all_of_a_pixel_is_known() -> None:
    backdrop = torch.zeros(1, 4, 64, 64)
    backdrop[:, :3, :, :33], backdrop[:, 3, :, :33] = 0.75, 1
    small = shrunk_backdrop(backdrop, (32, 32))
    assert small.known[..., :16].all() and not small.known[..., 16:].any()
    assert torch.allclose(small.colour[..., :16], torch.tensor(0.75))


def test_frames_around_a_sample_are_made_and_left_out() -> None:
    asked = []

    def make(rng: np.random.Generator, *, frames: int, size: int) -> TrainingClip:
        asked.append(frames)
        return _panned(rng, frames=frames, size=size)

    sampler = functools.partial(windowed_clip, frames=1, size=SIZE, make=make, around=2)
    drawn = [sampler(np.random.default_rng(seed)) for seed in range(12)]
    assert set(asked) == {5} and {len(clip.image) for clip in drawn} == {1}
    assert {clip.backdrop is None for clip in drawn} == {True, False}
