"""Matting data sets as they lie on disk, for those who have them; nothing is downloaded.

Layouts, below the data set's folder:

- `dvm`, Deep Video Matting: `fg/video/SPLIT/CLIP/{a,f}.mp4`, `fg/image/SPLIT/{alpha,fg}/NAME.png`, `bg/SPLIT/NAME.mp4`;
  `SPLIT_fg_bg_names.txt` (lines `video+CLIP+NAME.mp4`, `image+NAME.png+NAME.mp4`), if it lies there, pairs them
- `videomatting108`: `FG_done/CLIP/NAME.png` with alpha, `BG_done/CLIP/NAME`, `frame_corr.json` that pairs them,
  `train_videos.txt`, `val_videos.txt`
- `youtubematte`: `pha/CLIP/NAME.png` or `CLIP/pha/NAME.png` anywhere, beside `com` (composites), `fgr`, `bgr` if any
- `v_him`: `SPLIT/fgr/CLIP/NAME.jpg` (composites), `SPLIT/pha/CLIP/NAME/INSTANCE.png`; instances are merged
- `folders`: `foregrounds/` of pictures with alpha, numbered ones a clip, and `backgrounds/` of pictures; at any depth
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import numpy as np

from stfam.core.errors import InputError, UsageError
from stfam.core.training.footage import PICTURES, Footage, Movie, PictureFiles, Still, folders, pictures
from stfam.core.training.synthesis.foregrounds import picture_sequences
from stfam.core.training.synthesis.pictures import files_below
from stfam.core.training.synthesis.trimaps import CLEAR
from stfam.core.training.synthesis.types import Field, Pixels

STILL_FRAMES = 16
"""Length of the clip that a single picture stands for."""
READ_AT_A_TIME = 16
"""Frames of a clip whose first one shows nothing."""
TRAIN, TEST = "train", "test"


@dataclass(frozen=True)
class DatasetClip:
    """One clip: its alpha and what is known beside it; `foreground` with four channels carries the alpha itself."""

    name: str
    alpha: Footage | None = None
    foreground: Footage | None = None
    background: Footage | None = None
    image: Footage | None = None

    def __len__(self) -> int:
        given = [x for x in (self.alpha, self.foreground, self.image) if x is not None]
        return min(len(x) for x in given)

    def read(self, start: int, count: int) -> DatasetFrames:
        """Some frames; the background, which may be shorter, goes round.

        Raises:
            InputError: a frame cannot be read, a part is missing, or parts do not lie upon each other.
        """
        if not self.image and not (self.foreground and self.background):
            raise InputError(f"The clip '{self.name}' has neither a composite nor both a foreground and a background.")
        layers = self.foreground.read(start, count) if self.foreground else None
        alpha = _alpha(self.alpha.read(start, count) if self.alpha else self._with_alpha(layers))
        background = _round(self.background, start, count) if self.background else None
        image = self.image.read(start, count)[..., :3] if self.image else None
        for part, frames in (("foreground", layers), ("composite", image)):
            if frames is not None and frames.shape[1:3] != alpha.shape[1:3]:
                sizes = " and ".join(f"{x.shape[2]}x{x.shape[1]}" for x in (frames, alpha))
                raise InputError(f"The clip '{self.name}' has a {part} and an alpha of two sizes, {sizes} pixels.")
        return DatasetFrames(alpha, layers[..., :3] if layers is not None else None, background, image)

    @cached_property
    def first_shown(self) -> int:
        """The first frame that shows something.

        Raises:
            InputError: as of `read`, of the frames up to it, or none of all shows anything.
        """
        for start, stop in pairwise([0, *range(1, len(self), READ_AT_A_TIME), len(self)]):
            shown = np.flatnonzero((self.read(start, stop - start).alpha > CLEAR).any((1, 2)))
            if len(shown):
                return start + int(shown[0])
        text = f"The clip '{self.name}' has no alpha above {CLEAR:.0%} in its {len(self)} frames: it shows nothing."
        raise InputError(f"{text} Remove it from the data set.")

    def _with_alpha(self, layers: Pixels | None) -> Pixels:
        """Foregrounds that carry the alpha, where no footage of its own does."""
        if layers is None or layers.shape[-1] != 4:
            raise InputError(f"The clip '{self.name}' has no alpha: its foregrounds are to be pictures with one.")
        return layers


@dataclass(frozen=True)
class DatasetFrames:
    """Frames of a clip: alpha (T, H, W) in [0, 1], the rest (T, H, W, 3) uint8 RGB where the data set has them."""

    alpha: Field
    foreground: Pixels | None
    background: Pixels | None
    image: Pixels | None


def open_dataset(layout: str, folder: Path, split: str) -> tuple[DatasetClip, ...]:
    """The clips of a data set.

    Args:
        layout: one of LAYOUTS.
        folder: of the data set.
        split: "train" or "test"; a data set without splits gives all its clips for both.

    Raises:
        UsageError: an unknown layout.
        InputError: no clip where the layout expects them, or one that cannot serve.
    """
    if layout not in LAYOUTS:
        raise UsageError(f"There is no data set layout '{layout}'; there are {', '.join(sorted(LAYOUTS))}.")
    clips = tuple(_told_apart(clip for clip in LAYOUTS[layout](folder, split) if len(clip)))
    if not clips:
        raise InputError(f"{folder} holds no '{split}' clips in the layout '{layout}'.", path=str(folder))
    for clip in clips:
        _ = clip.first_shown  # what cannot serve is said before hours are spent on the others
    return clips


def _told_apart(clips: Iterable[DatasetClip]) -> Iterator[DatasetClip]:
    """Clips of one name are numbered: scores and sheets are kept by name."""
    called: Counter[str] = Counter()
    for clip in clips:
        called[clip.name] += 1
        yield clip if called[clip.name] == 1 else replace(clip, name=f"{clip.name} ({called[clip.name]})")


def open_named(given: str, split: str) -> tuple[DatasetClip, ...]:
    """The clips of a data set that a command line gives as LAYOUT:DIR; raises as `open_dataset`."""
    layout, _, folder = given.partition(":")
    if not folder:
        raise UsageError(f"A data set is LAYOUT:DIR, the layout one of {', '.join(sorted(LAYOUTS))}; got '{given}'.")
    return open_dataset(layout, Path(folder), split)


def _dvm(folder: Path, split: str) -> Iterator[DatasetClip]:
    """As the authors' list pairs them; without it each foreground over the next background."""
    listing = folder / f"{split}_fg_bg_names.txt"
    if listing.is_file():
        yield from _dvm_pairs(folder, split, listing)
        return
    grounds = [Movie.of(path) for path in sorted((folder / "bg" / split).glob("*.mp4"))]
    names = [("video", clip.name) for clip in folders(folder / "fg" / "video" / split)]
    names += [("image", path.name) for path in pictures(folder / "fg" / "image" / split / "alpha")]
    for index, (form, name) in enumerate(names):
        alpha, foreground = _dvm_layers(folder, split, form, name)
        yield DatasetClip(Path(name).stem, alpha, foreground, grounds[index % len(grounds)] if grounds else None)


