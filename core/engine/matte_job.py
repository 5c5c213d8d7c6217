"""A frame on its way to its alpha: what is planned for it, and where its pixels go."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from stfam.core.engine.frame_record import FrameRecord
from stfam.core.engine.tile_plan import Size, Tile
from stfam.core.media.frame_meta import FloatImage
from stfam.core.network.box import Box

Alpha = FloatImage

LANE_AREA = 768 * 768
"""Pixels of a frame's tiles, with their surroundings, up to which it is computed beside another."""

AHEAD = 2
"""Small frames that are begun before a frame's alpha is waited for; they keep the lanes busy."""


@dataclass
class Slot:
    """A frame in the window and what is planned for it."""

    frame: int
    wanted: bool
    record: FrameRecord | None
    tiles: tuple[Tile, ...]
    regions: dict[Size, tuple[Box, ...]] = field(default_factory=dict)

    @property
    def known_record(self) -> FrameRecord:
        """The record of a frame that could be read."""
        assert self.record is not None
        return self.record

    @property
    def is_small(self) -> bool:
        """Whether a lane of its own does better with it than all cores together."""
        return is_small(self.tiles)


@dataclass(eq=False)
class Job:
    """A wanted frame in its surroundings."""

    around: Sequence[Slot]
    centre: int
    members: tuple[int, ...] = ()
    """The window's frames, by their index in `around`; none where there is nothing to compute."""
    same: Job | None = None
    """An earlier frame that has the same alpha."""
    decoding: Future[Alpha] | None = None
    """In a lane."""
    alpha: Alpha | None = None

    @property
    def slot(self) -> Slot:
        """The frame itself."""
        return self.around[self.centre]

    @property
    def record(self) -> FrameRecord:
        """The frame's own."""
        return self.slot.known_record

    @property
    def records(self) -> tuple[FrameRecord, ...]:
        """The window's."""
        return tuple(self.around[index].known_record for index in self.members)


def is_small(tiles: Sequence[Tile]) -> bool:
    """Whether a frame of these tiles is computed side by side with another on a CPU."""
    return sum(tile.box.height * tile.box.width for tile in tiles) <= LANE_AREA


def window_of(around: Sequence[Slot], centre: int, reach: int, trained: int) -> tuple[int, ...]:
    """Indices of a window's 2 * `trained` + 1 frames: clamped to `reach` and at the ends of the run.

    Where a frame is unreadable, the next one inwards stands for it.
    """
    return tuple(_readable(around, centre, max(-reach, min(reach, offset))) for offset in range(-trained, trained + 1))


def is_held(around: Sequence[Slot], centre: int) -> bool:
    """Whether a frame after the centre is the same one, and has its record."""
    own = around[centre].record
    return any(slot.record is own for slot in around[centre + 1 :])


def out_of_reach(around: Sequence[Slot], centre: int, reach: int) -> Iterator[FrameRecord]:
    """Records of frames before the centre that no window after the centre's reads."""
    oldest = min(centre, max(0, centre + 1 - reach))
    for index, slot in enumerate(around[:oldest]):
        if slot.record is not None and not is_held(around, index):
            yield slot.record


def known_alpha(record: FrameRecord) -> Alpha:
    """What the trimap says: (H, W), 1 where it is foreground, else 0."""
    return (record.trimap == 255).astype(np.float32)


def place(alpha: Alpha, unknown: npt.NDArray[np.bool_], patch: Alpha, core: Box) -> None:
    """Write the alpha of a tile's core into its unknown pixels; a core may reach beyond the frame."""
    height, width = alpha.shape
    rows, columns = slice(core.top, min(core.bottom, height)), slice(core.left, min(core.right, width))
    part = patch[: rows.stop - rows.start, : columns.stop - columns.start]
    np.copyto(alpha[rows, columns], part.clip(0, 1), where=unknown[rows, columns])


def _readable(around: Sequence[Slot], centre: int, offset: int) -> int:
    index = max(0, min(len(around) - 1, centre + offset))
    while around[index].record is None:
        index += 1 if index < centre else -1
    return index
