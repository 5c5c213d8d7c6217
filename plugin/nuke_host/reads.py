"""What is the plate: an untouched Read as it stands on disk, anything else baked to EXR."""

from __future__ import annotations

import re
from pathlib import Path

import nuke

from stfam.core.cache import cache_root
from stfam.core.frame_range import FrameRange
from stfam.plugin.frame_path import frames_on_disk
from stfam.plugin.host.interface import HostError, HostPlate, PlateMovedError

TRANSPARENT = frozenset({"Dot", "NoOp", "PostageStamp"})
"""Nodes that change neither pixels nor time."""

WORKING_SPACES = {"Nuke": "Linear Rec.709 (sRGB)", "OCIO": "scene_linear"}
"""What a raw render of the graph holds, by the project's colour management, in OpenColorIO's names."""

MOVIES = frozenset({".mov", ".mp4", ".mxf", ".mkv", ".avi", ".m4v"})


def plate_of(node: nuke.Node) -> HostPlate:
    """The plate at the first input of `node`, baked where it is not an untouched Read.

    Raises:
        HostError: nothing is connected, or the bake was stopped.
        PlateMovedError: the Read's files are gone.
    """
    upstream = node.input(0)
    if upstream is None:
        raise HostError(f"Nothing is connected to {node.name()}. Connect the plate's Read to its first input.")
    read = _untouched_read(upstream)
    found = direct(read) if read is not None else None
    return found or bake(upstream, node.fullName())


def direct(read: nuke.Node) -> HostPlate | None:
    """A Read's own files; None where its knobs change time in a way that files do not say."""
    offset = _offset(read)
    path = _path(read)
    if offset is None or not path:
        return None
    first, last = int(read["first"].value()), int(read["last"].value())
    frames = range(first, last + 1)
    if Path(path).suffix.lower() in MOVIES:
        if not Path(path).is_file():
            raise PlateMovedError(path)
        return HostPlate(path, FrameRange.of(frames), read.name(), offset, _colorspace(read))
    there = set(frames_on_disk(path)) & set(frames)
    if not there:
        raise PlateMovedError(path)
    return HostPlate(path, FrameRange.of(there), read.name(), offset, _colorspace(read))


def bake(upstream: nuke.Node, name: str) -> HostPlate:
    """Render what the graph makes of the plate to half-float EXR, raw, at full size, with the format's pixel aspect.

    Raises:
        HostError: the artist stopped it, or the graph cannot be rendered; the sentence holds Nuke's reason.
    """
    first, last = upstream.firstFrame(), upstream.lastFrame()
    script = re.sub(r"[^A-Za-z0-9]+", "-", Path(nuke.root().name()).stem) or "untitled"
    pattern = cache_root() / "bakes" / script / name.replace(".", "-") / "plate.%04d.exr"
    render(upstream, pattern.as_posix(), "rgb", first, last)
    management = str(nuke.root()["colorManagement"].value())
    return HostPlate(
        pattern.as_posix().replace("%04d", "####"),
        FrameRange.of(range(first, last + 1)),
        upstream.name(),
        colorspace=WORKING_SPACES.get(management, "scene_linear"),
        baked=True,
    )


def render(upstream: nuke.Node, file: str, channels: str, first: int, last: int) -> None:
    """Write frames of a node by a temporary Write that leaves neither a node nor an undo step behind.

    Raises:
        HostError: it was stopped or failed.
    """
    root = nuke.root()
    proxy = bool(root["proxy"].value())
    nuke.Undo.disable()
    write = nuke.createNode("Write", inpanel=False)
    try:
        root["proxy"].setValue(False)
        write.setInput(0, upstream)
        for knob, value in (
            ("file", file), ("file_type", "exr"), ("datatype", "16 bit half"), ("raw", True), ("channels", channels),
            ("create_directories", True),
        ):  # fmt: skip
            write[knob].setValue(value)
        nuke.execute(write, first, last, 1)
    except RuntimeError as error:
        raise HostError(f"{upstream.name()} could not be rendered: {error}.") from error
    finally:
        nuke.delete(write)
        root["proxy"].setValue(proxy)
        nuke.Undo.enable()


def render_write(name: str) -> None:
    """Render one of the artist's own Writes over the script's range.

    Raises:
        HostError: there is none of that name, or it failed.
    """
    write = nuke.toNode(name)
    if write is None or write.Class() != "Write":
        raise HostError(f"The script has no Write named {name}.")
    try:
        nuke.execute(write, nuke.root().firstFrame(), nuke.root().lastFrame(), 1)
    except RuntimeError as error:
        raise HostError(f"{name} could not be rendered: {error}.") from error


def nuke_pattern(pattern: str) -> str:
    """`name.####.exr` as Nuke's file knobs take it, with forward slashes on every platform."""
    path = pattern.replace("\\", "/")
    return re.sub(r"#+", lambda match: f"%0{len(match[0]) if len(match[0]) > 1 else 4}d", path)


def _untouched_read(node: nuke.Node) -> nuke.Node | None:
    """The Read behind nodes that change nothing; None where another node comes first."""
    seen: nuke.Node | None = node
    while seen is not None and seen.Class() in TRANSPARENT:
        seen = seen.input(0)
    return seen if seen is not None and seen.Class() == "Read" else None


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
    """The Read's file with # for the frame number and forward slashes; relative to the project directory."""
    text = str(read["file"].value()).replace("\\", "/")
    if "[" in text:  # TCL: Nuke's own evaluation, with the number put back
        return ""
    text = re.sub(r"%0?(\d*)d", lambda match: "#" * int(match[1] or 1) if match[1] else "#", text)
    if not text or Path(text).is_absolute() or re.match(r"[A-Za-z]:/", text):
        return text
    folder = str(nuke.root()["project_directory"].value()) or str(Path(nuke.root().name()).parent)
    return (Path(folder) / text).as_posix()


def _colorspace(read: nuke.Node) -> str | None:
    """None for the file's default; a role's label `role (name)` is its name."""
    if read["raw"].value():
        return "Raw"
    text = str(read["colorspace"].value())
    if not text or text.startswith("default"):
        return None
    labelled = re.fullmatch(r".+ \((.+)\)", text)
    return (
        labelled[1]
        if labelled and text.split(" ")[0] in ("scene_linear", "compositing_linear", "texture_paint")
        else text
    )
