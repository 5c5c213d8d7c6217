# SPDX-License-Identifier: GPL-3.0-or-later
"""The shots that a .blend file remembers, one for each plate, in a property of the scene."""

from __future__ import annotations

import json
from typing import Any

from stfam.core.errors import InputError
from stfam.core.shot import Shot

KEY = "stfam_shots"


def remember(scene: Any, shot: Shot) -> None:
    """Keep a shot; it is the newest from now on."""
    others = [known for known in _texts(scene) if json.loads(known)["plate"] != shot.plate]
    scene[KEY] = json.dumps([*others, shot.to_json()])


def remembered(scene: Any, plate: str | None) -> Shot | None:
    """The shot of `plate`; the newest where the plate has none."""
    shots = [shot for shot in map(_shot, _texts(scene)) if shot is not None]
    own = [shot for shot in shots if shot.plate == plate]
    return next(reversed(own or shots), None)


def forget(scene: Any) -> None:
    """Remember no shot."""
    scene.pop(KEY, None)


def _texts(scene: Any) -> list[str]:
    try:
        found = json.loads(scene.get(KEY, "[]"))
    except ValueError:
        return []
    return [text for text in found if isinstance(text, str)]


def _shot(text: str) -> Shot | None:
    """None for a shot of another version, which is left alone."""
    try:
        return Shot.from_json(text)
    except InputError:
        return None
