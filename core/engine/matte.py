"""Alpha mattes from plates and trimaps, one frame at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import TypeVar

import torch

from stfam.core.engine.device_memory import free_cached_memory
from stfam.core.engine.frame_record import FrameRecord
from stfam.core.engine.keyframe_spans import halo
from stfam.core.engine.lanes import Lanes
from stfam.core.engine.matte_input import MatteInput, runs
from stfam.core.engine.matte_job import AHEAD, Alpha, Job, Slot, is_held, known_alpha, out_of_reach, place, window_of
from stfam.core.engine.networks import Matting
from stfam.core.engine.precision import inference
from stfam.core.engine.sliding_window import check_window, sliding_windows
from stfam.core.engine.strip import Strip
from stfam.core.engine.tile_plan import (
    Size,
    Tile,
    halved,
    plan_regions,
    plan_tiles,
    split_tiles,
    tile_limit,
    unknown_blocks,
)
from stfam.core.errors import DeviceMemoryError
from stfam.core.network.box import Box
from stfam.core.out_of_memory import is_out_of_memory

Result = TypeVar("Result")


def matte(
    inputs: Iterable[MatteInput],
    network: Matting,
    *,
    window: int | None = None,
    tile: str | int = "auto",
    device: torch.device | str = "cpu",
    notice: Callable[[str], None] = lambda _: None,
    check: Callable[[], None] = lambda: None,
    side_by_side: bool = True,
) -> Generator[tuple[int, Alpha], None, None]:
    """Alpha of every wanted frame, in order.

    Plates are steadied over the window (`engine.steady`), which is clamped at the ends of a run of frames, and the
    background is borrowed from twice as many frames on each side (`engine.strip`). A frame's features are computed once
    and dropped when the window has passed; frames without unknown pixels are not computed at all.

    Args:
        inputs: frames in order. For the same bits as in a longer clip, a wanted frame needs `halo(window)` neighbours
            on each side, as far as the clip has them: the window's, and the frames that those borrow from.
        network: in eval mode, on `device`.
        window: n, at most the network's own; fewer repeat the outermost frame. The network's own when None.
        tile: "auto", "off" or the longest side of a tile in pixels.
        device: where the network is.
        notice: is told, in a sentence, when memory ran out and what is done about it.
        check: called before every piece of work, by any thread; raises to stop.
        side_by_side: compute small frames two at a time, each on half of the cores (`engine.lanes`); not for one frame
            that is waited for. It changes the last bits.

    Yields:
        (frame, alpha): (H, W) float32 in [0, 1], exactly 0 or 1 where the trimap is known.

    Raises:
        UsageError: the window is larger than the network's.
        DeviceMemoryError: out of memory after all fallbacks.
    """
    reach = network.config.window if window is None else window
    check_window(reach, network.config.window)
    worker = _Matter(network, reach, tile, torch.device(device), notice, check)
    if side_by_side:
        worker.lanes = Lanes.of(worker.device)
    try:
        for run in runs(inputs):
            yield from worker.mattes(run)
    finally:
        worker.close()


@dataclass
class _Matter:
    """Has a network, and falls back to smaller tiles and to the CPU when memory runs out."""

    network: Matting
    reach: int
    tile: str | int
    device: torch.device
    notice: Callable[[str], None]
    check: Callable[[], None]
    lanes: Lanes | None = None
    planned: Size | None = None
    """Of `tile_limit`, settled by the first frame."""
    limit: Size | None = None
    """As planned, or smaller once memory has run out."""
    last: Job | None = None
    """The newest frame that is computed."""

    def __post_init__(self) -> None:
        self.strip = Strip(self.reach)

    def close(self) -> None:
        """Stop what is computed ahead."""
        if self.lanes is not None:
            self.lanes.close()

    def mattes(self, run: Iterable[MatteInput]) -> Iterator[tuple[int, Alpha]]:
        """The wanted alphas of a run, in order; some frames are begun ahead."""
        jobs: deque[Job] = deque()
        self.strip = Strip(self.reach, 1 + 2 * halo(self.reach))
        for around, centre in sliding_windows(self.slots(run), 2 * self.reach):
            if around[centre].wanted and around[centre].record is not None:
                jobs.append(self._begun(around, centre))
                if len(jobs) > 1:
                    self._decode_ahead(jobs[-2])
                ahead = AHEAD if self.lanes is not None and jobs[-1].slot.is_small else 0
                while len(jobs) > ahead:
                    yield self._finished(jobs.popleft())
        while jobs:
            yield self._finished(jobs.popleft())

    def slots(self, inputs: Iterable[MatteInput]) -> Iterator[Slot]:
        """Plan each frame's tiles as it comes in; a held frame shares the record of the one before it."""
        previous: FrameRecord | None = None
        for near, centre in sliding_windows(self._shown(inputs), self.reach):
            given = near[centre]
            record = FrameRecord.of(near, centre, self.reach, self.strip.vantage(given.frame), previous)
            yield Slot(given.frame, given.wanted, record, () if record is None else self._tiles(record))
            previous = record or previous

    def _shown(self, inputs: Iterable[MatteInput]) -> Iterator[MatteInput]:
        """The inputs, which the strip sees first."""
        for given in inputs:
            if self.reach:
                self.strip.add(given)
            yield given

    def _begun(self, around: Sequence[Slot], centre: int) -> Job:
        """A frame whose features are asked for, or that has the alpha of an earlier one."""
        job = Job(around, centre)
        if not job.slot.tiles:
            return job
        job.members = window_of(around, centre, self.reach, self.network.config.window)
        if self.last is not None and all(a is b for a, b in zip(job.records, self.last.records)):
            return Job(around, centre, same=self.last)
        self.last = job
        for index in job.members:
            record = around[index].known_record
            if record.context is None:
                record.surroundings = self.strip.surroundings(around[index].frame)
        self._with_fallbacks(around, partial(self._encode_ahead, job))
        return job

    def _finished(self, job: Job) -> tuple[int, Alpha]:
        """Frame and alpha: known where the trimap is, the network's in the unknown."""
        if job.same is not None:
            job.alpha = job.same.alpha
        elif job.members:
            job.alpha = self._with_fallbacks(job.around, partial(self._awaited, job))
        if job.members or job.same is not None:
            self._release(job.around, job.centre)
        alpha = known_alpha(job.record) if job.alpha is None else job.alpha.copy()
        return job.slot.frame, alpha

    def _encode_ahead(self, job: Job) -> None:
        """Have lanes encode what the frame's tiles read of the small frames of its window; do the others at once."""
        if self.lanes is None:
            return
        for index in dict.fromkeys(job.members):
            slot, record = job.around[index], job.around[index].known_record
            regions = self._regions(job.around, index)
            for region in dict.fromkeys(record.region(tile.box, regions) for tile in job.slot.tiles):
                work = partial(self._encode, record, region)
                if not slot.is_small:
                    work()
                elif region not in record.features and region not in record.begun:
                    record.begun[region] = self.lanes.submit(work)

    def _encode(self, record: FrameRecord, region: Box) -> None:
        self.check()
        with inference(self.device):
            record.encode(region, self.network, self.device)

    def _decode_ahead(self, job: Job) -> None:
        """Have a lane decode a frame, once all that it needs is asked for."""
        if self.lanes is not None and job.members and job.slot.is_small and job.decoding is None:
            job.decoding = self.lanes.submit(partial(self._computed, job))

    def _tiles(self, record: FrameRecord) -> tuple[Tile, ...]:
        if self.planned is None:
            self.planned = self.limit = tile_limit(self.tile, record.frame_size)
        return plan_tiles(unknown_blocks(record.trimap), record.frame_size, self.network.halo, self.planned)

    def _awaited(self, job: Job) -> Alpha:
        self._decode_ahead(job)
        return self._computed(job) if self.lanes is None or job.decoding is None else job.decoding.result()

    def _with_fallbacks(self, around: Sequence[Slot], work: Callable[[], Result]) -> Result:
        while True:
            try:
                return work()
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error):
                    raise
                failure = str(error)
            self._fall_back(around, failure)

    def _computed(self, job: Job) -> Alpha:
        unknown, alpha = job.record.trimap == 128, known_alpha(job.record)
        for tile in self._limited(job.slot.tiles, job.record):
            self.check()
            with inference(self.device):
                window = [self._features(job.around, index, tile.box) for index in job.members]
                patch = self.network.decode(window, tile.core.seen_from(tile.box))[0, 0].float().cpu().numpy()
            place(alpha, unknown, patch, tile.core)
        return alpha

    def _features(self, around: Sequence[Slot], index: int, box: Box) -> object:
        self.check()
        record, regions = around[index].known_record, self._regions(around, index)
        begun = record.begun.get(record.region(box, regions))
        if begun is not None and self.lanes is not None:
            begun.result()
        return record.tile(box, regions, self.network, self.device)

    def _regions(self, around: Sequence[Slot], index: int) -> tuple[Box, ...]:
        """What to encode of a frame: enough for every window that it is in, wanted or not."""
        slot, limit = around[index], self.limit
        assert limit is not None
        if limit not in slot.regions:
            record = slot.known_record
            served = around[max(0, index - self.reach) : index + self.reach + 1]
            tiles = self._limited(list(chain.from_iterable(other.tiles for other in served)), record)
            slot.regions[limit] = plan_regions(tiles, record.frame_size, limit, self.network.halo)
        return slot.regions[limit]

    def _limited(self, tiles: Sequence[Tile], record: FrameRecord) -> Sequence[Tile]:
        assert self.limit is not None
        if self.limit == self.planned:
            return tiles
        return split_tiles(tiles, record.frame_size, self.network.halo, self.limit)

    def _fall_back(self, around: Sequence[Slot], failure: str) -> None:
        self.close()
        self.lanes = None
        smaller = halved(self.limit) if self.limit is not None else None
        free_cached_memory(self.device)
        if smaller is not None:
            self.limit = smaller
            self.notice(f"Out of memory on {self.device}: going on with tiles of {smaller[1]}x{smaller[0]} pixels.")
        elif self.device.type != "cpu":
            self._move_to_cpu(around)
        else:
            raise DeviceMemoryError(
                "Out of memory even with the smallest tiles on the CPU. Close other programs, or use a proxy of 0.5.",
                failure=failure,
            )

    def _move_to_cpu(self, around: Sequence[Slot]) -> None:
        self.notice(f"Out of memory on {self.device} even with the smallest tiles: going on with the CPU.")
        self.device = torch.device("cpu")
        self.network = self.network.to(self.device)
        self.limit = self.planned
        for record in {id(slot.record): slot.record for slot in around}.values():
            if record is not None:
                record.move(self.device)

    def _release(self, around: Sequence[Slot], centre: int) -> None:
        """Drop what no frame after the centre reads; the newest picture is kept to recognise a held frame."""
        for passed in out_of_reach(around, centre, self.reach):
            passed.release_features()
        for index in range(max(0, centre - self.reach), min(len(around) - 1, centre + self.reach + 1)):
            record = around[index].record
            if record is not None and record is not around[index + 1].record:
                record.release_plate(self._regions(around, index))
        if not is_held(around, centre):
            around[centre].known_record.release_detail(self.network)
