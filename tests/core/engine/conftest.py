"""Small deterministic networks that count their calls, and clips made of numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from stfam.core.engine.keyframe_spans import halo
from stfam.core.engine.matte_input import MatteInput
from stfam.core.network.backdrop import Backdrop
from stfam.core.network.box import Box, View, crop

Memory = tuple[Tensor, Tensor]
"""What the fake propagation remembers: features and shares."""


@dataclass(frozen=True)
class FakeConfig:
    window: int = 2


@dataclass(frozen=True)
class FakeFeatures:
    fine: Tensor
    coarse: dict[int, Tensor]
    detail: Tensor
    """What is read of the centre alone."""


@dataclass
class FakeMatting:
    """Alpha is a blur over the window, with a receptive field of a few pixels; `fail` may raise before a call."""

    config: FakeConfig = field(default_factory=FakeConfig)
    halo: int = 32
    encoded: list[tuple[float, Box]] = field(default_factory=list)
    contexts: int = 0
    decoded: list[tuple[int, int]] = field(default_factory=list)
    devices: list[str] = field(default_factory=list)
    fail: Callable[[str, int], None] = lambda call, pixels: None

    def context(self, proxy: Tensor, proxy_trimap: Tensor, backdrop: Backdrop | None) -> Tensor:
        self.fail("context", 0)
        self.contexts += 1
        return proxy.mean((2, 3), keepdim=True)

    def encode(
        self, image: Tensor, trimap: Tensor, context: Tensor, box: Box, frame_size: tuple[int, int]
    ) -> FakeFeatures:
        assert image.shape[-2:] == trimap.shape[-2:] == (box.height, box.width)
        self.fail("encode", box.height * box.width)
        self.encoded.append((round(float(context.sum()), 6), box))
        known = (trimap == 255).float()
        blurred = F.avg_pool2d(F.pad(image, (2, 2, 2, 2), mode="replicate"), 5, 1)
        return FakeFeatures(torch.cat([blurred, known], 1), {4: F.avg_pool2d(image * context, 4)}, image[:, 2:])

    def as_neighbour(self, features: FakeFeatures) -> FakeFeatures:
        return replace(features, detail=features.detail[:, :0].clone())

    def decode(self, window: Sequence[FakeFeatures], core: Box | None = None) -> Tensor:
        assert len(window) == 2 * self.config.window + 1
        size = window[0].fine.shape[-2:]
        self.fail("decode", size[0] * size[1])
        self.decoded.append((size[0], size[1]))
        detail = window[self.config.window].detail
        total = torch.zeros(1, 1, *size)
        for weight, features in enumerate(window, 1):
            coarse = F.interpolate(features.coarse[4], size=size, mode="nearest")
            total = total + weight * (features.fine[:, :1] + 0.1 * coarse[:, 1:2])
        alpha = total / sum(range(1, len(window) + 1)) + 0.01 * detail
        return alpha if core is None else crop(alpha, core)

    def to(self, device: torch.device) -> FakeMatting:
        self.devices.append(str(device))
        return self


@dataclass
class FakePropagation:
    """A frame's shares are those of its memory, moved a little towards unknown by each step; brightness is the key."""

    encoded: list[float] = field(default_factory=list)
    longest_memory: int = 0
    fail: Callable[[str, int], None] = lambda call, pixels: None
    devices: list[str] = field(default_factory=list)

    def encode(self, proxy: Tensor, view: View | None = None) -> Tensor:
        self.fail("encode", proxy.shape[-1] * proxy.shape[-2])
        self.encoded.append(round(float(proxy.mean()), 5))
        return proxy

    def memorise(self, features: Tensor, trimap: Tensor) -> Memory:
        return features, trimap

    def recall(self, features: Tensor, keyframes: Sequence[Memory]) -> tuple[Tensor, Sequence[Memory]]:
        return features, keyframes

    def read(self, recalled: tuple[Tensor, Sequence[Memory]], recent: Sequence[Memory]) -> Tensor:
        features, memory = recalled[0], [*recalled[1], *recent]
        self.longest_memory = max(self.longest_memory, len(memory))
        weights = torch.stack([(-20 * (key - features).abs().mean()).exp() for key, _ in memory])
        shares = sum(w * trimap for w, (_, trimap) in zip(weights / weights.sum(), memory))
        return (torch.as_tensor(shares) * 0.98 + 0.01).log()

    def to(self, device: torch.device) -> FakePropagation:
        self.devices.append(str(device))
        return self


@pytest.fixture
def cores() -> Iterator[None]:
    """Enough threads for lanes, whatever the machine has."""
    before = torch.get_num_threads()
    torch.set_num_threads(4)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def matting() -> FakeMatting:
    return FakeMatting()


@pytest.fixture
def propagation() -> FakePropagation:
    return FakePropagation()


@dataclass(frozen=True)
class Clip:
    """Random plates with an unknown square that moves."""

    size: tuple[int, int]
    count: int
    side: int = 40
    step: int = 8
    first: int = 1001

    @property
    def frames(self) -> tuple[int, ...]:
        return tuple(range(self.first, self.first + self.count))

    def image(self, frame: int) -> npt.NDArray[np.float32]:
        return np.random.default_rng(frame).random((*self.size, 3), np.float32)

    def trimap(self, frame: int) -> npt.NDArray[np.uint8]:
        trimap = np.zeros(self.size, np.uint8)
        trimap[self.size[0] // 2 :] = 255
        top = min(max(0, self.size[0] // 2 - self.side // 2), self.size[0] - 1)
        left = min((frame - self.first) * self.step, max(0, self.size[1] - self.side))
        trimap[top : top + self.side, left : left + self.side] = 128
        return trimap

    def inputs(self, wanted: Sequence[int] | None = None, window: int = 2) -> list[MatteInput]:
        """All frames, or the part that the wanted ones need."""
        wanted = self.frames if wanted is None else wanted
        near = [f for f in self.frames if min(abs(f - w) for w in wanted) <= halo(window)]
        return [MatteInput(f, self.trimap(f), self.image(f), f in wanted) for f in near]


@pytest.fixture
def make_clip() -> type[Clip]:
    return Clip


@pytest.fixture
def make_matting() -> type[FakeMatting]:
    return FakeMatting


@pytest.fixture
def held() -> Callable[[MatteInput, int], MatteInput]:
    """The same picture and trimap under another frame number."""
    return lambda given, frame: replace(given, frame=frame)
