"""The paths in a shot: listed, made absolute, mapped from one machine to another (standard library only)."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath, PureWindowsPath

from stfam.core.shot import Shot

Change = Callable[[str], str]


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
        "weights": _weights_file(shot.settings.weights),
        "propagation_weights": _weights_file(shot.settings.propagation_weights),
    }
    yield from ((name, path) for name, path in optional.items() if path)


def with_paths(shot: Shot, change: Change) -> Shot:
    """`shot` with every path and pattern run through `change`."""

    def changed(path: str | None) -> str | None:
        return change(path) if path else path

    def weights(name: str) -> str:
        return change(name) if _weights_file(name) else name

    settings = dataclasses.replace(
        shot.settings,
        weights=weights(shot.settings.weights),
        propagation_weights=weights(shot.settings.propagation_weights),
    )
    output = dataclasses.replace(
        shot.output,
        matte=change(shot.output.matte),
        foreground=changed(shot.output.foreground),
        trimaps=changed(shot.output.trimaps),
    )
    keys = tuple(dataclasses.replace(key, trimap=change(key.trimap)) for key in shot.keys)
    return dataclasses.replace(
        shot,
        plate=change(shot.plate),
        keys=keys,
        keys_pattern=changed(shot.keys_pattern),
        settings=settings,
        output=output,
    )


def absolute_shot(shot: Shot, folder: Path) -> Shot:
    """`shot` with its relative paths made absolute in `folder`."""
    return with_paths(shot, lambda path: path if is_absolute(path) else str(folder.absolute() / path))


def is_absolute(path: str) -> bool:
    """Whether the path is absolute on any platform: a shot may have been saved on another."""
    windows = PureWindowsPath(path)
    return PurePosixPath(path).is_absolute() or bool(windows.drive) or bool(windows.root)


def _weights_file(name: str) -> str | None:
    """The path in a weights setting; None for a name of shipped weights."""
    return name if name.endswith(".safetensors") or "/" in name or "\\" in name else None
