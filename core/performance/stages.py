"""Seconds of each stage of a frame, on a scene or on a plate's own frames."""

from __future__ import annotations

import math
import statistics
import tempfile
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
import torch

from stfam.core.engine.foreground import foreground
from stfam.core.engine.keyframe_spans import halo, keyframe_spans
from stfam.core.engine.lanes import COUNT
from stfam.core.engine.matte import matte
from stfam.core.engine.matte_input import MatteInput
from stfam.core.engine.matte_job import AHEAD, is_small
from stfam.core.engine.propagate import Keyframes, ProxyFrame, propagate
from stfam.core.engine.proxies import Proxies, proxy_image
from stfam.core.engine.tile_plan import plan_tiles, tile_limit, unknown_blocks
from stfam.core.media.colour import to_network
from stfam.core.media.frame_meta import FloatImage, FrameMeta
from stfam.core.media.matte_writer import write_foreground, write_matte
from stfam.core.media.plate import open_plate
from stfam.core.network.matting import MattingNetwork
from stfam.core.network.propagation import PropagationNetwork
from stfam.core.performance.arithmetic import Count, counted, elapsed

WARM = 2
"""Steady frames that are not timed: kernels are compiled and memory is laid out in them."""

TOGETHER = 6
"""Small frames that are timed together, because they are computed side by side."""


class Source(Protocol):
    """Frames to measure on."""

    def image(self, index: int) -> FloatImage: ...

    def trimap(self, index: int) -> npt.NDArray[np.uint8]: ...

    def alpha(self, index: int) -> FloatImage: ...


def matte_seconds(
    source: Source, network: MattingNetwork, window: int, tile: str, device: torch.device, frames: int,
    between: Callable[[], None] = lambda: None,
) -> list[float]:  # fmt: skip
    """Seconds of `frames` frames in the middle of a sequence, each: one is encoded, one is decoded.

    What makes the frames is not timed. Small ones are timed `TOGETHER`, and their mean stands for each.

    Args:
        source: of the frames.
        network: in eval mode, on `device`.
        window: n.
        tile: "auto", "off" or the longest side of a tile in pixels.
        device: where the network is.
        frames: that are timed.
        between: runs between two frames, untimed.
    """
    if _is_small(source, network, tile):
        rounds = math.ceil(frames / TOGETHER)
        together = [_seconds_together(source, network, window, tile, device) for _ in range(rounds)]
        between()
        return [seconds for seconds in together for _ in range(TOGETHER)][:frames]
    feed = _Feed(source, window, WARM + frames)
    made = matte(feed.inputs(), network, window=window, tile=tile, device=device)
    seconds = []
    for index in range(WARM + frames):
        feed.spent = 0.0
        total = elapsed(lambda: next(made), device)
        if index >= WARM:
            seconds.append(total - feed.spent)
            between()
    made.close()
    return seconds


def _seconds_together(source: Source, network: MattingNetwork, window: int, tile: str, device: torch.device) -> float:
    """Seconds a frame, from the end of the warm frames to the end of the last; all frames are made before."""
    inputs = list(_Feed(source, window, WARM + TOGETHER).inputs())
    made = matte(inputs, network, window=window, tile=tile, device=device)
    for _ in range(WARM):
        next(made)
    total = elapsed(lambda: [next(made) for _ in range(TOGETHER)], device)
    made.close()
    return total / TOGETHER


def _is_small(source: Source, network: MattingNetwork, tile: str) -> bool:
    trimap = source.trimap(0)
    size = (trimap.shape[0], trimap.shape[1])
    return is_small(plan_tiles(unknown_blocks(trimap), size, network.halo, tile_limit(tile, size)))


def matte_count(source: Source, network: MattingNetwork, window: int, tile: str, device: torch.device) -> Count:
    """The arithmetic of one frame in the middle of a sequence."""
    feed = _Feed(source, window, WARM + 1)
    made = matte(feed.inputs(), network, window=window, tile=tile, device=device, side_by_side=False)
    for _ in range(WARM):
        next(made)
    with counted() as count:
        next(made)
    made.close()
    return count


class _Feed:
    """Frames for the engine; remembers what making them took."""

    def __init__(self, source: Source, window: int, wanted: int) -> None:
        self._source, self._window, self._wanted = source, window, wanted
        self.spent = 0.0

    def inputs(self) -> Iterator[MatteInput]:
        """The wanted frames begin when the window before them is whole."""
        reach = halo(self._window)
        for index in range(self._wanted + 2 * reach + self._window + 1):
            started = time.perf_counter()
            image, trimap = self._source.image(index), self._source.trimap(index)
            given = MatteInput(index, trimap, image, reach <= index < reach + self._wanted, False, proxy_image(image))
            self.spent += time.perf_counter() - started
            yield given