def _dvm_pairs(folder: Path, split: str, listing: Path) -> Iterator[DatasetClip]:
    """Pairs of which a part is not there are left out: many have the videos and not the stills."""
    for line in filter(None, map(str.strip, listing.read_text("utf-8").splitlines())):
        parts = line.split("+")
        if len(parts) != 3 or parts[0] not in ("video", "image"):
            raise InputError(f"{listing} has the line '{line}', which pairs nothing.", path=str(listing))
        form, name, ground = parts
        place = folder / "fg" / form / split
        whole = place / name / "f.mp4" if form == "video" else place / "alpha" / name
        if whole.is_file() and (folder / "bg" / split / ground).is_file():
            alpha, foreground = _dvm_layers(folder, split, form, name)
            pair = f"{Path(name).stem}+{Path(ground).stem}"
            yield DatasetClip(pair, alpha, foreground, Movie.of(folder / "bg" / split / ground))


def _dvm_layers(folder: Path, split: str, form: str, name: str) -> tuple[Footage, Footage]:
    """Alpha and foreground of a video or of a still, which stands for a clip."""
    place = folder / "fg" / form / split
    if form == "video":
        return Movie.of(place / name / "a.mp4"), Movie.of(place / name / "f.mp4")
    return Still(place / "alpha" / name, STILL_FRAMES), Still(place / "fg" / name, STILL_FRAMES)


