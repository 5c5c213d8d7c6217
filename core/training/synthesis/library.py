"""The library of foreground clips: made once, memory-mapped afterwards.

A library is a folder of ``NAME.npy``, (T, H, W, 4) uint8 straight RGBA, each beside ``NAME.json`` with its ``kind``.
Pictures with alpha in any folder serve as well: numbered ones of a name are a clip, single ones stand still.
``python -m stfam.core.training.synthesis.library --out DIR --images DIR --clips N --split train|val`` makes one.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from stfam.core.array_file import write_array
from stfam.core.errors import InputError
from stfam.core.module_command import run
from stfam.core.option_values import whole
from stfam.core.training.synthesis.canvas import FRAMES
from stfam.core.training.synthesis.foregrounds import check_pictures, picture_sequences, read_pictures
from stfam.core.training.synthesis.hair import fur, hair
from stfam.core.training.synthesis.hard import hard
from stfam.core.training.synthesis.images import mapped_array
from stfam.core.training.synthesis.materials import Materials
from stfam.core.training.synthesis.pictures import files_below
from stfam.core.training.synthesis.smoke import smoke
from stfam.core.training.synthesis.soft import blur, translucent
from stfam.core.training.synthesis.types import Pixels
from stfam.core.whole_file import write_whole

KINDS: dict[str, Callable[[np.random.Generator, Materials, int], Pixels]] = {
    "hair": hair,
    "fur": fur,
    "smoke": smoke,
    "translucent": translucent,
    "blur": blur,
    "hard": hard,
}
HELD = 2000
SPLIT_SEEDS = {"train": 1, "val": 2}


@dataclass(frozen=True)
class ForegroundClip:
    """One entry of a library: its file, its kind of matte, and its frames where each is a picture."""

    path: Path
    kind: str
    pictures: tuple[Path, ...] = ()


class ClipLibrary:
    """Foreground clips of one or more folders, drawn at random with every kind equally often."""

    def __init__(self, *folders: Path) -> None:
        """Raises InputError where a folder holds no clip."""
        self.clips = tuple(clip for folder in folders for clip in _clips(folder))
        self._held: dict[Path, Pixels] = {}

    @classmethod
    def of(cls, *paths: Path) -> ClipLibrary:
        """A library of the given files alone."""
        library = cls.__new__(cls)
        library.clips, library._held = tuple(map(_entry, paths)), {}
        return library

    def __len__(self) -> int:
        return len(self.clips)

    def choose(self, rng: np.random.Generator) -> ForegroundClip:
        """One of the clips, each kind equally likely."""
        present = sorted({clip.kind for clip in self.clips})
        kind = present[rng.integers(len(present))]
        candidates = [clip for clip in self.clips if clip.kind == kind]
        return candidates[rng.integers(len(candidates))]

    def check(self) -> None:
        """Look at every file, without decoding pictures, before hours are spent on the others.

        Raises:
            InputError: one cannot serve; the message names it.
        """
        for clip in self.clips:
            if clip.pictures:
                check_pictures(clip.pictures)
            elif not _shows_something(frames := _mapped(clip.path)):
                raise InputError(f"{clip.path} has an alpha of 0 in all its {len(frames)} frames. Make it anew.")

    def frames(self, clip: ForegroundClip) -> Pixels:
        """The frames of a clip, (T, H, W, 4), mapped and not read."""
        if clip.path not in self._held:
            if len(self._held) >= HELD:
                self._held.pop(next(iter(self._held)))
            self._held[clip.path] = read_pictures(clip.pictures) if clip.pictures else _mapped(clip.path)
        return self._held[clip.path]

    def __getstate__(self) -> dict[str, object]:
        """A worker process opens its own maps; the pixels themselves do not travel."""
        return {"clips": self.clips, "_held": {}}


def _clips(folder: Path) -> list[ForegroundClip]:
    """The .npy clips below a folder; where there are none, its pictures (beside clips they are previews)."""
    made = [_entry(path) for path in files_below(folder) if path.suffix == ".npy"]
    clips = made or [ForegroundClip(group[0], "hard", group) for group in picture_sequences(folder)]
    if not clips:
        raise InputError(f"No foreground clips in {folder}: expected .npy clips or pictures with alpha.")
    return clips


def _entry(path: Path) -> ForegroundClip:
    sidecar = path.with_suffix(".json")
    if not sidecar.exists():
        return ForegroundClip(path, "hard")
    try:
        return ForegroundClip(path, str(json.loads(sidecar.read_text(encoding="utf-8"))["kind"]))
    except (ValueError, KeyError, TypeError) as error:
        text = f'{sidecar} does not say what kind of matte {path.name} is: expected JSON such as {{"kind": "hair"}}.'
        raise InputError(text, path=str(sidecar)) from error


def _shows_something(frames: Pixels) -> bool:
    """Whether any alpha is above 0; the middle of a clip usually is, and little else is read then."""
    middle = sorted(range(len(frames)), key=lambda t: abs(t - len(frames) // 2))
    rows = sorted(range(frames.shape[1]), key=lambda y: abs(y - frames.shape[1] // 2))
    return any(frames[t, y, :, 3].any() for t in middle for y in rows)


def _mapped(path: Path) -> Pixels:
    frames = mapped_array(path)
    if frames.ndim != 4 or frames.shape[3] != 4 or frames.dtype != np.uint8:
        raise InputError(f"{path} holds {frames.dtype} {frames.shape}; a clip is uint8 (T, H, W, 4), straight RGBA.")
    return frames


def make_clip(index: int, out: Path, images: Path, sprites: Path | None, split: str, seed: int) -> Path:
    """Make clip number ``index`` of a split and write it, unless it is there already. Returns its path."""
    kind = list(KINDS)[index % len(KINDS)]
    path = out / f"{kind}-{seed:03d}-{index:04d}.npy"
    if path.with_suffix(".json").exists():
        return path
    cv2.setNumThreads(1)
    rng = np.random.default_rng((SPLIT_SEEDS[split], seed, index))
    frames = KINDS[kind](rng, Materials.of(images, sprites, split), FRAMES)
    write_array(path, frames)
    note = json.dumps({"kind": kind, "seed": seed, "index": index})
    write_whole(path.with_suffix(".json"), note + "\n")
    return path


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line of this module."""
    parser = argparse.ArgumentParser(prog="stfam.core.training.synthesis.library", description="Make foreground clips.")
    parser.add_argument("--out", type=Path, required=True, help="folder of the library")
    parser.add_argument("--images", type=Path, required=True, help="folder of natural images of the same split")
    parser.add_argument("--sprites", type=Path, help="folder of .png puffs, flames and sparks with alpha, for smoke")
    parser.add_argument("--clips", type=whole(1), default=300, help="number of clips")
    parser.add_argument("--seed", type=whole(0), default=0)
    parser.add_argument("--split", choices=sorted(SPLIT_SEEDS), default="train")
    parser.add_argument("--processes", type=whole(1), default=2)
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    given = {"images": options.images, "sprites": options.sprites, "split": options.split, "seed": options.seed}
    work = partial(make_clip, out=options.out, **given)
    with multiprocessing.get_context("spawn").Pool(options.processes) as pool:
        for done, path in enumerate(pool.imap(work, range(options.clips)), 1):
            print(f"{done}/{options.clips} {path.name}", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(run(main))
