"""The bytes of a trimap whose rows do not end where the next ones begin."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QImage

from stfam.ui.model.trimap_canvas import TrimapCanvas


def gray(rows: list[list[int]], image_format: QImage.Format = QImage.Format.Format_Grayscale8) -> QImage:
    stride = (len(rows[0]) + 3) // 4 * 4
    data = b"".join(bytes(row).ljust(stride, b"\xff") for row in rows)
    return QImage(data, len(rows[0]), len(rows), stride, image_format).copy()


@pytest.mark.parametrize(("width", "stride"), [(1, 4), (4, 4), (5, 8), (8, 8)])
def test_rows_begin_at_whole_words(width: int, stride: int) -> None:
    canvas = TrimapCanvas(width, 3, 128)
    assert (canvas.stride, len(canvas.pixels), canvas.width, canvas.height) == (stride, 3 * stride, width, 3)
    assert canvas.image.size() == canvas.overlay.size() == QSize(width, 3) and canvas.rect == QRect(0, 0, width, 3)


@pytest.mark.parametrize("size", [(0, 1), (1, 0), (-1, 5)], ids=str)
def test_a_trimap_without_a_pixel_is_refused(size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="at least one pixel"):
        TrimapCanvas(*size)


def test_both_pictures_show_the_same_bytes() -> None:
    canvas = TrimapCanvas(5, 3)
    canvas.pixels[2 * canvas.stride + 4] = 255
    assert canvas.label(4, 2) == canvas.image.pixelColor(4, 2).value() == canvas.overlay.pixelIndex(4, 2) == 255
    assert canvas.label(3, 2) == canvas.overlay.pixelIndex(4, 1) == 0
    assert canvas.overlay.colorTable() == [0] * 256, "seen through"


def test_a_picture_is_taken_at_the_nearest_labels_row_by_row() -> None:
    canvas = TrimapCanvas.from_image(gray([[0, 63, 64, 100, 191], [192, 255, 128, 0, 0]]))
    found = [[canvas.label(x, y) for x in range(5)] for y in range(2)]
    assert found == [[0, 0, 128, 128, 128], [255, 255, 128, 0, 0]]


def test_the_bytes_of_labels_count_and_not_the_colours_that_they_are_shown_in() -> None:
    picture = gray([[0, 128, 255]], QImage.Format.Format_Indexed8)
    picture.setColorTable([0xFFFF0000] * 256)
    canvas = TrimapCanvas.from_labels(picture)
    assert [canvas.label(x, 0) for x in range(3)] == [0, 128, 255]
    assert picture.colorTable() == [0xFFFF0000] * 256


def test_what_fills_up_a_row_is_no_pixel() -> None:
    canvas = TrimapCanvas.from_image(gray([[255] * 5, [255] * 5]))
    assert canvas.holds(255) and not canvas.holds(0) and not canvas.holds(128)
    canvas.pixels[canvas.stride + 4] = 128
    assert canvas.holds(128) and canvas.holds(255)


def test_rows_of_a_rectangle_are_whole() -> None:
    canvas = TrimapCanvas(5, 4)
    assert canvas.rows(QRect(2, 1, 2, 2)) == slice(8, 24)


def test_a_snapshot_of_another_size_is_refused() -> None:
    canvas = TrimapCanvas(5, 2, 128)
    kept = canvas.snapshot()
    with pytest.raises(ValueError, match="does not fit"):
        canvas.replace(kept + b"\0")
    canvas.pixels[0] = 255
    canvas.replace(kept)
    assert canvas.snapshot() == kept == b"\x80" * 16


def test_a_file_is_read_as_it_was_written_and_no_image_is_said(tmp_path: Path) -> None:
    canvas = TrimapCanvas.from_image(gray([[0, 128, 255, 128, 0], [255, 0, 0, 0, 128]]))
    (tmp_path / "key.png").write_bytes(canvas.encoder()())
    assert TrimapCanvas.from_file(tmp_path / "key.png").snapshot() == canvas.snapshot()
    with pytest.raises(OSError, match="no readable 8-bit image"):
        TrimapCanvas.from_file(tmp_path / "none.png")


def test_at_another_size_each_pixel_has_the_label_that_lies_there() -> None:
    canvas = TrimapCanvas.from_image(gray([[0, 255], [128, 0]]))
    assert canvas.scaled(2, 2) is canvas
    larger = canvas.scaled(4, 6)
    rows = [[larger.label(x, y) for x in range(4)] for y in range(6)]
    assert rows == [[0, 0, 255, 255]] * 3 + [[128, 128, 0, 0]] * 3
