"""A shot as the JSON object that travels in a message (standard library only)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from stfam.core.shot import Shot


def shot_object(shot: Shot) -> dict[str, Any]:
    """The shot as a JSON object."""
    data: dict[str, Any] = json.loads(shot.to_json())
    return data


def shot_from_object(data: dict[str, Any], folder: str = "") -> Shot:
    """The shot of a JSON object; relative paths stand in `folder` where one is given.

    Raises:
        InputError: an unknown or missing field, or a value of another type.
    """
    shot = Shot.from_json(json.dumps(data))
    return shot.anchored(Path(folder)) if folder else shot
