"""How long a frame takes on this machine: measured as jobs run, and remembered."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

from stfam.core.strict_json import json_object
from stfam.core.whole_file import write_whole

FIRST_GUESS = {"propagate": 0.5, "matte": 2.0, "file": 0.3}
"""Seconds for a megapixel of plate before anything was measured."""

SMOOTHING = 0.3
"""Weight of the newest frame."""


class Speed:
    """Seconds for a megapixel, for each stage and kind of work."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[str, float] = _read(path)

    def seconds(self, stage: str, kind: str, megapixels: float) -> float:
        """Expected seconds of one frame.

        Args:
            stage: propagate, matte or file.
            kind: what else decides: device, weights, window, proxy.
        """
        return self._known.get(f"{stage} {kind}", FIRST_GUESS[stage]) * megapixels

    def note(self, stage: str, kind: str, megapixels: float, seconds: float) -> None:
        """A frame took this long."""
        name, value = f"{stage} {kind}", seconds / max(megapixels, 1e-6)
        self._known[name] = value + (self._known.get(name, value) - value) * (1 - SMOOTHING)

    def save(self) -> None:
        """Remember for the next start; a folder that cannot be written is no reason to fail."""
        with suppress(OSError):
            write_whole(self._path, json.dumps(self._known))


def _read(path: Path) -> dict[str, float]:
    try:
        return {name: float(value) for name, value in json_object(path.read_bytes()).items()}
    except (OSError, OverflowError, TypeError, ValueError):
        return {}
