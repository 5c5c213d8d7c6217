"""What the fake renders: Reads from disk, shifts in time, and what a test makes of a Roto."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import OpenImageIO as oiio
from fake_nodes import Group, Node, _source
from fake_script import script


def write_frame(write: Node, frame: int) -> None:
    """One frame of a Write; the pixel aspect goes with it as Nuke's formats do."""
    path = Path(_numbered(write["file"].value(), frame))
    if write["create_directories"].value():
        path.parent.mkdir(parents=True, exist_ok=True)
    source = write.input(0)
    if source is None:
        raise RuntimeError(f"{write.name()}: has no input")
    pixels, aspect = _pixels(source, frame)
    channels = write["channels"].value()
    chosen = {"rgb": pixels[..., :3], "rgba": pixels, "alpha": pixels[..., 3:]}[channels]
    spec = oiio.ImageSpec(chosen.shape[1], chosen.shape[0], chosen.shape[2], oiio.HALF)
    spec.attribute("PixelAspectRatio", float(aspect))
    output = oiio.ImageOutput.create(str(path))
    if output is None or not output.open(str(path), spec):
        raise RuntimeError(f"can't write {path}")
    output.write_image(np.ascontiguousarray(chosen, np.float32))
    output.close()


def _pixels(node: Node, frame: int) -> tuple[Any, float]:
    """(H, W, 4) float32 and the pixel aspect."""
    kind = node.Class()
    if kind in script.renderers:
        return script.renderers[kind](node, frame), 1.0
    if kind == "Read":
        return _read(node, frame)
    if isinstance(node, Group):
        return _pixels(next(inner for inner in node.nodes() if inner.Class() == "Output"), frame)
    source = _source(node)
    if source is None:
        raise RuntimeError(f"{node.name()}: has no input")
    pixels, aspect = _pixels(source, frame - int(node["time_offset"].value()) if kind == "TimeOffset" else frame)
    if kind == "Copy" and not node["disable"].value():
        copied = node.input(1)
        assert copied is not None and node["from0"].value() == node["to0"].value() == "rgba.alpha"
        pixels = np.concatenate([pixels[..., :3], _formatted(_pixels(copied, frame)[0], pixels)[..., 3:]], 2)
    elif kind == "Premult":
        pixels = pixels * np.concatenate([pixels[..., 3:]] * 3 + [np.ones_like(pixels[..., 3:])], 2)
    return pixels, aspect


def _formatted(pixels: Any, like: Any) -> Any:
    """In another format: the lower left corners meet, and what is outside is black."""
    height, width = like.shape[:2]
    fitting = np.zeros_like(like)
    part = pixels[max(0, pixels.shape[0] - height) :, :width]
    fitting[height - part.shape[0] :, : part.shape[1]] = part
    return fitting


def _read(node: Node, frame: int) -> tuple[Any, float]:
    mode, text = node["frame_mode"].value(), node["frame"].value()
    if mode == "offset" and text:
        frame += int(text)
    elif mode == "start at" and text:
        frame += node["first"].value() - int(text)
    frame = min(max(frame, node["first"].value()), node["last"].value())
    path = _numbered(node["file"].value(), frame)
    if (path, node._reloads) not in script.pictures:
        script.pictures[path, node._reloads] = _picture(node.name(), path)
    found: tuple[Any, float] = script.pictures[path, node._reloads]
    return found


def _picture(reader: str, path: str) -> tuple[Any, float]:
    """Read once: that a file was written anew is not noticed until its Read is reloaded."""
    buffer = oiio.ImageBuf(path)
    if buffer.has_error:
        raise RuntimeError(f"{reader}: {buffer.geterror()}")
    pixels: Any = buffer.get_pixels(oiio.FLOAT)
    aspect = buffer.spec().get_float_attribute("PixelAspectRatio", 1.0)
    if pixels.shape[2] < 3:
        pixels = np.repeat(pixels[..., :1], 3, 2)
    alpha = pixels[..., 3:4] if pixels.shape[2] > 3 else np.zeros_like(pixels[..., :1])
    return np.concatenate([pixels[..., :3], alpha], 2), aspect


def _numbered(pattern: str, frame: int) -> str:
    return re.sub(r"%0(\d+)d", lambda match: f"{frame:0{match[1]}d}", pattern)
