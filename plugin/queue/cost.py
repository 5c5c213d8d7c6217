"""What a shot costs in pieces, and the piece that costs least (standard library only).

Alone on W workers, a shot of F frames in k chunks goes round ceil(k / W) times, and each chunk takes its start, its
frames and its halo: the neighbours of its first and last frame that it reads and encodes once more. In a queue of N
frames the rounds blur: N / c chunks of c frames cost their overhead each, and at the end of the night W - 1 workers
wait, on average, for half a chunk. docs/farm.md derives both and compares them with the simulation.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil


@dataclass(frozen=True)
class Costs:
    """Seconds of work, as measured.

    Attributes:
        start: what a task takes besides its frames: opening the plate, loading the weights, looking what is finished.
        propagate: of a trimap.
        matte: of a matte.
        halo: of a frame that is encoded for its neighbours' sake.
        check: of reading a matte back.
        boot: of starting a render process with torch, once a worker.
    """

    start: float = 0.5
    propagate: float = 0.15
    matte: float = 0.9
    halo: float = 0.45
    check: float = 0.03
    boot: float = 3.0

    def chunk_seconds(self, frames: int, window: int) -> float:
        """A matte task of `frames` with a halo on both sides."""
        return self.start + frames * self.matte + 2 * window * self.halo

    def alone_seconds(self, frames: int, window: int, workers: int, chunk: int) -> float:
        """From the first matte of a shot to its last, on `workers` that have nothing else to do."""
        pieces = ceil(frames / chunk)
        if pieces == 1:
            return self.start + frames * self.matte
        return ceil(pieces / workers) * self.chunk_seconds(ceil(frames / pieces), window)

    def queue_seconds(self, frames: int, window: int, workers: int, chunk: int) -> float:
        """Until a queue of `frames` in all is empty, cut into chunks of one size."""
        overhead = self.start + 2 * window * self.halo
        tail = (workers - 1) * chunk * self.matte / 2
        return (frames * self.matte + frames / chunk * overhead + tail) / workers


def best_chunk(frames: int, window: int, workers: int, costs: Costs, backlog: int = 0) -> int:
    """Frames of a matte task with which the work is done soonest; among equals the largest, which wastes least.

    Args:
        frames: of the shot.
        workers: of the farm.
        backlog: frames of the other shots in the queue.
    """
    most = min(frames, 64 * max(1, workers))
    sizes = sorted({ceil(frames / pieces) for pieces in range(1, most + 1)}, reverse=True)
    if backlog:
        return min(sizes, key=lambda size: round(costs.queue_seconds(frames + backlog, window, workers, size), 6))
    return min(sizes, key=lambda size: round(costs.alone_seconds(frames, window, workers, size), 6))
