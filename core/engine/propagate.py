"""Trimaps of a clip from those of its keyframes, one frame at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from stfam.core.engine.device_memory import free_cached_memory, is_out_of_memory
from stfam.core.engine.feature_tiles import move_features
from stfam.core.engine.keyframe_spans import KEY_NEIGHBOURHOOD, Span
from stfam.core.engine.networks import Propagation
from stfam.core.engine.precision import inference, to_device
from stfam.core.engine.proxies import Proxies, proxy_shares
from stfam.core.engine.share_store import Carried, ShareStore
from stfam.core.engine.trimap_growth import dequantised, grow_trimap, quantised, subject_box
from stfam.core.engine.views import box_of, following_view
from stfam.core.errors import DeviceMemoryError
from stfam.core.network.box import Box, View

RECENT_FRAMES = 2
"""Propagated frames in the memory, besides the keyframes."""

Trimap = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class ProxyFrame:
    """A frame on its way to the propagation network."""

    frame: int
    proxies: Proxies | None
    """None where they are not needed, or could not be read."""
    error: Exception | None = None
    """What kept it from being read."""


@dataclass(frozen=True)
class Keyframes:
    """The painted trimaps, read when their span begins and not all held at once."""

    frames: tuple[int, ...]
    """In order."""
    read: Callable[[int], Trimap | None]
    """None for one that cannot be read: the frame is left out."""


def forward_frames(span: Span, wanted: Collection[int]) -> tuple[int, ...]:
    """Frames that the forward pass has to go through to reach all wanted ones."""
    return _reaching(span.forward, wanted)


def backward_frames(span: Span, wanted: Collection[int]) -> tuple[int, ...]:
    """Frames that the backward pass has to go through to reach all wanted ones."""
    return _reaching(span.backward, wanted)


def propagate(
    frames: Iterable[ProxyFrame],
    keys: Keyframes,
    spans: Sequence[Span],
    network: Propagation | None,
    *,
    wanted: Collection[int],
    read_proxies: Callable[[Sequence[int]], Iterable[ProxyFrame]],
    finished: Collection[int] = (),
    device: torch.device | str = "cpu",
    notice: Callable[[str], None] = lambda _: None,
    check: Callable[[], None] = lambda: None,
) -> Iterator[tuple[int, Trimap]]:
    """Trimaps of the wanted frames, in order; those of keyframes and finished frames are the given ones, verbatim.

    A span depends on its own keyframes alone. Memory holds these two and a few recent frames, however long the clip.

    Args:
        frames: in order, all of `wanted` and of every span's `forward_frames`, the latter with their proxies.
        keys: the given trimaps, all of one size.
        spans: of `keyframe_spans`.
        network: in eval mode, on `device`; None where every wanted trimap is given.
        wanted: frames to yield.
        read_proxies: reads the proxies of some frames in the order given: keyframes and backward passes.
        finished: frames that are not keyframes, whose trimaps `keys` can read all the same.
        device: where the network is.
        notice: is told, in a sentence, when memory ran out and what is done about it.
        check: called before every piece of work; raises to stop.

    Yields:
        (frame, trimap): (H, W) uint8 in {0, 128, 255}.

    Raises:
        DeviceMemoryError: out of memory on the CPU.
    """
    span_of = {frame: span for span in spans for frame in span.frames}
    sought = frozenset(wanted) - frozenset(finished)
    worker = _Propagator(keys, network, read_proxies, torch.device(device), notice, check)
    try:
        for given in frames:
            span = span_of.get(given.frame)
            carried = worker.carry(span, given, sought) if span is not None else None
            if span is None or given.frame in finished:
                trimap = keys.read(given.frame) if given.frame in wanted else None
                if trimap is not None:
                    yield given.frame, trimap
            elif carried is not None and given.frame in wanted:
                yield given.frame, grow_trimap(carried.shares, worker.frame_size, carried.view)
    finally:
        worker.close()


class _Propagator:
    """Has a network; goes through one span after the other."""

    def __init__(
        self,
        keys: Keyframes,
        network: Propagation | None,
        read_proxies: Callable[[Sequence[int]], Iterable[ProxyFrame]],
        device: torch.device,
        notice: Callable[[str], None],
        check: Callable[[], None],
    ) -> None:
        self.keys = keys
        self._network = network
        self.read_proxies = read_proxies
        self.device = device
        self.notice = notice
        self.check = check
        self.frame_size = (0, 0)
        self._span: Span | None = None
        self._painted: dict[int, Any] = {}
        self._subject: dict[int, Box | None] = {}
        self._recent: deque[Any] = deque(maxlen=RECENT_FRAMES)
        self._steps = 0
        self._store = ShareStore()
        self._features: dict[int, tuple[Box, Any]] = {}
        self._view: Box | None = None

    @property
    def network(self) -> Propagation:
        """The network, which has to be there once a trimap is to be propagated."""
        if self._network is None:
            raise ValueError("trimaps are to be propagated, but there is no propagation network")
        return self._network

    def close(self) -> None:
        """Drop what was stored."""
        self._store.close()

    def _enter(self, span: Span, wanted: Collection[int]) -> None:
        """Begin a span: memorise its keyframes and run its backward pass."""
        self._span = span
        self._memorise_keys([key for key in (span.before, span.after) if key is not None])
        order = backward_frames(span, wanted)
        self._features.clear()
        self._restart()
        for given in self.read_proxies(order) if order else ():
            if given.proxies is not None:
                self._store.put(given.frame, self._step(given, span.after, keep=given.frame in span.faded))
        self._restart()

    def carry(self, span: Span, given: ProxyFrame, sought: frozenset[int]) -> Carried | None:
        """The trimap of the span's next frame; None for one that neither pass reached."""
        if sought.isdisjoint(span.frames):
            return None
        if span is not self._span:
            self._enter(span, sought)
        backward = self._store.take(given.frame)
        if given.frame not in span.forward or (given.proxies is None and given.frame not in self._features):
            return backward
        forward = self._step(given, span.before)
        if backward is None:
            return forward
        faded = torch.lerp(dequantised(backward.shares), dequantised(forward.shares.cpu()), span.weight(given.frame))
        return Carried(quantised(faded), forward.view)

    def _restart(self) -> None:
        self._recent.clear()
        self._steps = 0
        self._view = None

    def _memorise_keys(self, frames: list[int]) -> None:
        kept = {frame: self._painted[frame] for frame in frames if frame in self._painted}
        missing = [frame for frame in frames if frame not in kept]
        for given in self.read_proxies(missing) if missing else ():
            trimap = self.keys.read(given.frame)
            if trimap is None:
                raise ValueError(f"keyframe {given.frame} came without its trimap")
            self.frame_size = (trimap.shape[0], trimap.shape[1])
            self._subject[given.frame] = box_of(trimap != 0)
            view = following_view(None, self._subject[given.frame], self.frame_size)
            proxy, shares = _present(given).seen(view), proxy_shares(trimap, view)
            kept[given.frame] = self._attempt(lambda p=proxy, s=shares, v=view: self._painted_memory(p, s, v))  # type: ignore[misc]
        self._painted = kept

    def _painted_memory(self, proxy: Tensor, shares: Tensor, view: Box) -> Any:
        features = self.network.encode(to_device(proxy, self.device), View(view, self.frame_size))
        return self.network.memorise(features, to_device(shares, self.device), keyframe=True)

    def _step(self, given: ProxyFrame, key: int | None, keep: bool = False) -> Carried:
        """One frame of a pass that started at a keyframe."""
        self.check()
        if self._view is None:
            self._view = following_view(None, None if key is None else self._subject.get(key), self.frame_size)
        carried: Carried = self._attempt(lambda: self._read(given, key, keep))
        self._view = following_view(carried.view, subject_box(carried.shares, carried.view), self.frame_size)
        return carried

    def _read(self, given: ProxyFrame, key: int | None, keep: bool) -> Carried:
        view, features = self._features.pop(given.frame, (self._view, None))
        assert view is not None
        if features is None:
            proxy = to_device(_present(given).seen(view), self.device)
            features = self.network.encode(proxy, View(view, self.frame_size))
        if keep:
            self._features[given.frame] = view, features
        painted = list(self._painted.values())
        if self._steps < KEY_NEIGHBOURHOOD and key in self._painted:
            painted = [self._painted[key]]
        shares = quantised(torch.softmax(self.network.read(features, [*painted, *self._recent]), 1))
        self._recent.append(self.network.memorise(features, dequantised(shares)))
        self._steps += 1
        return Carried(shares, view)

    def _attempt(self, work: Callable[[], Any]) -> Any:
        """Do a piece of work; when memory runs out, do it on the CPU."""
        try:
            with inference(self.device):
                return work()
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            failure = str(error)
        free_cached_memory(self.device)
        if self.device.type == "cpu":
            raise DeviceMemoryError("Out of memory while propagating trimaps. Close other programs.", failure=failure)
        self.notice(f"Out of memory on {self.device} while propagating trimaps: going on with the CPU.")
        self._move_to_cpu()
        return self._attempt(work)

    def _move_to_cpu(self) -> None:
        self.device = torch.device("cpu")
        self._network = self.network.to(self.device)
        self._painted = {frame: move_features(memory, self.device) for frame, memory in self._painted.items()}
        self._recent = deque((move_features(memory, self.device) for memory in self._recent), RECENT_FRAMES)
        self._features = {frame: move_features(seen, self.device) for frame, seen in self._features.items()}


def _reaching(order: tuple[int, ...], wanted: Collection[int]) -> tuple[int, ...]:
    last = max((index for index, frame in enumerate(order) if frame in wanted), default=-1)
    return order[: last + 1]


def _present(given: ProxyFrame) -> Proxies:
    if given.proxies is None:
        raise given.error or ValueError(f"frame {given.frame} came without its picture")
    return given.proxies
