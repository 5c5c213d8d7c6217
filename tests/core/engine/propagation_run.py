"""Propagation over a small clip whose trimaps are drawn, with a record of what was read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch

from stfam.core.engine.keyframe_spans import forward_frames, keyframe_spans
from stfam.core.engine.propagate import Keyframes, ProxyFrame, propagate
from stfam.core.engine.proxies import Proxies

SIZE = (48, 80)
FRAMES = tuple(range(1001, 1041))


def proxies(frame: int) -> Proxies:
    return Proxies(SIZE, torch.full((1, 3, 64, 96), (frame - 1000) / 50), None)


def given(frame: int) -> ProxyFrame:
    return ProxyFrame(frame, proxies(frame))


def painted(frame: int) -> np.ndarray:
    trimap = np.zeros(SIZE, np.uint8)
    trimap[:, frame % 40 :] = 255
    trimap[:, frame % 40 - 5 : frame % 40 + 5] = 128
    return trimap


class Run:
    """Propagation over a clip, with a record of what was read."""

    def __init__(
        self, network, keys: Sequence[int], wanted: Sequence[int] = FRAMES, unreadable: Sequence[int] = ()
    ) -> None:
        self.read: list[int] = []
        self.unreadable = unreadable
        spans = keyframe_spans(FRAMES, keys)
        forward = {frame for span in spans for frame in forward_frames(span, wanted)}
        stream = [frame for frame in FRAMES if frame in forward or frame in wanted]
        given = (self._frame(frame, frame in forward) for frame in stream)
        self.trimaps = dict(
            propagate(given, Keyframes(tuple(keys), painted), spans, network, wanted=wanted, read_proxies=self._read)
        )

    def _frame(self, frame: int, pictured: bool = True) -> ProxyFrame:
        return ProxyFrame(frame, proxies(frame) if pictured and frame not in self.unreadable else None)

    def _read(self, frames: Sequence[int]) -> Iterator[ProxyFrame]:
        self.read += frames
        return (self._frame(frame) for frame in frames)
