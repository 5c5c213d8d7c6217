from __future__ import annotations

import time

import pytest
from PySide6.QtCore import QPointF, QRect

from stfam.ui.model.trimap_canvas import BACKGROUND, FOREGROUND, UNKNOWN, TrimapCanvas
from stfam.ui.paint.brush import Brush
from stfam.ui.paint.flood_fill import flood_fill
from stfam.ui.paint.stroke import fill_polygon, paint_segment


def labels(canvas: TrimapCanvas) -> set[int]:
    return {canvas.label(x, y) for y in range(canvas.height) for x in range(canvas.width)}


@pytest.mark.parametrize("label", [BACKGROUND, UNKNOWN, FOREGROUND], ids=["background", "unknown", "foreground"])
def test_a_stroke_paints_its_label_and_nothing_else(qapp, label):
    canvas = TrimapCanvas(61, 40, UNKNOWN if label == BACKGROUND else BACKGROUND)
    rect = paint_segment(canvas, Brush(label, 8), QPointF(20, 20), QPointF(40, 20))
    assert canvas.label(30, 20) == label and canvas.label(30, 30) != label
    assert labels(canvas) <= {0, 128, 255}
    assert rect.contains(QRect(16, 16, 28, 8)) and canvas.rect.contains(rect)


@pytest.mark.parametrize(("label", "under"), [(FOREGROUND, BACKGROUND), (BACKGROUND, FOREGROUND)])
def test_a_soft_brush_lays_unknown_around_and_keeps_its_own_label(qapp, label, under):
    canvas = TrimapCanvas(80, 40, under)
    brush = Brush(label, 20, hardness=0.5)
    paint_segment(canvas, brush, QPointF(20, 20), QPointF(60, 20))
    paint_segment(canvas, brush, QPointF(60, 20), QPointF(20, 20))
    assert [canvas.label(40, y) for y in (20, 27, 35)] == [label, UNKNOWN, under]
    paint_segment(canvas, brush, QPointF(40, 28), QPointF(40, 28))
    assert canvas.label(40, 20) == label, "the border of a second stroke must not eat the first"


def test_pressure_scales_the_brush_where_it_is_wanted():
    assert Brush(size=40, pressure=True).diameter(0.5) == 20
    assert Brush(size=40, pressure=False).diameter(0.5) == 40


def test_a_stroke_outside_touches_nothing(qapp):
    canvas = TrimapCanvas(20, 20)
    assert paint_segment(canvas, Brush(FOREGROUND, 4), QPointF(-40, -40), QPointF(-30, -30)).isEmpty()
    assert labels(canvas) == {0}


def test_a_lasso_fills_its_inside(qapp):
    canvas = TrimapCanvas(40, 40)
    square = [QPointF(10, 10), QPointF(30, 10), QPointF(30, 30), QPointF(10, 30)]
    rect = fill_polygon(canvas, Brush(FOREGROUND, 10, hardness=0.5), square)
    assert canvas.label(20, 20) == FOREGROUND and canvas.label(8, 20) == UNKNOWN and canvas.label(2, 2) == BACKGROUND
    assert rect.contains(10, 10)
    assert fill_polygon(canvas, Brush(), square[:2]).isEmpty()


def test_a_lasso_that_overlaps_itself_has_no_hole(qapp):
    """A hand that ends an outline beyond its beginning has gone around some of it twice."""
    canvas = TrimapCanvas(40, 40)
    corners = [QPointF(10, 10), QPointF(30, 10), QPointF(30, 30), QPointF(10, 30)]
    fill_polygon(canvas, Brush(FOREGROUND, 10), corners + corners[:3])
    assert canvas.label(25, 15) == canvas.label(15, 25) == FOREGROUND
    assert canvas.label(5, 20) == BACKGROUND


def reference_fill(canvas: TrimapCanvas, x: int, y: int, label: int) -> set[tuple[int, int]]:
    old, seen, todo = canvas.label(x, y), set(), [(x, y)]
    while todo:
        px, py = todo.pop()
        inside = 0 <= px < canvas.width and 0 <= py < canvas.height
        if inside and (px, py) not in seen and canvas.label(px, py) == old:
            seen.add((px, py))
            todo += [(px + 1, py), (px - 1, py), (px, py + 1), (px, py - 1)]
    return seen


def test_flood_fill_equals_a_fill_pixel_by_pixel(qapp):
    canvas = TrimapCanvas(53, 37)
    for i in range(6):
        paint_segment(canvas, Brush((128, 255)[i % 2], 5), QPointF(i * 9, 0), QPointF(50 - i * 7, 37))
    for i in range(0, 37 * canvas.stride, 7):  # speckles, as of a grainy alpha
        canvas.pixels[i] = (0, 128, 255)[i % 3]
    wanted = reference_fill(canvas, 30, 18, FOREGROUND)
    old = canvas.label(30, 18)
    new = FOREGROUND if old != FOREGROUND else BACKGROUND
    before = canvas.snapshot()
    rect = flood_fill(canvas, 30, 18, new)
    changed = {(x, y) for y in range(37) for x in range(53) if before[y * canvas.stride + x] != canvas.label(x, y)}
    assert changed == wanted and all(rect.contains(*point) for point in changed)
    assert flood_fill(canvas, 30, 18, new).isEmpty() and flood_fill(canvas, -1, 0, new).isEmpty()


def test_the_png_is_the_same_for_the_same_pixels_and_reads_back(qapp, tmp_path):
    canvas = TrimapCanvas(33, 21)
    paint_segment(canvas, Brush(UNKNOWN, 9), QPointF(5, 5), QPointF(20, 15))
    content = canvas.encoder()()
    (tmp_path / "key.png").write_bytes(content)
    again = TrimapCanvas.from_file(tmp_path / "key.png")
    assert again.snapshot() == canvas.snapshot() and again.encoder()() == content
    with pytest.raises(OSError, match="no readable"):
        TrimapCanvas.from_file(tmp_path / "gone.png")


def test_painting_a_4k_trimap_takes_less_than_a_frame(qapp):
    canvas = TrimapCanvas(4096, 2160)
    times = []
    for i in range(60):
        start = time.perf_counter()
        paint_segment(canvas, Brush(FOREGROUND, 200, 0.6), QPointF(500 + 40 * i, 900), QPointF(540 + 40 * i, 940))
        times.append(time.perf_counter() - start)
    assert sorted(times)[len(times) // 2] < 0.016
