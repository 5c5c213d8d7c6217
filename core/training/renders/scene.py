"""A planned clip as a folder of arrays and a description that ``blender_scene.py`` reads."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from stfam.core.training.renders.characters import CHARACTERS
from stfam.core.training.renders.geometry import Array, Shape, Strands
from stfam.core.training.renders.plan import ClipPlan

DISTANCE = 4.0
"""From the camera to the middle of the subject, in units of which the picture shows about 2.1."""


def write_scene(clip: ClipPlan, folder: Path) -> None:
    """Compute the clip's geometry and write all that its render needs into ``folder``."""
    rng = clip.rng
    character = next(entry for entry in CHARACTERS if entry.name == clip.character)
    shapes = character.build(rng, clip.quality.frames, clip.strength)
    description = {
        "frames": clip.quality.frames,
        "size": clip.quality.size,
        "oversampling": clip.quality.oversampling,
        "samples": clip.quality.samples,
        "seed": clip.index,
        "threads": 1,
        "shutter": clip.shutter,
        "camera": camera(clip.fstop, rng),
        **lighting(rng),
        "objects": [_write_shape(shape, f"shape{number:02d}", folder) for number, shape in enumerate(shapes)],
    }
    (folder / "scene.json").write_text(json.dumps(description, indent=1), encoding="utf-8")


def camera(fstop: float | None, rng: np.random.Generator) -> dict[str, object]:
    """A camera in front of the subject, a little to a side, framed wide or close; focused before, on or behind it."""
    close = float(rng.choice((1.0, 1.0, 0.8, 0.6)))
    location = np.array([rng.normal(0, 0.4), -DISTANCE, rng.normal(0.2, 0.4)])
    target = rng.normal(0, 0.08, 3) + (1 - close) * rng.normal(0, 0.45, 3)
    focus = float(np.linalg.norm(location)) + float(rng.choice((-0.5, -0.25, 0.0, 0.4)))
    angle = 2 * np.arctan(1.05 * close / DISTANCE)
    return {
        "location": location.tolist(),
        "target": target.tolist(),
        "angle": float(angle),
        "fstop": fstop,
        "focus": focus,
    }


def lighting(rng: np.random.Generator) -> dict[str, object]:
    """One of four set-ups: key and rim, overcast, from behind, or two coloured lights."""
    setup = int(rng.integers(4))
    if setup == 0:
        lights = [_light(rng, -0.9, 120, 0.6, 0.15), _light(rng, 2.6, 160, 0.4, 0.15)]
    elif setup == 1:
        lights = [_light(rng, rng.uniform(-1, 1), 70, 4.0, 0.1)]
    elif setup == 2:
        lights = [_light(rng, 3.0, 260, 1.0, 0.2), _light(rng, 0.3, 35, 2.0, 0.1)]
    else:
        lights = [_light(rng, -1.2, 120, 1.0, 0.8), _light(rng, 1.4, 120, 1.0, 0.8)]
    level = {0: 0.25, 1: 0.9, 2: 0.25, 3: 0.2}[setup] * rng.uniform(0.6, 1.4)
    return {"lights": lights, "world": (level * np.clip(rng.normal(1, 0.12, 3), 0.5, 1.5)).tolist()}


def _light(
    rng: np.random.Generator, bearing: float, energy: float, size: float, saturation: float
) -> dict[str, object]:
    """An area light at a bearing about the vertical, 0 being the camera's, with a colour of some saturation."""
    bearing = bearing + rng.normal(0, 0.3)
    place = 3.2 * np.array([np.sin(bearing), -np.cos(bearing), rng.uniform(0.2, 1.1)])
    tint = 1 - saturation * rng.random(3)
    return {
        "location": place.tolist(),
        "energy": energy * float(rng.uniform(0.6, 1.5)),
        "size": size,
        "colour": tint.tolist(),
    }


def _write_shape(shape: Shape, name: str, folder: Path) -> dict[str, object]:
    if isinstance(shape, Strands):
        opaque = np.ones((*shape.radius.shape, 1))
        arrays: dict[str, Array] = {
            "points": shape.points,
            "radius": shape.radius,
            "colour": np.dstack([shape.colour, opaque]),
        }
        kind, material = "strands", "hair"
    else:
        arrays = {"points": shape.points, "colour": shape.colour}
        np.save(folder / f"{name}.faces.npy", shape.faces)
        kind, material = "surface", "sheet" if shape.sheet else "skin"
    for key, array in arrays.items():
        np.save(folder / f"{name}.{key}.npy", array.astype(np.float32))
    listed = [*arrays, *(["faces"] if kind == "surface" else [])]
    return {"name": name, "type": kind, "material": material, "roughness": shape.roughness, "arrays": listed}
