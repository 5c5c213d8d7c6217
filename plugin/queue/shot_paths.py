"""The paths in a shot, listed (standard library only)."""

from __future__ import annotations

from collections.abc import Iterator

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
