"""Small plates with key trimaps that every room's tests can render."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import wait
from dataclasses import dataclass
from pathlib import Path
from weakref import WeakKeyDictionary

import pytest

from stfam.core.errors import StfamError
from stfam.core.shot import Keyframe, Output, Settings, Shot
from stfam.core.worker.client import WorkerClient, WorkerGone
from stfam.core.worker.messages import Cancel
from stfam.core.worker.protocol import Event

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


@dataclass(frozen=True)
class ShotFolder:
    """EXR plates of a disc that crosses a textured background, and the right trimap for each frame."""

    folder: Path
    first: int
    count: int
    size: tuple[int, int]
    """(H, W)."""

    @property
    def plate(self) -> str:
        return str(self.folder / "plate.####.exr")

    @property
    def trimaps(self) -> str:
        return str(self.folder / "trimap.####.png")

    @property
    def out(self) -> str:
        return str(self.folder / "out" / "matte.####.exr")

    @property
    def frames(self) -> range:
        return range(self.first, self.first + self.count)

    def plate_file(self, frame: int) -> Path:
        return self.folder / f"plate.{frame:04}.exr"

    def trimap_file(self, frame: int) -> Path:
        return self.folder / f"trimap.{frame:04}.png"

    def matte_file(self, frame: int) -> Path:
        return self.folder / "out" / f"matte.{frame:04}.exr"

    def shot(self, *keys: int, **output: object) -> Shot:
        """The plate with the painted trimaps of `keys` (of the first frame where none is named), on the CPU."""
        painted = tuple(Keyframe(frame, str(self.trimap_file(frame))) for frame in keys or (self.first,))
        return Shot(self.plate, Output(self.out, **output), painted, settings=Settings(device="cpu"))

    def key(self, frame: int) -> str:
        return f"{frame}={self.trimap_file(frame)}"

    def write(self, frame: int) -> None:
        """Write a frame's plate and trimap."""
        import numpy as np
        import OpenImageIO as oiio

        height, width = self.size
        rows, columns = np.mgrid[:height, :width].astype(np.float32) + 0.5
        centre = width * (0.3 + 0.4 * (frame - self.first) / max(self.count, 2))
        distance = np.hypot(rows - height / 2, columns - centre)
        alpha = np.clip((height * 0.25 - distance) / 4 + 0.5, 0, 1)[..., None]
        texture = np.stack([np.sin(columns / 7), np.cos(rows / 5), np.sin((rows + columns) / 11)], -1) * 0.2 + 0.3
        image = alpha * np.array([1.6, 0.5, 0.1]) + (1 - alpha) * texture
        spec = oiio.ImageSpec(width, height, 3, oiio.HALF)
        spec.full_x, spec.full_y, spec.full_width, spec.full_height = 0, 0, width, height
        spec.attribute("PixelAspectRatio", 1.5)
        spec.attribute("FramesPerSecond", oiio.TypeRational, (24000, 1001))
        spec.attribute("smpte:TimeCode", oiio.TypeTimeCode, (frame % 24, 0))
        _save(self.plate_file(frame), spec, image.astype(np.float32))
        trimap = np.full(self.size, 128, np.uint8)
        trimap[distance < height * 0.25 - 6] = 255
        trimap[distance > height * 0.25 + 6] = 0
        _save(self.trimap_file(frame), oiio.ImageSpec(width, height, 1, oiio.UINT8), trimap[..., None])


def _save(path: Path, spec: object, pixels: object) -> None:
    import OpenImageIO as oiio

    output = oiio.ImageOutput.create(str(path))
    assert output.open(str(path), spec)
    assert output.write_image(pixels)
    assert output.close()


@pytest.fixture
def make_shot_folder(tmp_path: Path):
    """A function that writes a folder of plates and trimaps."""

    def make(count: int = 12, size: tuple[int, int] = (64, 96), first: int = 1001, name: str = "shot") -> ShotFolder:
        folder = ShotFolder(tmp_path / name, first, count, size)
        folder.folder.mkdir()
        for frame in folder.frames:
            folder.write(frame)
        return folder

    return make


class WorkerPool:
    """Workers that one test after the other goes on with: to start one takes seconds, to open a shot does not.

    Attributes:
        environment: no GPU, one thread, and a cache folder that all tests share, in which each plate has its own.
    """

    command = (sys.executable, "-m", "stfam.core.worker.server")

    def __init__(self, cache: Path) -> None:
        self.environment = {"STFAM_CACHE": str(cache), "CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1"}
        self._spare: list[WorkerClient] = []
        self._commands: WeakKeyDictionary[WorkerClient, Sequence[str]] = WeakKeyDictionary()

    def take(
        self,
        on_event: Callable[[Event], None] = lambda event: None,
        on_exit: Callable[[WorkerGone], None] = lambda gone: None,
        *,
        command: Sequence[str] | None = None,
        fresh: bool = False,
    ) -> WorkerClient:
        """A worker, of another `command` than the pool's where one is given, that works on nothing.

        Where it is `fresh`, it has opened nothing yet.
        """
        wanted = tuple(command or self.command)
        for client in [] if fresh else [spare for spare in self._spare if self._commands[spare] == wanted]:
            self._spare.remove(client)
            if client.alive:
                client._on_event, client._on_exit = on_event, on_exit
                return client
        client = WorkerClient(wanted, on_event=on_event, on_exit=on_exit, environment=self.environment)
        self._commands[client] = wanted
        return client

    def give_back(self, client: WorkerClient) -> None:
        """Keep a worker for the next test, if it is alive, answers and can be brought to rest."""
        client._on_event, client._on_exit = (lambda event: None), (lambda gone: None)
        try:
            client.hello("pool", 3)
            with client._lock:
                left = dict(client._pending)
            for job in left:
                client.send(Cancel(job))
            rests = len(self._spare) < 2 and not wait(left.values(), 10).not_done
        except (StfamError, TimeoutError):
            rests = False
        if rests:
            self._spare.append(client)
        else:
            client.close(0)

    def close(self) -> None:
        """End them all."""
        for client in self._spare:
            client.close()


@pytest.fixture(scope="session")
def worker_pool(tmp_path_factory):
    pool = WorkerPool(tmp_path_factory.mktemp("caches"))
    yield pool
    pool.close()
