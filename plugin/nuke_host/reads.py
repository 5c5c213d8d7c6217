"""What is the plate: an untouched Read as it stands on disk; anything else has to be baked."""

from __future__ import annotations

import re
from pathlib import Path

import nuke

from stfam.core.frame_range import FrameRange
from stfam.core.frame_token import frame_token, name_start
from stfam.core.plate_pattern import file_number, is_movie
from stfam.plugin.frame_path import frames_on_disk
from stfam.plugin.host.interface import HostError, HostPlate, PlateMovedError
from stfam.plugin.nuke_host.baking import bake, bake_pattern
from stfam.plugin.nuke_host.colorspaces import UnknownSpaceError, of_read
from stfam.plugin.nuke_host.paths import hash_pattern, in_project

TRANSPARENT = frozenset({"Dot", "NoOp", "PostageStamp"})
"""Nodes that change neither pixels nor time."""


def plate_of(node: nuke.Node) -> HostPlate:
    """The plate at the first input of `node`, baked where it is not an untouched Read.

    Raises:
        HostError: nothing is connected, or the bake failed. Cancelled: the bake was stopped.
        PlateMovedError: the Read's files are gone.
    """
    upstream = node.input(0)
    if upstream is None:
        raise HostError(f"Nothing is connected to {node.name()}. Connect the plate's Read to its first input.")
    read = _untouched_read(upstream)
    found = direct(read) if read is not None else None
    return found or bake(upstream, node.fullName(), _shown(read))


def plate_name(node: nuke.Node) -> str | None:
    """The path of the plate at the first input of `node`, which is not baked for that; None where there is none."""
    upstream = node.input(0)
    if upstream is None:
        return None
    read = _untouched_read(upstream)
    try:
        found = direct(read) if read is not None else None
    except HostError:
        return None
    return found.spec if found is not None else bake_pattern(node.fullName())


def direct(read: nuke.Node) -> HostPlate | None:
    """A Read's own files; None where only Nuke can say which frame, file or colour its knobs mean.

    One numbered file is that frame of the plate, wherever the Read shows it; held over a range it is Nuke's to render.

    Raises:
        PlateMovedError: none of its files is there.
    """
    offset, path = _offset(read), _path(read)
    if offset is None or not path:
        return None
    try:
        colorspace = of_read(read)
    except UnknownSpaceError:
        return None
    first, last = int(read["first"].value()), int(read["last"].value())
    there = frames_on_disk(path) if frame_token(path) else range(first, last + 1) if Path(path).is_file() else ()
    shown = FrameRange.of(frame for frame in there if first <= frame <= last)
    if not shown.frames:
        raise PlateMovedError(path)
    if frame_token(path) is None and not is_movie(path):
        if len(shown) > 1:
            return None
        shown, offset = FrameRange((file_number(path),)), offset + first - file_number(path)
    return HostPlate(path, shown, read.name(), offset, colorspace)


def _shown(read: nuke.Node | None) -> tuple[int, int] | None:
    """Nuke's first and last frame of a Read; None where the connected node's own range is to be taken."""
    offset = _offset(read) if read is not None else None
    if read is None or offset is None:
        return None
    return int(read["first"].value()) + offset, int(read["last"].value()) + offset


def _untouched_read(node: nuke.Node) -> nuke.Node | None:
    """The Read behind nodes that change nothing; None where another node comes first."""
    seen: nuke.Node | None = node
    while seen is not None and (seen.Class() in TRANSPARENT or (seen.Class() != "Read" and _disabled(seen))):
        seen = seen.input(0)
    return seen if seen is not None and seen.Class() == "Read" and not _disabled(seen) else None


def _disabled(node: nuke.Node) -> bool:
    """Whether it passes its first input on, at every frame."""
    knob = node.knob("disable")
    return knob is not None and bool(knob.value()) and not knob.isAnimated() and not knob.hasExpression()


def _offset(read: nuke.Node) -> int | None:
    """Nuke's frame minus the file's; None where an expression or a scaled time says it."""
    mode, text = str(read["frame_mode"].value()), str(read["frame"].value()).strip()
    if mode == "expression":
        return 0 if text in ("", "frame") else None
    if not text:
        return 0
    if not re.fullmatch(r"-?\d+", text):
        return None
    return int(text) - int(read["first"].value()) if mode == "start at" else -int(text)


def _path(read: nuke.Node) -> str:
    """The Read's file with # for the frame number and forward slashes; a relative one is of the project directory.

    Empty where Nuke evaluates it: TCL in brackets, views, a frame number in a folder's name.
    """
    text = str(read["file"].value())
    evaluated = "[" in text or re.search("%[vV]", text) or re.search(r"%0?\d*d", text[: name_start(text)])
    return "" if evaluated else in_project(hash_pattern(text))
