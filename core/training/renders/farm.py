"""Render planned clips, each in a process of its own, and skip those that are there already."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np

from stfam.core.array_file import write_array
from stfam.core.errors import InputError
from stfam.core.training.renders.plan import ClipPlan
from stfam.core.training.renders.scene import write_scene
from stfam.core.training.renders.straight import straight
from stfam.core.whole_file import write_whole

SCRIPT = Path(__file__).with_name("blender_scene.py")
NICE = 12


def render_all(clips: Sequence[ClipPlan], out: Path, python: Path, processes: int) -> Iterator[Path]:
    """Render the clips into ``out/SPLIT``, ``processes`` at a time with one thread each; yields their paths in turn.

    Raises:
        InputError: the Python given cannot render, with what it said.
    """
    with ThreadPoolExecutor(processes) as pool:
        yield from pool.map(partial(render_clip, out=out, python=python), clips)


def render_clip(clip: ClipPlan, out: Path, python: Path) -> Path:
    """Render one clip unless it is there, and return the path of its ``.npy``; the sidecar is written last."""
    folder = out / clip.split
    path = folder / f"{clip.name}.npy"
    if path.with_suffix(".json").exists():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="stfam-render-") as job:
        write_scene(clip, Path(job))
        _run(python, Path(job))
        linear = np.load(Path(job) / "rgba.npy", mmap_mode="r")
        frames = np.stack([straight(np.asarray(frame), clip.quality.oversampling) for frame in linear])
    write_array(path, frames)
    write_whole(path.with_suffix(".json"), json.dumps(clip.sidecar(), indent=1) + "\n")
    return path


def _run(python: Path, job: Path) -> None:
    command = [str(python), str(SCRIPT), str(job)]
    if os.name == "posix":
        command = ["nice", "-n", str(NICE), *command]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    result = subprocess.run(command, capture_output=True, encoding="utf-8", errors="replace", env=environment)
    if result.returncode != 0 or not (job / "rgba.npy").exists():
        said = "\n".join((result.stdout + result.stderr).splitlines()[-12:])
        raise InputError(f"{python} could not render the scene (does it hold bpy 5.0 and numpy?):\n{said}")
