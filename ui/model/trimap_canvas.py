"""An 8-bit trimap that QPainter paints on in place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QRect
from PySide6.QtGui import QImage

from stfam.ui.model.trimap_png import trimap_png

BACKGROUND = 0
UNKNOWN = 128
FOREGROUND = 255


class TrimapCanvas:
    """One trimap, and two pictures over the same bytes.

    Attributes:
        image: Grayscale8, to be painted on without antialiasing, so that only 0, 128 and 255 occur.
        overlay: Indexed8 over the same bytes, to be shown through a colour table.
        stride: bytes from one row to the next.
        pixels: the bytes themselves, `stride` a row; a change is a change of both pictures.
        version: another one for each state that an undo step leads to, and the same again when it is undone.
    """

    def __init__(self, width: int, height: int, label: int = BACKGROUND) -> None:
        if width < 1 or height < 1:
            raise ValueError(f"a trimap needs at least one pixel, not {width}x{height}")
        self.stride = (width + 3) & ~3
        self.pixels = bytearray([label]) * (self.stride * height)
        self.version = object()
        self.image = QImage(self.pixels, width, height, self.stride, QImage.Format.Format_Grayscale8)
        self.overlay = QImage(self.pixels, width, height, self.stride, QImage.Format.Format_Indexed8)
        self.overlay.setColorTable([0] * 256)

    @classmethod
    def from_image(cls, picture: QImage) -> TrimapCanvas:
        """A copy of a picture, each pixel at the nearest of the three labels."""
        gray = picture.convertToFormat(QImage.Format.Format_Grayscale8)
        canvas = cls(gray.width(), gray.height())
        source, width, step = memoryview(gray.constBits()), gray.width(), gray.bytesPerLine()
        for row in range(gray.height()):
            start = row * canvas.stride
            labels = bytes(source[row * step : row * step + width]).translate(_NEAREST_LABEL)
            canvas.pixels[start : start + width] = labels
        return canvas

    @classmethod
    def from_labels(cls, picture: QImage) -> TrimapCanvas:
        """A copy of an 8-bit picture whose bytes are labels, whatever colours they are shown in."""
        labels = QImage(picture)
        labels.setColorTable([0xFF000000 | value * 0x010101 for value in range(256)])
        return cls.from_image(labels)

    @classmethod
    def from_file(cls, path: Path) -> TrimapCanvas:
        """A trimap from an 8-bit image file that Qt reads (PNG, ...).

        Raises:
            OSError: the file is missing or no image.
        """
        picture = QImage(str(path))
        if picture.isNull():
            raise OSError(f"{path} is no readable 8-bit image")
        return cls.from_image(picture)

    def scaled(self, width: int, height: int) -> TrimapCanvas:
        """The trimap at another size: each pixel has the label of the one that lies there; itself where it fits."""
        if (width, height) == (self.width, self.height):
            return self
        return self.from_image(self.image.scaled(width, height))

    @property
    def width(self) -> int:
        """Pixels in a row."""
        return self.image.width()

    @property
    def height(self) -> int:
        """Rows."""
        return self.image.height()

    @property
    def rect(self) -> QRect:
        """The whole trimap."""
        return self.image.rect()

    def label(self, x: int, y: int) -> int:
        """The label at a pixel inside the trimap."""
        return self.pixels[y * self.stride + x]

    def holds(self, label: int) -> bool:
        """Whether any pixel has the label."""
        starts = range(0, len(self.pixels), self.stride)
        return any(label in self.pixels[start : start + self.width] for start in starts)

    def snapshot(self) -> bytes:
        """A copy of the bytes."""
        return bytes(self.pixels)

    def replace(self, content: bytes | bytearray) -> None:
        """Take the bytes of a snapshot.

        Raises:
            ValueError: it is of a trimap of another size.
        """
        if len(content) != len(self.pixels):
            raise ValueError(f"a snapshot of {len(content)} bytes does not fit a trimap of {len(self.pixels)}")
        self.pixels[:] = content

    def rows(self, rect: QRect) -> slice:
        """Where the whole rows of a rectangle lie among the bytes."""
        return slice(rect.top() * self.stride, (rect.bottom() + 1) * self.stride)

    def encoder(self) -> Callable[[], bytes]:
        """Takes a copy of the pixels now; the function that is returned makes a PNG file of it, on any thread."""
        pixels, width, height, stride = self.snapshot(), self.width, self.height, self.stride
        return lambda: trimap_png(pixels, width, height, stride)


_NEAREST_LABEL = bytes(BACKGROUND if v < 64 else UNKNOWN if v < 192 else FOREGROUND for v in range(256))