def propagate_seconds(source: Source, network: PropagationNetwork, device: torch.device, frames: int) -> list[float]:
    """Seconds of each frame of a span with one key, from the full-size picture to the full-size trimap."""
    made = _propagation(source, network, device, frames + COUNT)  # the last ones have nothing begun beside them
    seconds = [elapsed(lambda: next(made), device) for _ in range(1 + WARM + frames)]
    made.close()
    return seconds[1 + WARM :]


def propagate_count(source: Source, network: PropagationNetwork, device: torch.device) -> Count:
    """The arithmetic of one frame of a span, computed by this thread: others are not counted."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # and so without lanes
    try:
        made = _propagation(source, network, device, 1)
        for _ in range(1 + WARM):
            next(made)
        with counted() as count:
            next(made)
        made.close()
    finally:
        torch.set_num_threads(threads)
    return count


def _propagation(
    source: Source, network: PropagationNetwork, device: torch.device, frames: int
) -> Generator[tuple[int, npt.NDArray[np.uint8]], None, None]:
    """The key, then the frames after it."""
    pictures = [source.image(index) for index in range(4)]
    numbers = tuple(range(1 + WARM + frames))

    def proxies(sought: Iterable[int]) -> Iterator[ProxyFrame]:
        return (ProxyFrame(index, Proxies.of(pictures[index % len(pictures)])) for index in sought)

    yield from propagate(
        proxies(numbers),
        Keyframes((0,), lambda frame: source.trimap(0) if frame == 0 else None),
        keyframe_spans(numbers, (0,)),
        network,
        wanted=numbers,
        read_proxies=proxies,
        device=device,
    )


def all_in_seconds(
    source: Source,
    networks: tuple[MattingNetwork, PropagationNetwork],
    window: int,
    device: torch.device,
    frames: int,
) -> float:
    """Seconds a frame of a render from one key, without files, once it has its pace: `frames` propagated and matted.

    The networks work beside each other as in a render. What is matted is the source's own trimap, so that the share of
    unknown pixels is what was asked for.
    """
    ahead = halo(window) + window + AHEAD
    pictures = [source.image(index) for index in range(4)]
    trimaps = [source.trimap(index) for index in range(4)]

    def inputs() -> Iterator[MatteInput]:
        for index, _ in _propagation(source, networks[1], device, frames + ahead):
            yield MatteInput(index, trimaps[index % 4], pictures[index % 4], proxy=proxy_image(pictures[index % 4]))

    made = matte(inputs(), networks[0], window=window, device=device)
    for _ in range(1 + WARM):
        next(made)
    total = elapsed(lambda: [next(made) for _ in range(frames)], device)
    made.close()
    return total / frames


def foreground_seconds(source: Source, repeats: int) -> list[float]:
    """Seconds of the foreground's colours; the first call compiles and is not timed."""
    image, alpha = source.image(0), source.alpha(0)
    foreground(image[:32, :32], np.full((32, 32), 0.5, np.float32))
    return [elapsed(lambda: foreground(image, alpha), torch.device("cpu")) for _ in range(repeats)]


def file_seconds(source: Source, compression: str, repeats: int) -> tuple[float, float]:
    """Median seconds of reading a half-float EXR plate of this size as the network sees it, and of writing a matte."""
    image, alpha = source.image(0), source.alpha(0)
    height, width = alpha.shape
    meta = FrameMeta((0, 0, width, height), (0, 0, width, height), colorspace="Linear Rec.709 (sRGB)")
    cpu = torch.device("cpu")
    with tempfile.TemporaryDirectory(prefix="stfam-benchmark-") as folder:
        plate, target = Path(folder) / "plate.0001.exr", Path(folder) / "matte.0001.exr"
        write_foreground(plate, image, np.ones_like(alpha), meta, compression=compression)
        with closing(open_plate(str(plate.with_name("plate.####.exr")))) as opened:

            def read() -> None:
                frame = opened.read(1)
                to_network(frame.image, frame.meta.colorspace)

            reading = [elapsed(read, cpu) for _ in range(repeats + 1)][1:]
        writing = [
            elapsed(lambda: write_matte(target, alpha, meta, compression=compression), cpu) for _ in range(repeats)
        ]
    return statistics.median(reading), statistics.median(writing)
