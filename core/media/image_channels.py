"""Which part of an image file is its colour or a layer, and which channels of that."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

from stfam.core.errors import UnreadableFrameError
from stfam.core.media.image_error import last_error

_TRIPLES = (("r", "g", "b"), ("red", "green", "blue"))
_COMBINED = "Combined"
"""What Blender calls the picture of a layer, among its passes."""
_GREYS = {"y": {"x"}, "i": set(), "luminance": set(), "channel0": set(), "r": {"g", "b"}}
"""Channels that are a grey picture, unless they are one of several beside these: of positions, vectors, or colour."""


def choose_channels(source: Any, layer: str | None, path: Path, *, alpha: bool) -> tuple[int, list[int]]:
    """Seek the first part that has colour, or else the first of grey, or a renderer's combined picture of all passes.

    A TIFF's thumbnails come after its other parts.

    Args:
        source: an open image, which stands at that part then.
        layer: a part or a prefix of channels; None for channels without one.
        path: of it.
        alpha: choose the alpha channel where there is one.

    Returns:
        The part's index, and those of the three channels to be read.

    Raises:
        UnreadableFrameError: there is no such layer, or that holds no colour.
    """
    parts: dict[str, None] = {}  # in the file's order
    seen: set[tuple[int, str]] = set()
    for thumbnails, grey in product((False, True), (False, True)):
        for index, spec in _parts(source):
            names, part = list(spec.channelnames), _part_name(spec)
            parts.update(dict.fromkeys(filter(None, [part, *(name.rpartition(".")[0] for name in names)])))
            seen.update((index, name) for name in names)
            if bool(spec.get_int_attribute("tiff:subfiletype") & 1) != thumbnails:
                continue
            for prefix in _prefixes(layer, part):
                channels = _grey(names, prefix, layer, seen) if grey else _colour(names, prefix, alpha)
                if channels:
                    return index, channels
    combined = next((name for name in parts if name.rpartition(".")[2] == _COMBINED), None)
    if not layer and combined:
        return choose_channels(source, combined, path, alpha=alpha)
    wanted = f"layer '{layer}'" if layer else "colour"
    kind, offered = ("layers", parts) if parts else ("channels", {name for _, name in seen})
    text = f"{path} has no {wanted}. It has the {kind} {', '.join(sorted(offered))}."
    if parts:
        text += " A plate names one as name.####.exr:LAYER."
    raise UnreadableFrameError(text, path=str(path), layer=layer)


def _parts(source: Any) -> Iterator[tuple[int, Any]]:
    """The parts one after the other, with the source at each."""
    index = 0
    while source.seek_subimage(index, 0):
        yield index, source.spec()
        index += 1
    last_error(source)  # that there are no more is none of the file's


def _part_name(spec: Any) -> str:
    return str(spec.getattribute("name") or spec.getattribute("oiio:subimagename") or "")


def _prefixes(layer: str | None, part: str) -> tuple[str, ...]:
    """What may stand before a layer's channels; in a part of the layer's own name they may be named as if alone."""
    if not layer:
        return ("",)
    return ("", f"{layer}.") if layer == part else (f"{layer}.",)


def _colour(names: list[str], prefix: str, alpha: bool) -> list[int]:
    """Indices of red, green and blue, or of alpha three times; none where they are not there."""
    lower = {name.lower(): i for i, name in reversed(list(enumerate(names)))}
    if alpha and f"{prefix}a".lower() in lower:
        return [lower[f"{prefix}a".lower()]] * 3
    for triple in _TRIPLES:
        wanted = [f"{prefix}{c}".lower() for c in triple]
        if all(name in lower for name in wanted):
            return [lower[name] for name in wanted]
    return []


def _grey(names: list[str], prefix: str, layer: str | None, seen: set[tuple[int, str]]) -> list[int]:
    """The index of a grey picture's channel three times: a layer's first, what is named so, or is alone.

    Args:
        names: of the part's channels.
        prefix: of the layer's.
        layer: that is asked for.
        seen: part and name of all channels of the file.
    """
    if layer:
        own = [i for i, name in enumerate(names) if name.lower().startswith(prefix.lower())]
        return sorted(own, key=lambda i: names[i].lower() == f"{prefix}a".lower())[:1] * 3
    every = {name.lower() for _, name in seen}
    single = [i for i, name in enumerate(names) if name.lower() in _GREYS and not _GREYS[name.lower()] & every]
    return (single or ([0] if len(seen) == 1 else []))[:1] * 3
