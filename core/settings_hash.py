"""What made a frame, as one hash: equal hash, equal pixels, so that a second run can leave the file alone.

A matte's hash covers the plate frames and trimaps of its window and of the frames that those borrow background from,
the weights and the settings. A propagated trimap's hash covers its way from the keyframe: that keyframe, the plate
frames passed on the way and, beyond the keyframe's neighbourhood, the keyframe at the other end of the span. Keyframes
elsewhere are no part of it. The device and the size of the tiles are not either: they move the result by less than
1/255.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cache, cached_property
from pathlib import Path

from stfam.core.engine.keyframe_spans import KEY_NEIGHBOURHOOD, Span, halo, lenders, lending
from stfam.core.file_hash import file_sha256
from stfam.core.shot import Output, Refinement

VERSION = 11
"""Raised when the arithmetic or how plates are read changes, so that files of an older version are made again."""


def digest(*parts: object) -> str:
    """SHA-256 of values that have a JSON form, in hexadecimal."""
    text = json.dumps([VERSION, *parts], sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass
class TrimapHashes:
    """Hash of the trimap of every frame of a clip; computed on demand and kept."""

    keys: Mapping[int, Path]
    spans: Sequence[Span]
    plate_identity: Callable[[int], str]
    weights: str
    """SHA-256 of the propagation weights; empty where nothing is propagated."""
    colorspace: str | None
    _known: dict[int, str] = field(default_factory=dict)

    def __getitem__(self, frame: int) -> str:
        """Hash of a frame's trimap; an empty string for a frame that no keyframe reaches."""
        if frame in self.keys and frame not in self._known:
            self._known[frame] = digest("painted", file_sha256(self.keys[frame]))
        if frame not in self._known:
            span = next((span for span in self.spans if frame in span.frames), None)
            self._known.update({frame: "", **(self._span(span) if span is not None else {})})
        return self._known[frame]

    def _span(self, span: Span) -> dict[int, str]:
        forward = self._pass(span.forward, span.before, span.after)
        backward = self._pass(span.backward, span.after, span.before)
        hashes = {**forward, **backward}
        for frame in span.faded:
            hashes[frame] = digest("faded", forward[frame], backward[frame], span.weight(frame))
        return hashes

    def _pass(self, frames: Sequence[int], start: int | None, other: int | None) -> dict[int, str]:
        hashes: dict[int, str] = {}
        if start is None:
            return hashes
        current = digest("propagated", self.weights, self.colorspace, self._key(start))
        for step, frame in enumerate(frames):
            if step == KEY_NEIGHBOURHOOD and other is not None:
                current = digest(current, self._key(other))
            current = hashes[frame] = digest(current, self.plate_identity(frame))
        return hashes

    def _key(self, frame: int) -> list[str]:
        return [self[frame], self.plate_identity(frame)]


@dataclass(frozen=True)
class MatteHashes:
    """Hashes of a clip's mattes and foregrounds."""

    trimaps: TrimapHashes
    window: Callable[[int, int], Sequence[int]]
    """The frames up to so many before and after a frame, itself included."""
    weights: str
    """SHA-256 of the matting weights."""
    reach: int
    """n of the window."""
    proxy: float
    refinement: Refinement
    output: Output

    def matte(self, frame: int) -> str:
        """Hash of a frame's matte file."""
        return digest("matte", self._alpha(frame), self.output.compression)

    def foreground(self, frame: int) -> str:
        """Hash of a frame's foreground file."""
        return digest("foreground", self._alpha(frame), self.output.compression, self.output.premultiplied)

    def in_one_look(self) -> MatteHashes:
        """The same, which look at each frame of the plate once, however many hashes it is part of."""
        return replace(self, trimaps=replace(self.trimaps, plate_identity=cache(self.trimaps.plate_identity)))

    def _alpha(self, frame: int) -> str:
        trimaps = [self.trimaps[other] for other in self._trimapped(frame)]
        plates = [self.trimaps.plate_identity(other) for other in self.window(frame, halo(self.reach))]
        return digest("alpha", trimaps, plates, self._settings)

    @cached_property
    def _settings(self) -> list[object]:
        return [self.weights, self.reach, self.proxy, self.trimaps.colorspace, asdict(self.refinement)]

    def _trimapped(self, frame: int) -> list[int]:
        """The frames whose trimaps a matte depends on, in order."""
        members = self.window(frame, self.reach)
        found = set(members)
        for member in members:
            allowed = lending(member, self.trimaps.spans, self.reach)
            found.update(filter(allowed.allows, self.window(member, lenders(self.reach))))
        return sorted(found)
