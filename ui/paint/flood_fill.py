"""Flood fill of a trimap by runs of rows: whole runs are found and filled by the bytes type, not pixel by pixel."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect

from stfam.ui.model.trimap_canvas import TrimapCanvas

_CLOSED, _OPEN = b"\0", b"\1"


def flood_fill(canvas: TrimapCanvas, x: int, y: int, label: int) -> QRect:
    """Give `label` to the pixels of one label that touch (x, y) by their sides; returns what may have changed."""
    if not canvas.rect.contains(x, y) or canvas.label(x, y) == label:
        return QRect()
    fill = _Fill(canvas, canvas.label(x, y), label)
    pending = [(x, y)]
    while pending:
        run_x, run_y = pending.pop()
        run = fill.run(run_x, run_y)
        if run is None:
            continue
        for next_y in (run_y - 1, run_y + 1):
            pending.extend((start, next_y) for start in fill.starts(run, next_y))
    return fill.touched


class _Fill:
    def __init__(self, canvas: TrimapCanvas, old: int, new: int) -> None:
        self._pixels, self._stride = canvas.pixels, canvas.stride
        self._width, self._height = canvas.width, canvas.height
        self._new = bytes([new])
        self._open = canvas.pixels.translate(bytes(value == old for value in range(256)))
        self._left, self._right, self._top, self._bottom = self._width, -1, self._height, -1

    @property
    def touched(self) -> QRect:
        """Where the runs lie."""
        return QRect(QPoint(self._left, self._top), QPoint(self._right, self._bottom))

    def run(self, x: int, y: int) -> tuple[int, int] | None:
        """Fill the open run around (x, y) and return its first and last column; None where it is filled."""
        row = y * self._stride
        if not self._open[row + x]:
            return None
        first = max(self._open.rfind(_CLOSED, row, row + x) + 1, row)
        last = self._end(row + x, row + self._width) - 1
        count = last + 1 - first
        self._pixels[first : last + 1] = self._new * count
        self._open[first : last + 1] = _CLOSED * count
        self._left, self._right = min(self._left, first - row), max(self._right, last - row)
        self._top, self._bottom = min(self._top, y), max(self._bottom, y)
        return first - row, last - row

    def starts(self, run: tuple[int, int], y: int) -> list[int]:
        """First columns of the open runs in row `y` below or above `run`."""
        if not 0 <= y < self._height:
            return []
        row, found = y * self._stride, []
        position, end = row + run[0], row + run[1] + 1
        while (start := self._open.find(_OPEN, position, end)) >= 0:
            found.append(start - row)
            position = self._end(start, end)
        return found

    def _end(self, start: int, end: int) -> int:
        """The first closed place from `start` on, or `end`."""
        stop = self._open.find(_CLOSED, start, end)
        return end if stop < 0 else stop
