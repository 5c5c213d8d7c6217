"""The paths in a shot: listed, made absolute, mapped from one machine to another (standard library only)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath, PureWindowsPath

from stfam.core.shot import Shot, is_weights_file


def shot_paths(shot: Shot) -> Iterator[tuple[str, str]]:
    """Every path and pattern of a shot, with the name of the field that it stands in."""
    yield "plate", shot.plate
    for key in shot.keys:
        yield f"key {key.frame}", key.trimap
    optional = {
        "keys_pattern": shot.keys_pattern,
        "matte": shot.output.matte,
        "foreground": shot.output.foreground,
        "trimaps": shot.output.trimaps,
    }
    yield from ((name, path) for name, path in optional.items() if path)
    weights = {"weights": shot.settings.weights, "propagation_weights": shot.settings.propagation_weights}
    yield from ((name, path) for name, path in weights.items() if is_weights_file(path))


def absolute_shot(shot: Shot, folder: Path) -> Shot:
    """`shot` with its relative paths made absolute in `folder`."""
    return shot.with_paths(lambda path: path if is_absolute(path) else str(folder.absolute() / path))


def is_absolute(path: str) -> bool:
    """Whether the path is absolute on any platform: a shot may have been saved on another."""
    windows = PureWindowsPath(path)
    return PurePosixPath(path).is_absolute() or bool(windows.drive) or bool(windows.root)
