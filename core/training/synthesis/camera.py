"""What a camera and a codec do to clean frames: softness, noise that changes every frame, compression."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from stfam.core.training.synthesis.types import Field, Pixels


@dataclass(frozen=True)
class Camera:
    """How a camera records.

    ``noise`` and ``shot`` are standard deviations in code values of 255, everywhere and at full white; ``grain`` is the
    size of the noise in pixels; ``quality`` the JPEG quality, 0 for none.
    """

    noise: float = 0.0
    shot: float = 0.0
    grain: float = 0.0
    quality: int = 0

    def shoot(self, rng: np.random.Generator, clean: Pixels) -> Pixels:
        """The frames (T, H, W, 3) uint8 as this camera records them."""
        noisy = clean if self.noise == 0.0 and self.shot == 0.0 else self._noisy(rng, clean)
        return np.stack([self._compressed(frame) for frame in noisy]) if self.quality else noisy

    def _noisy(self, rng: np.random.Generator, clean: Pixels) -> Pixels:
        """Every frame takes its noise from another place of one larger field, which is cheaper than a field a frame."""
        _, height, width, _ = clean.shape
        spare = max(32, min(height, width) // 2)
        field = rng.standard_normal((height + spare, width + spare, 3), dtype=np.float32)
        if self.grain > 0.0:
            soft = cv2.GaussianBlur(field, (0, 0), self.grain)
            field = np.asarray(soft / np.float32(max(float(soft.std()), 1e-3)), np.float32)
        places = rng.integers(spare + 1, size=(len(clean), 2))
        windows = (field[y : y + height, x : x + width] for y, x in places)
        return np.stack([self._exposed(frame, window) for frame, window in zip(clean, windows, strict=True)])

    def _exposed(self, frame: Pixels, pattern: Field) -> Pixels:
        light = frame.astype(np.float32)
        spread = np.float32(self.noise) + np.float32(self.shot) * cv2.sqrt(light * np.float32(1 / 255))
        return np.rint(np.clip(light + pattern * spread, 0, 255)).astype(np.uint8)

    def _compressed(self, frame: Pixels) -> Pixels:
        _, code = cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, self.quality])
        return np.asarray(cv2.imdecode(code, cv2.IMREAD_COLOR), np.uint8)


def random_camera(rng: np.random.Generator) -> Camera:
    """Mostly a little noise, sometimes much, and compression in a third of the clips."""
    strong = rng.random() < 0.15
    return Camera(
        noise=rng.uniform(3, 9) if strong else rng.exponential(1.2),
        shot=rng.uniform(2, 8) if strong else rng.exponential(1.2),
        grain=rng.uniform(0.4, 1.2) if rng.random() < 0.3 else 0.0,
        quality=int(rng.integers(45, 96)) if rng.random() < 0.35 else 0,
    )
