"""Flood fill of a trimap by runs of rows: whole runs are found and filled by the bytes type, not pixel by pixel."""

from __future__ import annotations

from PySide6.QtCore import QRect

from stfam.ui.model.trimap_canvas import TrimapCanvas


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
        self._canvas, self._old, self._new = canvas, old, new
        self._others = [bytes([v]) for v in (0, 128, 255) if v != old]
        self.touched = QRect()

    def run(self, x: int, y: int) -> tuple[int, int] | None:
        """Fill the run of old labels around (x, y) and return its first and last column."""
        pixels, row = self._canvas.pixels, y * self._canvas.stride
        if pixels[row + x] != self._old:
            return None
        end = row + self._canvas.width
        first = 1 + max(pixels.rfind(other, row, row + x) for other in self._others)
        first = max(first, row)
        stops = [stop for stop in (pixels.find(other, row + x, end) for other in self._others) if stop >= 0]
        last = min(stops, default=end) - 1
        pixels[first : last + 1] = bytes([self._new]) * (last + 1 - first)
        self.touched = self.touched.united(QRect(first - row, y, last + 1 - first, 1))
        return first - row, last - row

    def starts(self, run: tuple[int, int], y: int) -> list[int]:
        """First columns of the runs of old labels in row `y` below or above `run`."""
        if not 0 <= y < self._canvas.height:
            return []
        row, found = y * self._canvas.stride, []
        pixels, old = self._canvas.pixels, bytes([self._old])
        position, end = row + run[0], row + run[1] + 1
        while (start := pixels.find(old, position, end)) >= 0:
            found.append(start - row)
            stops = [stop for stop in (pixels.find(other, start, end) for other in self._others) if stop >= 0]
            position = min(stops, default=end)
        return found
