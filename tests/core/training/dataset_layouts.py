"""Small data sets in the layouts that their authors publish."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

HEIGHT, WIDTH, FRAMES = 48, 64, 4
BLUE_GROUND, RED = (20, 30, 200), (210, 40, 30)


def soft_disc(t: int) -> np.ndarray:
    rows, columns = np.indices((HEIGHT, WIDTH))
    return ((16 - np.hypot(rows - 24, columns - 28 - t)) / 5).clip(0, 1)


def write(path: Path, image: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    order = [2, 1, 0, 3][: image.shape[2]] if image.ndim == 3 else slice(None)
    assert cv2.imwrite(str(path), np.ascontiguousarray(image[..., order] if image.ndim == 3 else image))


def plain(colour: tuple[int, int, int]) -> np.ndarray:
    return np.full((HEIGHT, WIDTH, 3), colour, np.uint8)


def byte(alpha: np.ndarray) -> np.ndarray:
    return np.rint(alpha * 255).astype(np.uint8)


def rgba(t: int) -> np.ndarray:
    return np.dstack([plain(RED), byte(soft_disc(t))])


def composite(t: int) -> np.ndarray:
    alpha = soft_disc(t)[..., None]
    return np.rint(alpha * plain(RED) + (1 - alpha) * plain(BLUE_GROUND)).astype(np.uint8)


def movie(path: Path, frames: list[np.ndarray]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 25, (WIDTH, HEIGHT))
    for frame in frames:
        writer.write(np.ascontiguousarray(frame[..., ::-1]))
    writer.release()


def make_dvm(root: Path) -> None:
    alphas = [np.repeat(byte(soft_disc(t))[..., None], 3, 2) for t in range(FRAMES)]
    movie(root / "fg/video/train/0000/a.mp4", alphas)
    movie(root / "fg/video/train/0000/f.mp4", [plain(RED)] * FRAMES)
    write(root / "fg/image/train/alpha/still.png", byte(soft_disc(0)))
    write(root / "fg/image/train/fg/still.png", plain(RED))
    movie(root / "bg/train/0000.mp4", [plain(BLUE_GROUND)] * 2)


def make_videomatting108(root: Path) -> None:
    partners = {}
    for t in range(FRAMES):
        write(root / f"FG_done/man/{t:04d}.png", rgba(t))
        write(root / f"BG_done/street/{t + 10:04d}.png", plain(BLUE_GROUND))
        partners[f"man/{t:04d}.png"] = f"street/{t + 10:04d}.jpg"
    (root / "frame_corr.json").write_text(json.dumps(partners))
    (root / "train_videos.txt").write_text("man\n\n")


def make_youtubematte(root: Path) -> None:
    for t in range(FRAMES):
        write(root / f"youtubematte_512x288/motion/pha/0001/{t:04d}.png", byte(soft_disc(t)))
        write(root / f"youtubematte_512x288/motion/fgr/0001/{t:04d}.png", plain(RED))
        write(root / f"youtubematte_512x288/motion/bgr/0001/{t:04d}.png", plain(BLUE_GROUND))
        write(root / f"youtubematte_512x288/motion/com/0001/{t:04d}.png", composite(t))


def make_v_him(root: Path) -> None:
    for t in range(FRAMES):
        left = np.where(np.arange(WIDTH) < 30, byte(soft_disc(t)), 0).astype(np.uint8)
        write(root / f"train/fgr/pair/{t:05d}.jpg", composite(t))
        write(root / f"train/pha/pair/{t:05d}/00.png", left)
        write(root / f"train/pha/pair/{t:05d}/01.png", byte(soft_disc(t)) - left)


def make_folders(root: Path) -> None:
    for t in range(FRAMES):
        write(root / f"foregrounds/disc.{t:04d}.png", rgba(t))
    write(root / "foregrounds/other/single.png", rgba(0))
    write(root / "backgrounds/wall.jpg", plain(BLUE_GROUND))


MAKERS: dict[str, Callable[[Path], None]] = {
    "dvm": make_dvm,
    "videomatting108": make_videomatting108,
    "youtubematte": make_youtubematte,
    "v_him": make_v_him,
    "folders": make_folders,
}
