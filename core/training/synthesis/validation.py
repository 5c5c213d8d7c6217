"""The validation set: clips that training never sees, the same ones on every machine.

``python -m stfam.core.training.synthesis.validation --cache DIR --images DIR`` makes it from the validation images,
procedural foregrounds of the validation seeds, and, where there are any, validation renders. Clips whose render is
missing are left out and named.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from stfam.core.array_file import write_array
from stfam.core.errors import InputError
from stfam.core.module_command import run
from stfam.core.training.synthesis.camera import Camera
from stfam.core.training.synthesis.library import KINDS, SPLIT_SEEDS, ClipLibrary
from stfam.core.training.synthesis.materials import Materials
from stfam.core.training.synthesis.sampler import Recipe, sample_clip
from stfam.core.training.synthesis.trimaps import TrimapStyle
from stfam.core.training.synthesis.types import Field, Pixels, TrainingClip
from stfam.core.whole_file import write_whole, written_whole

SIZE, CLOSE_SIZE = (256, 320), (512, 640)
MATTING_FRAMES, CLOSE_FRAMES, PROPAGATION_FRAMES = 10, 5, 25
UNKNOWN = 128
MATTING, PROPAGATION, STILL = "matting", "propagation", "still"


@dataclass(frozen=True)
class Plan:
    """How one clip of the set is made: its kind of matte, what it measures, its seed, whether it is a render's.

    A close one shows little of much in frames of twice the size, every second one before a plain backdrop.
    """

    name: str
    kind: str
    purpose: str
    seed: int
    rendered: bool = False
    close: bool = False

    @property
    def frames(self) -> int:
        """Length of the clip in frames."""
        if self.close:
            return CLOSE_FRAMES
        return PROPAGATION_FRAMES if self.purpose == PROPAGATION else MATTING_FRAMES

    @property
    def origin(self) -> str:
        """The part of the set that the tables list it in."""
        return "rendered" if self.rendered else "close-ups" if self.close else "procedural"

    @property
    def size(self) -> tuple[int, int]:
        """(H, W) of its frames."""
        return CLOSE_SIZE if self.close else SIZE


@dataclass(frozen=True)
class ValidationClip:
    """A clip with its truth: images (T, H, W, 3) uint8 RGB, alpha (T, H, W) in [0, 1], trimaps (T, H, W) uint8.

    ``purpose`` is ``matting``, ``propagation`` (the key is at frame 0) or ``still`` (nothing changes but the noise);
    ``rendered`` says that the clip needs a render, which a fresh clone lacks until it is made.
    """

    name: str
    kind: str
    purpose: str
    images: Pixels
    alpha: Field
    trimaps: Pixels
    rendered: bool


def plans() -> tuple[Plan, ...]:
    """Every clip of the set, in the order of the tables."""
    procedural = [Plan(f"{kind}-{n}", kind, MATTING, 100 * k + n) for k, kind in enumerate(KINDS) for n in range(4)]
    rendered = [Plan(f"render-{n}", "", MATTING, 700 + n, rendered=True) for n in range(6)]
    long = ("hair", "fur", "translucent", "blur", "hard", "smoke", "hair")
    carried = [Plan(f"carried-{kind}-{n}", kind, PROPAGATION, 800 + n) for n, kind in enumerate(long)]
    carried += [Plan("carried-render-7", "", PROPAGATION, 807, rendered=True)]
    close = [Plan(f"close-{kind}-{n}", kind, MATTING, 1000 + n, close=True) for n, kind in enumerate(KINDS)]
    return (*procedural, *rendered, *close, *carried, Plan("still-hair", "hair", STILL, 900))


def validation_set(cache: Path) -> list[ValidationClip]:
    """The clips that were built into ``cache``, in the order of ``plans``.

    Raises:
        InputError: the cache holds no clip, or a damaged one.
    """
    clips = [_load(cache / f"{plan.name}.npz") for plan in plans() if (cache / f"{plan.name}.npz").exists()]
    if not clips:
        raise InputError(
            f"{cache} holds no validation clip. Build them with "
            f"python -m stfam.core.training.synthesis.validation --cache {cache} --images DIR."
        )
    return clips


def build(cache: Path, images: Path, *, sprites: Path | None = None, renders: Path | None = None) -> list[str]:
    """Make every clip that is not in ``cache`` yet; returns the names of those that need a render that is not there."""
    cache.mkdir(parents=True, exist_ok=True)
    materials = Materials.of(images, sprites, "val")
    available = sorted(renders.glob("*.npy")) if renders is not None else []
    missing = []
    for plan in plans():
        path = cache / f"{plan.name}.npz"
        if path.exists():
            continue
        if plan.rendered and plan.seed % 100 >= len(available):
            missing.append(plan.name)
            continue
        _save(path, plan, _first_worth_measuring(plan, materials, cache, available))
    return missing


def called_like(clips: Sequence[ValidationClip], pattern: str) -> list[ValidationClip]:
    """The clips whose name matches a shell's pattern.

    Raises:
        InputError: there is none.
    """
    chosen = [clip for clip in clips if fnmatch.fnmatch(clip.name, pattern)]
    if not chosen:
        raise InputError(f"No clip is called like '{pattern}'.", only=pattern)
    return chosen


def _first_worth_measuring(plan: Plan, materials: Materials, cache: Path, renders: Sequence[Path]) -> TrainingClip:
    """The first composite of a plan's seeds that is worth measuring; a foreground gets eight trials, then the next."""
    for attempt in range(96):
        turn = attempt // 8
        if plan.rendered:
            foreground = renders[(plan.seed % 100 + turn) % len(renders)]
        else:
            foreground = _foreground(plan, turn, materials, cache)
        rng = np.random.default_rng((SPLIT_SEEDS["val"], plan.seed, attempt))
        library, recipe = ClipLibrary.of(foreground), _recipe(rng, plan)
        clip = sample_clip(rng, library, materials.images, frames=plan.frames, size=plan.size, recipe=recipe)
        if _worth_measuring(clip):
            return clip
    raise InputError(
        f"No composite of {plan.name} shows known and unknown regions in every frame. Make its foreground anew: its "
        "alpha is nearly empty, or it leaves the frame."
    )


