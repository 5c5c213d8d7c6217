"""Matte every shot of a folder without a host: `python matte_a_folder.py SHOTS`.

A shot is a sub-folder with `plate.####.exr` and trimaps or rotos `key.####.png` on the frames that are keyframes.
"""

from __future__ import annotations

import sys
from pathlib import Path

from stfam.core.errors import StfamError
from stfam.plugin import hooks
from stfam.plugin.frame_path import frames_on_disk


def matte(folder: Path) -> None:
    keys = folder / "key.####.png"
    with hooks.open_shot(folder / "plate.####.exr", matte=str(folder / "matte" / "matte.####.exr")) as shot:
        for frame in frames_on_disk(str(keys)):
            shot.add_key(frame, folder / f"key.{frame:04d}.png")
        job = shot.matte(on_frame=lambda frame, stage: print(f"{folder.name} {frame} {stage}"))
        print(f"{folder.name}: {job.wait().done} frames")
        shot.save(folder / f"{folder.name}.stfam")


def main(shots: str) -> int:
    failed = 0
    for folder in sorted(path for path in Path(shots).iterdir() if path.is_dir()):
        try:
            matte(folder)
        except StfamError as error:
            print(f"ERROR: {folder.name}: {error}", file=sys.stderr)
            failed += 1
    return 6 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
