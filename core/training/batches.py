"""Sampled clips as batches of tensors, made ahead in other processes; a batch depends on seed and step alone.

Making a clip costs as much as training on it, so a clip is read more than once, mirrored and backwards at random, with
its readings far enough apart for the rest of the batch to be another one (data echoing, arXiv 1907.05550).
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from stfam.core.errors import StfamError
from stfam.core.training.synthesis.types import TrainingClip

Sampler = Callable[[np.random.Generator], TrainingClip]
ECHO_LAG = 24
"""Steps between two readings of a clip."""


@dataclass(frozen=True)
class Batch:
    """Clips as tensors; images are display-encoded in [0, 1]."""

    image: Tensor
    """(B, T, 3, H, W)."""
    alpha: Tensor
    """(B, T, 1, H, W) in [0, 1]."""
    foreground: Tensor
    """(B, T, 3, H, W), straight."""
    background: Tensor
    """(B, T, 3, H, W)."""
    trimap: Tensor
    """(B, T, 1, H, W) uint8 in {0, 128, 255}."""
    backdrop: Tensor
    """(B, T, 4, H, W): the background as neighbours show it, and 1 where they do, else 0."""
    linear: Tensor
    """(B, T, 1, H, W) bool, of whole clips: the image was composited in linear light."""

    def to(self, device: torch.device) -> Batch:
        """The same batch on a device, what the loader left in bytes as floats there; the trimap stays bytes."""
        on_cuda = device.type == "cuda"  # others may read what is not waited for after it is gone
        moved = {f.name: getattr(self, f.name).to(device, non_blocking=on_cuda) for f in fields(self)}
        return Batch(**{name: part if name == "trimap" else _unit(part) for name, part in moved.items()})

    def pin_memory(self) -> Batch:
        """The same batch where a GPU reads it without a copy in between; the loader asks for it."""
        return Batch(*(getattr(self, f.name).pin_memory() for f in fields(self)))


class ClipBatches(IterableDataset["Batch | StfamError"]):
    """An endless stream of batches from `start`; each worker makes every k-th one.

    With `echo` e, a clip is made in one step and read in e of them. What a clip cannot be made of ends the stream: the
    error comes in the place of the batch, as a worker process would wrap one that it raised in its own traceback.
    """

    def __init__(self, sampler: Sampler, *, seed: int, batch: int, start: int = 0, echo: int = 1) -> None:
        self.sampler = sampler
        self.seed = seed
        self.batch = batch
        self.start = start
        self.echo = echo
        self.made: dict[tuple[int, int], TrainingClip] = {}

    def __iter__(self) -> Iterator[Batch | StfamError]:
        info = get_worker_info()
        if info:  # in the step's own process the threads are the step's
            torch.set_num_threads(1)
            cv2.setNumThreads(1)
        first, stride = (info.id, info.num_workers) if info else (0, 1)
        step = self.start + first
        while True:
            try:
                yield stacked([self._read(step, i) for i in range(self.batch)])
            except StfamError as error:
                yield error
                return
            oldest = step - self.echo * ECHO_LAG
            self.made = {name: clip for name, clip in self.made.items() if name[0] > oldest}
            step += stride

    def _read(self, step: int, i: int) -> TrainingClip:
        if self.echo == 1:
            return self.sampler(np.random.default_rng((self.seed, step, i)))
        made_at = step - i % self.echo * ECHO_LAG
        name = (made_at, i // self.echo)
        if name not in self.made:
            # steps before the first count on from the largest, as a seed is never negative
            self.made[name] = self.sampler(np.random.default_rng((self.seed, made_at % 2**63, i // self.echo)))
        mirror, backwards = np.random.default_rng((self.seed, step, i, 1)).random(2) < 0.5
        return turned(self.made[name], mirror=bool(mirror), backwards=bool(backwards))


def turned(clip: TrainingClip, *, mirror: bool, backwards: bool) -> TrainingClip:
    """The clip with left and right exchanged, and with its last frame first."""
    across, along = (slice(None, None, -1 if turn else 1) for turn in (mirror, backwards))
    parts = {name: getattr(clip, name) for name in ("image", "alpha", "foreground", "background", "trimap", "backdrop")}
    arrays: dict[str, Any] = {
        name: np.ascontiguousarray(part[along, :, across]) for name, part in parts.items() if part is not None
    }
    return replace(clip, **arrays)


def loader(batches: ClipBatches, *, workers: int) -> Iterable[Batch]:
    """Batches in order, at most `workers` processes ahead of the training step (0: in this process)."""
    processes = useful_workers(workers, batches.echo)
    return _Loader(
        batches,
        batch_size=None,
        num_workers=processes,
        prefetch_factor=4 if processes else None,
        worker_init_fn=_leave_the_end_to_the_trainer,
        pin_memory=torch.cuda.is_available(),
    )


def useful_workers(asked: int, echo: int) -> int:
    """How many of the processes asked for make samples: where clips are read again, by the process that made them."""
    return next(count for count in range(asked, -1, -1) if echo == 1 or count == 0 or ECHO_LAG % count == 0)


class _Loader(DataLoader["Batch | StfamError"]):
    """Stops OpenCV's threads while its processes start: a fork of a process that has some waits for them for ever."""

    def __iter__(self) -> Any:
        threads = cv2.getNumThreads()
        cv2.setNumThreads(1)
        try:
            return _whole_batches(super().__iter__())
        finally:
            cv2.setNumThreads(threads)


def _whole_batches(made: Iterator[Batch | StfamError]) -> Iterator[Batch]:
    """The batches; an error that came in the place of one is raised here."""
    for batch in made:
        if isinstance(batch, StfamError):
            raise batch
        yield batch


def _leave_the_end_to_the_trainer(worker: int) -> None:
    """Ctrl-C and a farm's SIGTERM reach the whole group; the training step that they end still needs its samples.

    A signal to the worker itself ends it: so the trainer's own exit takes it away.
    """
    if sys.platform == "win32":
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    else:
        os.setpgid(0, 0)


def collate(clips: Sequence[TrainingClip]) -> Batch:
    """Clips of one size as floats."""
    return stacked(clips).to(torch.device("cpu"))


def stacked(clips: Sequence[TrainingClip]) -> Batch:
    """Clips of one size as they are, images in bytes: a quarter of what floats take on the way to the step."""
    return Batch(
        _images([clip.image for clip in clips]),
        torch.from_numpy(np.stack([clip.alpha for clip in clips]))[:, :, None].float(),
        _images([clip.foreground for clip in clips]),
        _images([clip.background for clip in clips]),
        torch.from_numpy(np.stack([clip.trimap for clip in clips]))[:, :, None],
        _images([_backdrop(clip) for clip in clips]),
        torch.from_numpy(np.stack([np.full(clip.trimap.shape, clip.linear) for clip in clips]))[:, :, None],
    )


def _backdrop(clip: TrainingClip) -> np.ndarray:
    return np.zeros((*clip.trimap.shape, 4), np.uint8) if clip.backdrop is None else clip.backdrop


def _images(clips: Sequence[np.ndarray]) -> Tensor:
    return torch.from_numpy(np.stack(clips)).movedim(-1, 2).contiguous()


def _unit(part: Tensor) -> Tensor:
    """In [0, 1], of bytes or of what is so already."""
    return part.float() / 255 if part.dtype == torch.uint8 else part
