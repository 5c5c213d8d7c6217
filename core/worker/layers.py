"""The layers of a frame as display-ready pictures."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from stfam.core.errors import InputError, UsageError
from stfam.core.media.colour import to_network
from stfam.core.media.frame_meta import FloatImage, covered, on_black
from stfam.core.media.plate import PlateFrame
from stfam.core.refinement import clipped, refine
from stfam.core.render_passes import despilled_foreground
from stfam.core.shot import Refinement
from stfam.core.worker.messages import LAYERS, Frame
from stfam.core.worker.open_plate import OpenPlate
from stfam.core.worker.pictures import (
    Bytes,
    PictureFile,
    PictureFolder,
    checker,
    comp,
    edge,
    filling,
    gray8,
    reduced,
    rgb32,
)
from stfam.core.worker.results import Results, Solved

_CHECKERS = ("", "checker")
"""What comp lies over without a background of its own."""


class Layers:
    """Makes pictures of the open shot, each once."""

    def __init__(self, plate: OpenPlate, folder: Path) -> None:
        self._plate = plate
        self._pictures = PictureFolder(folder)
        self._background: OpenPlate | None = None

    def picture(self, request: Frame, results: Results) -> dict[str, Any]:
        """The answer to a `frame` request.

        Raises:
            UsageError: there is no such layer or level, or the frame has no such result yet.
            InputError: the plate's frame is missing or unreadable.
            WriteError: the picture cannot be written.
        """
        if request.layer not in LAYERS:
            raise UsageError(f"There is no layer {request.layer!r}; there are {', '.join(LAYERS)}.")
        if request.level < 0:
            raise UsageError(f"Level 0 is full size, each next one half of it; there is no level {request.level}.")
        if request.layer == "plate":
            return _answer(self._plate_picture(request), None)
        solved = results.trimap(request.frame) if request.layer == "trimap" else results.alpha(request.frame)
        if solved is None:
            raise UsageError(f"Frame {request.frame} has no {request.layer} yet.", frame=request.frame)
        if request.layer == "trimap":
            name = _name(request, solved.identity)
            return _answer(self._pictures.picture(name, "index8", lambda: solved.pixels), solved)
        return _answer(self._solved_picture(request, solved, results.final.refinement), solved)

    def refined_alpha(self, frame: int, solved: Solved, refinement: Refinement) -> FloatImage:
        """An alpha (H, W) as it would be exported; a proxy is shrunk and blurred by pixels of the plate as well."""
        alpha = solved.pixels
        if not (refinement.shrink or refinement.blur):
            return refine(alpha, refinement)
        size = (alpha.shape[0], alpha.shape[1])
        share = size[1] / self._plate.size[1]
        place = covered(self._plate.read(frame).meta, size)
        scaled = replace(refinement, shrink=refinement.shrink * share, blur=refinement.blur * share)
        return on_black(refine(alpha[place], scaled), place, size)

    def _plate_picture(self, request: Frame) -> PictureFile:
        name = _name(request, self._plate.identity(request.frame))
        frame, level = request.frame, request.level
        return self._pictures.picture(name, "rgb32", lambda: rgb32(self._display(self._plate.read(frame), level)))

    def _solved_picture(self, request: Frame, solved: Solved, refinement: Refinement) -> PictureFile:
        backdrop = self._backdrop_identity(request) if request.layer == "comp" else ""
        name = _name(request, solved.identity, self._plate.identity(request.frame), backdrop, asdict(refinement))
        kind = {"alpha": "gray8", "edge": "index8"}.get(request.layer, "rgb32")
        return self._pictures.picture(name, kind, lambda: self._draw(request, solved, refinement))

    def _draw(self, request: Frame, solved: Solved, refinement: Refinement) -> Bytes:
        alpha = self._reduced_alpha(request, self.refined_alpha(request.frame, solved, refinement))
        if request.layer == "alpha":
            return gray8(alpha)
        if request.layer == "edge":
            return edge(alpha)
        plate = self._plate.read(request.frame)
        size = (alpha.shape[0], alpha.shape[1])
        place = covered(plate.meta, size)
        mixed = self._reduced_alpha(request, clipped(solved.pixels, refinement))[place]
        written = despilled_foreground(reduced(plate.image, request.level)[place], mixed, alpha[place], refinement)
        colours = to_network(on_black(written, place, size), plate.meta.colorspace)
        if request.layer == "foreground":
            return rgb32(colours)
        return rgb32(comp(colours, alpha, self._backdrop(request, alpha.shape[0], alpha.shape[1])))

    def _reduced_alpha(self, request: Frame, alpha: FloatImage) -> FloatImage:
        """At the level's size; a proxy, which is smaller than the plate, as it is for the alpha itself."""
        height, width = self._plate.size
        if alpha.shape == (height, width):
            return reduced(alpha, request.level)
        size = (max(1, width >> request.level), max(1, height >> request.level))
        if request.layer == "alpha":
            return alpha
        return np.asarray(cv2.resize(alpha, size, interpolation=cv2.INTER_LINEAR), np.float32)

    def _display(self, frame: PlateFrame, level: int) -> FloatImage:
        return to_network(reduced(frame.image, level), frame.meta.colorspace)

    def _backdrop(self, request: Frame, height: int, width: int) -> FloatImage:
        if request.background in _CHECKERS:
            return checker(height, width)
        if request.background.startswith("#"):
            return _plain(request.background, height, width)
        background, number = self._plate_behind(request)
        behind = background.read(number)
        squeeze = behind.meta.pixel_aspect / self._plate.meta.pixel_aspect
        return filling(self._display(behind, 0), height, width, squeeze)

    def _backdrop_identity(self, request: Frame) -> str:
        """What changes with what comp lies over."""
        if request.background in _CHECKERS or request.background.startswith("#"):
            return request.background
        background, number = self._plate_behind(request)
        return f"{request.background}|{background.identity(number)}"

    def _plate_behind(self, request: Frame) -> tuple[OpenPlate, int]:
        """A plate that is the background, and which of its frames: the nearest by number, counted from both their
        firsts where no numbers overlap."""
        background = self._background
        if background is None or background.spec != request.background:
            background = self._background = OpenPlate(request.background, None)  # another thread may want another one
        frames, plate = background.frames, self._plate.frames
        apart = frames[0] > plate[-1] or frames[-1] < plate[0]
        number = request.frame + (frames[0] - plate[0] if apart else 0)
        return background, min(frames, key=lambda frame: abs(frame - number))


def _plain(colour: str, height: int, width: int) -> FloatImage:
    try:
        values = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    except ValueError as error:
        raise InputError(f"{colour!r} is no colour; write #rrggbb.") from error
    return np.broadcast_to(np.array(values, np.float32), (height, width, 3)).copy()


def _name(request: Frame, *parts: object) -> str:
    digest = hashlib.sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return f"{request.layer}-{request.frame}-{request.level}-{digest}"


def _answer(picture: PictureFile, solved: Solved | None) -> dict[str, Any]:
    marks = {"stale": bool(solved and solved.stale), "proxy": bool(solved and solved.proxy)}
    return {**asdict(picture), **marks}
