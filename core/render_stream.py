"""From plate and keyframes to what the matting network is fed, frame by frame."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import torch

from stfam.core.engine.keyframe_spans import Span, lending
from stfam.core.engine.matte_input import MatteInput
from stfam.core.engine.networks import Propagation
from stfam.core.engine.pipeline import read_ahead
from stfam.core.engine.propagate import Keyframes, ProxyFrame, propagate
from stfam.core.engine.reduced_scale import reduced_image, reduced_trimap
from stfam.core.errors import InputError
from stfam.core.plate_reader import Demand, LoadedFrame, PlateReader
from stfam.core.render_job import Job
from stfam.core.render_plan import Schedule
from stfam.core.trimap import Trimap

READ_AHEAD = 2
"""Plate frames that are read while the networks compute; half as many where propagation looks ahead by itself."""


@dataclass(frozen=True)
class FrameStream:
    """Reads, propagates and pairs plates with trimaps."""

    job: Job
    schedule: Schedule
    spans: tuple[Span, ...]
    """Those that are propagated; none where all trimaps are given."""
    coloured: frozenset[int]
    """Frames whose colours as stored are needed."""
    reader: PlateReader
    given: frozenset[int]
    """Frames whose trimap is painted or finished."""
    read_trimap: Callable[[int], Trimap | None]
    network: Propagation | None
    device: torch.device
    notice: Callable[[str, str], None]
    """Kind and sentence."""
    check: Callable[[], None]
    on_failure: Callable[[int, InputError], None]
    """Told of every frame that cannot be used; raises to stop."""

    def trimaps(self) -> Iterator[tuple[LoadedFrame, Trimap | None]]:
        """Every frame whose trimap is needed, in order, with the trimap; None for a frame that cannot be used."""
        pending: dict[int, LoadedFrame] = {}
        ahead = READ_AHEAD if self.network is None else READ_AHEAD // 2
        frames = read_ahead(self.reader.load(self._demands()), ahead)
        try:
            for frame, trimap in self._propagated(self._proxies(frames, pending)):
                yield from self._unreached(pending, frame)
                item = pending.pop(frame)
                usable = item.error is None or frame not in self.schedule.pictured
                yield item, trimap if usable else None
            yield from self._unreached(pending, None)
        finally:
            frames.close()

    def inputs(self, waiting: dict[int, tuple[LoadedFrame, Trimap]]) -> Iterator[MatteInput]:
        """The same frames as the matting network takes them.

        Args:
            waiting: the wanted ones are put into it, without what the networks see of them, for whoever writes them.
        """
        wanted = frozenset(self.schedule.wanted)
        previous: int | None = None
        for item, trimap in self.trimaps():
            frame = item.frame
            if trimap is not None and frame in wanted:
                waiting[frame] = replace(item, picture=None, proxies=None), trimap
            starts = previous is not None and not self.job.clip.follows(previous, frame)
            yield self._input(item, trimap, frame in wanted, starts)
            previous = frame

    def _input(self, item: LoadedFrame, trimap: Trimap | None, wanted: bool, starts: bool) -> MatteInput:
        scale = self.job.shot.settings.proxy
        picture = None if trimap is None else item.picture
        if scale < 1:
            picture = None if picture is None else reduced_image(picture, scale)
            trimap = None if trimap is None else reduced_trimap(trimap, scale)
        proxy = item.proxies.whole if scale == 1 and item.proxies is not None else None
        borrows = lending(item.frame, self.job.spans, self.job.reach)
        return MatteInput(item.frame, trimap, picture, wanted and trimap is not None, starts, proxy, borrows)

    def _demands(self) -> Iterator[Demand]:
        for frame in self.schedule.touched:
            yield Demand(
                frame,
                picture=frame in self.schedule.pictured,
                proxies=frame in self.schedule.passed,
                colours=frame in self.coloured,
            )

    def _proxies(self, frames: Iterator[LoadedFrame], pending: dict[int, LoadedFrame]) -> Iterator[ProxyFrame]:
        for item in frames:
            if item.error is not None:
                self.on_failure(item.frame, item.error)
            if item.warning is not None:
                self.notice("plate", item.warning)
            pending[item.frame] = item
            yield ProxyFrame(item.frame, item.proxies, item.error)

    def _propagated(self, proxies: Iterator[ProxyFrame]) -> Iterator[tuple[int, Trimap]]:
        reachable = {frame for span in self.spans for frame in span.frames}
        return propagate(
            proxies,
            Keyframes(tuple(self.job.keys), self.read_trimap),
            self.spans,
            self.network,
            wanted=self.schedule.trimapped & (self.given | reachable),
            read_proxies=self.reader.proxies,
            finished=self.given - self.job.keys.keys(),
            device=self.device,
            notice=partial(self.notice, "memory"),
            check=self.check,
        )

    def _unreached(
        self, pending: dict[int, LoadedFrame], before: int | None
    ) -> Iterator[tuple[LoadedFrame, Trimap | None]]:
        """Frames that were passed by without a trimap, up to the one before `before`."""
        for frame in [frame for frame in pending if before is None or frame < before]:
            item = pending.pop(frame)
            if frame in self.schedule.trimapped:
                yield item, None
