"""What a shot costs in pieces, and the piece that costs least (standard library only).

With F frames in k chunks on W workers, the chunks go round ceil(k / W) times, and each takes its start, its frames and
its halo: the neighbours of its first and last frame that it reads and encodes once more. Small chunks spread better;
large ones repeat less. docs/farm.md derives it and compares it with the simulation.
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

    def matte_seconds(self, frames: int, window: int, workers: int, chunk: int) -> float:
        """From the first matte to the last, on `workers` that have nothing else to do."""
        pieces = ceil(frames / chunk)
        longest = ceil(frames / pieces)
        if pieces == 1:
            return self.start + frames * self.matte
        return ceil(pieces / workers) * self.chunk_seconds(longest, window)


def best_chunk(frames: int, window: int, workers: float, costs: Costs) -> int:
    """Frames of a matte task with which the shot is done soonest; among equals the largest, which wastes least.

    Args:
        workers: that this shot can count on: those of the farm divided by the shots that share it.
    """
    share = max(1, round(workers))
    sizes = {ceil(frames / pieces) for pieces in range(1, min(frames, 64 * share) + 1)}
    return min(sorted(sizes, reverse=True), key=lambda size: round(costs.matte_seconds(frames, window, share, size), 6))
