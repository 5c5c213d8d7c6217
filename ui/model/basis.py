"""What the results of a shot rest on, as it was at one time."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, fields

from stfam.core.engine.keyframe_spans import KEY_NEIGHBOURHOOD, halo
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
        results = {result for frame in edited for result in resting_on(document, frame)}
        if self.settings != now.settings and document.plate is not None:
            results.update((Lane.MATTE, frame) for frame in document.plate.frames)
        return results


def resting_on(document: Document, key: int) -> set[tuple[Lane, int]]:
    """The results that may become others with the key at a frame, whether it is painted on, made or removed.

    These are the trimaps and mattes up to the neighbouring keys. A neighbour that is near decides few trimaps alone:
    then the mattes beyond it, whose windows reach past it, are among them too.
    """
    span = (key, *document.span(key))
    results = {(lane, frame) for lane in (Lane.TRIMAP, Lane.MATTE) for frame in span}
    frames = document.plate.frames if document.plate is not None else ()
    at, reach = bisect_left(frames, key), halo(document.value("settings.window"))
    first, last = (bisect_left(frames, end) for end in (min(span), max(span)))
    if at - first < 2 * KEY_NEIGHBOURHOOD - 1:
        results.update((Lane.MATTE, frame) for frame in frames[max(0, first - reach) : first])
    if last - at < 2 * KEY_NEIGHBOURHOOD - 1:
        results.update((Lane.MATTE, frame) for frame in frames[last + 1 : last + 1 + reach])
    return results