def _foreground(plan: Plan, trial: int, materials: Materials, cache: Path) -> Path:
    """A procedural foreground of a plan, made into the cache unless it is there."""
    path = cache / "foregrounds" / f"{plan.name}-{trial}.npy"
    if path.with_suffix(".json").exists():
        return path
    rng = np.random.default_rng((SPLIT_SEEDS["val"], plan.seed, 1000 + trial))
    write_array(path, KINDS[plan.kind](rng, materials, plan.frames))
    write_whole(path.with_suffix(".json"), json.dumps({"kind": plan.kind}) + "\n")
    return path


def _recipe(rng: np.random.Generator, plan: Plan) -> Recipe:
    """Ordinary footage: a trimap of medium width, mild noise; much noise in the still clip."""
    width = float(np.exp(rng.uniform(np.log(8.0), np.log(36.0)))) * (2.0 if plan.close else 1.0)
    jitter = plan.seed % 4 == 3
    style = TrimapStyle(width / 2, width / 2, unevenness=0.4, patch=60.0 + width, brush=9, jitter=jitter)
    still = plan.purpose == STILL
    camera = Camera(noise=5.0, shot=5.0) if still else Camera(noise=1.2, shot=1.2, quality=(0, 90)[plan.seed % 2])
    odds = 1.0 if plan.seed % 3 == 0 else 0.0
    plain = Recipe(second=0.0, behind=0.0, occluder=0.0, retexture=0.0, close=0.0, backdrop=0.0)
    if plan.close:
        plain = replace(plain, close=1.0, backdrop=float(plan.seed % 2))
    return replace(plain, still=float(still), linear=odds, camera=camera, style=style)


def _worth_measuring(clip: TrainingClip) -> bool:
    """Every frame has both known regions, an unknown one of 2 to 50 % and some part-transparent pixels."""
    for alpha, trimap in zip(clip.alpha, clip.trimap, strict=True):
        unknown = trimap == UNKNOWN
        between = (alpha > 0.05) & (alpha < 0.95)
        if not 0.02 < unknown.mean() < 0.5 or between.sum() < 200:
            return False
        if (trimap == 0).mean() < 0.1 or (trimap == 255).mean() < 0.005:
            return False
    return True


def _save(path: Path, plan: Plan, clip: TrainingClip) -> None:
    alpha = np.rint(clip.alpha * 65535).astype(np.uint16)
    note = json.dumps({"name": plan.name, "kind": clip.kind, "purpose": plan.purpose, "rendered": plan.rendered})
    with written_whole(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, images=clip.image, alpha=alpha, trimaps=clip.trimap, note=np.array(note))


def _load(path: Path) -> ValidationClip:
    try:
        with path.open("rb") as file, np.load(file) as stored:
            note = json.loads(str(stored["note"]))
            alpha = stored["alpha"].astype(np.float32) / np.float32(65535)
            return ValidationClip(images=stored["images"], alpha=alpha, trimaps=stored["trimaps"], **note)
    except (OSError, EOFError, RuntimeError, ValueError, KeyError, TypeError, zipfile.BadZipFile, zlib.error) as error:
        text = f"{path} is not a whole validation clip: {error}. Delete it, and it is built again with --images DIR."
        raise InputError(text, path=str(path)) from error


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line of this module."""
    parser = argparse.ArgumentParser(prog="stfam.core.training.synthesis.validation", description="Build the set.")
    parser.add_argument("--cache", type=Path, required=True, help="folder to build the clips into")
    parser.add_argument("--images", type=Path, required=True, help="folder of validation images")
    parser.add_argument("--sprites", type=Path, help="folder of .png puffs, flames and sparks with alpha, for smoke")
    parser.add_argument("--renders", type=Path, help="folder of validation renders, (T, H, W, 4) .npy")
    options = parser.parse_args(arguments)
    cv2.setNumThreads(1)
    missing = build(options.cache, options.images, sprites=options.sprites, renders=options.renders)
    print(f"{len(validation_set(options.cache))} validation clips in {options.cache}")
    if missing:
        print(f"Left out for want of renders (--renders): {', '.join(missing)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(run(main))
