"""Trimaps of a clip from those of its keyframes, one frame at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import takewhile
from typing import Any

import torch
from torch import Tensor

from stfam.core.engine.feature_tiles import move_features
from stfam.core.engine.keyframe_spans import KEY_NEIGHBOURHOOD, Span, backward_frames
from stfam.core.engine.network_work import Begun, NetworkWork
from stfam.core.engine.networks import Propagation
from stfam.core.engine.pipeline import looking_ahead
from stfam.core.engine.precision import to_device
from stfam.core.engine.proxies import Proxies, proxy_shares
from stfam.core.engine.share_store import Carried, ShareStore
from stfam.core.engine.trimap_growth import dequantised, grow_trimap, quantised, subject_box
from stfam.core.engine.views import box_of, following_view
from stfam.core.network.box import Box, View
from stfam.core.trimap import Trimap

RECENT_FRAMES = 2
"""Propagated frames in the memory, besides the keyframes."""


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
    work = NetworkWork(network, torch.device(device), notice)
    worker = _Propagator(keys, work, read_proxies, check)
    try:
        for given, coming in looking_ahead(frames, work.ahead):
            span = span_of.get(given.frame)
            carried = worker.carry(span, given, coming, sought) if span is not None else None
            if span is None or given.frame in finished:
                trimap = keys.read(given.frame) if given.frame in wanted else None
                if trimap is not None:
                    yield given.frame, trimap
            elif carried is not None and given.frame in wanted:
                yield given.frame, grow_trimap(carried.shares, worker.frame_size, carried.view)
    finally:
        worker.close()


class _Propagator:
    """Goes through one span after the other. On a CPU a frame's successor is begun before the frame is handed on."""

    def __init__(
        self,
        keys: Keyframes,
        work: NetworkWork,
        read_proxies: Callable[[Sequence[int]], Iterable[ProxyFrame]],
        check: Callable[[], None],
    ) -> None:
        self.keys = keys
        self.work = work
        self.read_proxies = read_proxies
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
        self._begun: Begun[tuple[Carried, Any]] | None = None
        self._recalling: _Recalling | None = None
        work.on_move(self._move)

    def close(self) -> None:
        """Drop what was stored and what was begun."""
        self.work.close()
        self._store.close()

    def carry(
        self, span: Span, given: ProxyFrame, coming: Sequence[ProxyFrame], sought: frozenset[int]
    ) -> Carried | None:
        """The trimap of the span's next frame; None for one that neither pass reached.

        Args:
            span: of the frame.
            given: the frame.
            coming: those after it, as far as they are known.
            sought: frames whose trimap is wanted.
        """
        if sought.isdisjoint(span.frames):
            return None
        if span is not self._span:
            self._enter(span, sought)
        backward = self._store.take(given.frame)
        if self._begun is None and not self._reaches(span, given):
            return backward
        following = tuple(takewhile(partial(self._reaches, span), coming))
        forward = self._step(given, following, span.before)
        if backward is None:
            return forward
        faded = torch.lerp(dequantised(backward.shares), dequantised(forward.shares.cpu()), span.weight(given.frame))
        return Carried(quantised(faded), forward.view)

    def _enter(self, span: Span, wanted: Collection[int]) -> None:
        """Begin a span: memorise its keyframes and run its backward pass."""
        self._span = span
        self._memorise_keys([key for key in (span.before, span.after) if key is not None])
        order, faded = backward_frames(span, wanted), frozenset(span.faded)
        self._features.clear()
        self._restart()
        for given, coming in looking_ahead(self.read_proxies(order) if order else (), self.work.ahead):
            if given.proxies is not None:
                following = tuple(takewhile(lambda other: other.proxies is not None, coming))
                self._store.put(given.frame, self._step(given, following, span.after, keep=faded))
        self._restart()

    def _reaches(self, span: Span, given: ProxyFrame) -> bool:
        """Whether the span's forward pass goes through a frame that can be read."""
        return given.frame in span.forward and (given.proxies is not None or given.frame in self._features)

    def _restart(self) -> None:
        self._recent.clear()
        self._steps = 0
        self._view = None
        self._begun = self._recalling = None

    def _memorise_keys(self, frames: list[int]) -> None:
        self._painted = {frame: self._painted[frame] for frame in frames if frame in self._painted}
        missing = [frame for frame in frames if frame not in self._painted]
        for given in self.read_proxies(missing) if missing else ():
            trimap = self.keys.read(given.frame)
            if trimap is None:
                raise ValueError(f"keyframe {given.frame} came without its trimap")
            self.frame_size = (trimap.shape[0], trimap.shape[1])
            self._subject[given.frame] = box_of(trimap != 0)
            view = following_view(None, self._subject[given.frame], self.frame_size)
            painted = partial(self._painted_memory, given, proxy_shares(trimap, view), view)
            memory = self.work.finish(self.work.begin(painted))  # where memory runs out, those before it are moved
            self._painted[given.frame] = memory

    def _painted_memory(self, given: ProxyFrame, shares: Tensor, view: Box) -> Any:
        features = self._encoded(given, view)
        return self.work.network.memorise(features, to_device(shares, self.work.device))

    def _step(
        self, given: ProxyFrame, coming: Sequence[ProxyFrame], key: int | None, keep: Collection[int] = ()
    ) -> Carried:
        """One frame of a pass that started at a keyframe; features of those in `keep` are kept for the other pass."""
        if self._begun is None:
            if self._view is None:
                self._view = following_view(None, None if key is None else self._subject.get(key), self.frame_size)
            self._begin(given, coming, key, keep)
        assert self._begun is not None
        carried, memory = self.work.finish(self._begun)
        self._recent.append(memory)
        self._steps += 1
        self._view = following_view(carried.view, subject_box(carried.shares, carried.view), self.frame_size)
        self._begun = None
        if coming:
            self._begin(coming[0], coming[1:], key, keep)
        return carried

    def _begin(self, given: ProxyFrame, coming: Sequence[ProxyFrame], key: int | None, keep: Collection[int]) -> None:
        """Have a frame read, and the one after it recalled in the view that it will most likely have."""
        self.check()
        keyframes = self._keyframes(key, self._steps)
        reading = partial(self._read, given, keyframes, given.frame in keep, self._recalling)
        self._begun, self._recalling = self.work.begin(reading), None
        if coming and coming[0].frame not in self._features:
            assert self._view is not None
            begun = self.work.begin(
                partial(self._recalled, coming[0], self._view, self._keyframes(key, self._steps + 1))
            )
            self._recalling = _Recalling(coming[0].frame, self._view, begun)

    def _keyframes(self, key: int | None, steps: int) -> list[int]:
        """Those that a frame so many steps from the pass's own keyframe, `key`, is read by."""
        return [key] if steps < KEY_NEIGHBOURHOOD and key in self._painted else list(self._painted)

    def _read(
        self, given: ProxyFrame, keyframes: list[int], keep: bool, recalling: _Recalling | None
    ) -> tuple[Carried, Any]:
        """A frame's trimap, and what is remembered of it. The pass does not move on before this is done.

        What is kept for the other pass goes last: where memory runs out, all of this is done again.
        """
        view, features = self._features.get(given.frame, (self._view, None))
        assert view is not None
        if features is not None:
            recalled = self._recalled_by(features, keyframes)
        elif recalling is not None and (recalling.frame, recalling.view) == (given.frame, view):
            features, recalled = recalling.begun()
        else:
            features, recalled = self._recalled(given, view, keyframes)
        shares = quantised(torch.softmax(self.work.network.read(recalled, list(self._recent)), 1))
        memory = self.work.network.memorise(features, dequantised(shares))
        if keep:
            self._features[given.frame] = view, features
        else:
            self._features.pop(given.frame, None)
        return Carried(shares, view), memory

    def _recalled(self, given: ProxyFrame, view: Box, keyframes: list[int]) -> tuple[Any, Any]:
        features = self._encoded(given, view)
        return features, self._recalled_by(features, keyframes)

    def _recalled_by(self, features: Any, keyframes: list[int]) -> Any:
        return self.work.network.recall(features, [self._painted[frame] for frame in keyframes])

    def _encoded(self, given: ProxyFrame, view: Box) -> Any:
        proxy = to_device(_present(given).seen(view), self.work.device)
        return self.work.network.encode(proxy, View(view, self.frame_size))

    def _move(self, device: torch.device) -> None:
        self._painted = {frame: move_features(memory, device) for frame, memory in self._painted.items()}
        self._recent = deque((move_features(memory, device) for memory in self._recent), RECENT_FRAMES)
        self._features = {frame: move_features(seen, device) for frame, seen in self._features.items()}


@dataclass(frozen=True)
class _Recalling:
    """A frame that is encoded and recalled before its turn."""

    frame: int
    view: Box
    begun: Begun[tuple[Any, Any]]
    """Its features, and what the keyframes say of it."""


def _present(given: ProxyFrame) -> Proxies:
    if given.proxies is None:
        raise given.error or ValueError(f"frame {given.frame} came without its picture")
    return given.proxies