def _videomatting108(folder: Path, split: str) -> Iterator[DatasetClip]:
    listing = folder / ("train_videos.txt" if split == TRAIN else "val_videos.txt")
    if not listing.is_file():
        return
    partners = _partners(folder / "frame_corr.json")
    for name in filter(None, map(str.strip, listing.read_text("utf-8").splitlines())):
        frames = sorted(frame for frame in partners if frame.rpartition("/")[0] == name)
        layers = PictureFiles(tuple((folder / "FG_done" / frame,) for frame in frames))
        grounds = PictureFiles(tuple((_existing(folder / "BG_done" / partners[frame]),) for frame in frames))
        yield DatasetClip(name, foreground=layers, background=grounds)


def _partners(path: Path) -> dict[str, str]:
    """Which frame of a background belongs to which of a foreground."""
    try:
        pairs = json.loads(path.read_text("utf-8"))
        return {str(frame): str(ground) for frame, ground in pairs.items()}
    except (OSError, ValueError, AttributeError) as error:
        text = f"{path} is to pair frames of FG_done with those of BG_done, as a JSON object, and does not: {error}."
        raise InputError(text, path=str(path)) from error


def _existing(path: Path) -> Path:
    """A background may have been converted to PNG."""
    return path if path.is_file() else path.with_suffix(".png")


def _youtubematte(folder: Path, split: str) -> Iterator[DatasetClip]:
    for mattes in sorted(path for path in folder.rglob("pha") if path.is_dir()):
        if pictures(mattes):
            yield _beside(mattes.parent, mattes.parent.relative_to(folder).as_posix(), "")
        for clip in filter(pictures, folders(mattes)):
            place = (mattes.parent / clip.name).relative_to(folder).as_posix()
            yield _beside(mattes.parent, place, clip.name)


def _beside(parent: Path, name: str, clip: str) -> DatasetClip:
    """The clip whose parts lie in `pha`, `com`, `fgr` and `bgr` of one folder.

    Raises:
        InputError: parts have other frames than `pha`; a background may be a single picture.
    """
    found = {part: PictureFiles.of(parent / part / clip) for part in ("pha", "fgr", "bgr", "com")}
    for part, files in found.items():
        pairs = zip(files.names, found["pha"].names) if part != "bgr" or len(files) > 1 else ()
        if odd := next((pair for pair in pairs if len(set(pair)) > 1), None):
            text = f"The clip '{name}' has a frame {odd[0]} in '{part}' where 'pha' has {odd[1]}: the frames are to be"
            raise InputError(f"{text} those of 'pha', under their names.", path=str(parent / part / clip))
    alpha, foreground, background, image = (found[part] or None for part in ("pha", "fgr", "bgr", "com"))
    return DatasetClip(name, alpha, foreground, background, image)


def _v_him(folder: Path, split: str) -> Iterator[DatasetClip]:
    root = folder / split if (folder / split).is_dir() else folder
    for clip in folders(root / "fgr"):
        images = pictures(clip)
        instances = tuple(tuple(pictures(root / "pha" / clip.name / image.stem)) for image in images)
        if images and all(instances):
            shown = PictureFiles(tuple((image,) for image in images))
            yield DatasetClip(clip.name, alpha=PictureFiles(instances), image=shown)


def _folders(folder: Path, split: str) -> Iterator[DatasetClip]:
    root = folder / "foregrounds"
    if not root.is_dir():
        return
    grounds = [path for path in files_below(folder / "backgrounds") if path.suffix.lower() in PICTURES]
    for index, sequence in enumerate(picture_sequences(root)):
        layers: Footage = PictureFiles(tuple((path,) for path in sequence))
        if len(sequence) == 1:
            layers = Still(sequence[0], STILL_FRAMES)
        ground = Still(grounds[index % len(grounds)], len(layers)) if grounds else None
        name = sequence[0].relative_to(root).with_suffix("").as_posix()
        yield DatasetClip(name, foreground=layers, background=ground)


LAYOUTS: dict[str, Callable[[Path, str], Iterator[DatasetClip]]] = {
    "dvm": _dvm,
    "videomatting108": _videomatting108,
    "youtubematte": _youtubematte,
    "v_him": _v_him,
    "folders": _folders,
}


def _alpha(frames: Pixels) -> Field:
    """The last channel: a grey picture's is the same as its others."""
    return frames[..., -1].astype(np.float32) / np.float32(255)


def _round(footage: Footage, start: int, count: int) -> Pixels:
    return np.concatenate([footage.read((start + t) % len(footage), 1) for t in range(count)])[..., :3]
