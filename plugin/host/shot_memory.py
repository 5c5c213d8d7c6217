"""The shots that a host's file remembers, one for each plate, as one text in a hidden place of it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from stfam.core.errors import InputError
from stfam.core.json_fields import FieldError, from_json
from stfam.core.shot import Shot
from stfam.core.strict_json import json_value
from stfam.core.worker.shot_object import shot_from_object, shot_object


@dataclass(frozen=True)
class PanelNote:
    """The shot file that the panel has of a plate.

    Attributes:
        path: of the `.stfam` file.
        seen: digest of file and trimaps as the host last wrote or took them.
        painted: frames whose trimaps came from the panel.
    """

    path: str
    seen: str
    painted: tuple[int, ...] = ()


class ShotMemory:
    """What a text holds; each change is another text, in which a shot of another version is left alone."""

    def __init__(self, text: str) -> None:
        try:
            found = json_value(text) if text else []
        except ValueError:
            found = []
        self._entries = [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []

    @property
    def shots(self) -> list[Shot]:
        """Those of this version, the newest last."""
        return [shot for shot in map(_shot, self._entries) if shot is not None]

    def shot(self, plate: str | None) -> Shot | None:
        """The shot of `plate`; the newest where the plate has none."""
        shots = self.shots
        own = [shot for shot in shots if shot.plate == plate]
        return next(reversed(own or shots), None)

    def note(self, plate: str) -> PanelNote | None:
        """What the panel has of `plate`; None for nothing."""
        found = self._entry(plate).get("panel")
        try:
            return from_json(PanelNote, found) if found else None
        except FieldError:
            return None

    def with_shot(self, shot: Shot) -> str:
        """With a shot, which is the newest from now on."""
        entry = {**self._entry(shot.plate), "plate": shot.plate, "shot": shot_object(shot)}
        return json.dumps([*self._others(shot.plate), entry])

    def with_note(self, plate: str, note: PanelNote) -> str:
        """With what the panel has of a plate that is remembered."""
        entries = [
            {**entry, "panel": asdict(note)} if entry.get("plate") == plate else entry for entry in self._entries
        ]
        return json.dumps(entries)

    def without(self, plate: str) -> str:
        """With nothing of a plate."""
        return json.dumps(self._others(plate))

    def _entry(self, plate: str) -> dict[str, Any]:
        return next((entry for entry in self._entries if entry.get("plate") == plate), {})

    def _others(self, plate: str) -> list[dict[str, Any]]:
        return [entry for entry in self._entries if entry.get("plate") != plate]


def _shot(entry: dict[str, Any]) -> Shot | None:
    try:
        return shot_from_object(entry.get("shot", {}))
    except InputError:
        return None
