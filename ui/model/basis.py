"""What the results of a shot rest on, as it was at one time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from itertools import product

from stfam.core.shot import Settings
from stfam.ui.model.document import Document
from stfam.ui.model.frame_states import Lane

SPEED_ONLY = ("settings.device", "settings.tile")
"""Settings that change no result."""


@dataclass(frozen=True)
class Basis:
    """The keys, each at its version, and the settings that count."""

    keys: Mapping[int, object]
    settings: Mapping[str, object]

    @classmethod
    def of(cls, document: Document) -> Basis:
        """What results of the document as it is now rest on."""
        keys = {frame: canvas.version for frame, canvas in document.keys.items()}
        names = (f"settings.{field.name}" for field in fields(Settings))
        return cls(keys, {name: document.value(name) for name in names if name not in SPEED_ONLY})

    def outgrown(self, document: Document) -> set[tuple[Lane, int]]:
        """The results that would be others if they were made of the document as it is now."""
        now = Basis.of(document)
        edited = [frame for frame in {**self.keys, **now.keys} if self.keys.get(frame) is not now.keys.get(frame)]
        frames = {other for frame in edited for other in (frame, *document.span(frame))}
        results = set(product((Lane.TRIMAP, Lane.MATTE), frames))
        if self.settings != now.settings and document.plate is not None:
            results.update((Lane.MATTE, frame) for frame in document.plate.frames)
        return results
