"""`stfam benchmark`: what a frame costs on this machine, and how near that is to the machine's limit."""

from __future__ import annotations

import argparse
import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from stfam.core.argument_parser import ArgumentParser
from stfam.core.errors import DeviceMemoryError, UsageError
from stfam.core.media.colour import to_network
from stfam.core.media.plate import Plate, open_plate
from stfam.core.option_values import positive, whole
from stfam.core.out_of_memory import is_out_of_memory
from stfam.core.performance.measurement import Settings, lines, measure
from stfam.core.performance.scene import Scene
from stfam.core.performance.stages import Source
from stfam.core.trimap import read_trimap


def main(arguments: list[str]) -> int:
    """Measure and print; returns the exit status.

    Raises:
        UsageError: an option makes no sense.
        DeviceMemoryError: a frame of that size does not fit.
    """
    options = _parser().parse_args(arguments)
    if options.suite:
        return _suite(options)
    if options.sweep:
        from stfam.core.performance.sweep import sweep

        for line in sweep(Path(options.sweep), options.device, options.frames):
            print(line, flush=True)
        return 0
    settings = Settings(
        options.window,
        options.device,
        options.tile,
        options.weights,
        options.propagation_weights,
        options.compression,
        options.frames,
    )
    try:
        source, unknown = _source(options)
        measured = measure(source, unknown, settings)
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        frame = f"of --size {options.size}" if options.plate is None else f"of {options.plate}"
        raise DeviceMemoryError(f"A frame {frame} does not fit into memory. Measure a smaller one.") from error
    print(json.dumps(measured.as_dict(), indent=2) if options.json else "\n".join(lines(measured)))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = ArgumentParser(prog="stfam benchmark", description="What a frame costs on this machine.")
    parser.add_argument("--size", default="1920x1080", metavar="WxH", help="of the synthetic plate (1920x1080)")
    parser.add_argument("--unknown", type=positive, default=0.1, metavar="SHARE", help="of the pixels, 0 to 1 (0.1)")
    parser.add_argument("--plate", metavar="PLATE", help="a plate's own frames instead")
    parser.add_argument("--trimap", metavar="FILE", help="of the plate's frames; a region of SHARE where none is given")
    parser.add_argument("--window", type=whole(0), default=2, metavar="N", help="neighbours on each side (2)")
    parser.add_argument("--weights", default="lite", metavar="NAME|FILE")
    parser.add_argument("--propagation-weights", default="lite", metavar="NAME|FILE")
    parser.add_argument("--device", default="auto", metavar="auto|cuda[:N]|mps|cpu")
    parser.add_argument("--tile", type=_tile, default="auto", metavar="auto|PX|off")
    parser.add_argument("--compression", default="zip", metavar="NAME", help="of the EXR files read and written (zip)")
    parser.add_argument(
        "--frames", type=whole(1), default=5, metavar="COUNT", help="timed in each stage (5); the median counts"
    )
    parser.add_argument("--suite", action="store_true", help="the project's own figures, each beside its goal")
    parser.add_argument("--sweep", metavar="FOLDER", help="time and memory over size, window, share and clip length")
    parser.add_argument("--json", action="store_true", help="as JSON")
    return parser


def _tile(text: str) -> str:
    return text if text in ("auto", "off") else str(whole(16)(text))


def _source(options: argparse.Namespace) -> tuple[Source, float]:
    if options.plate is None:
        if options.trimap:
            raise UsageError(f"--trimap {options.trimap} belongs to the frames of a plate: give --plate PLATE too.")
        match = re.fullmatch(r"(\d+)x(\d+)", options.size)
        if match is None:
            raise UsageError(f"The size is WIDTHxHEIGHT, such as 1920x1080; got '{options.size}'.")
        return Scene(int(match[1]), int(match[2]), options.unknown), options.unknown
    source = PlateSource(open_plate(options.plate), options.trimap, options.unknown)
    return source, float((source.trimap(0) == 128).mean())


class PlateSource:
    """A plate's own frames, over and over, with one trimap for all."""

    def __init__(self, plate: Plate, trimap: str | None, unknown: float) -> None:
        self._plate = plate
        first = self.image(0)
        self._scene = Scene(first.shape[1], first.shape[0], unknown)
        self._trimap = read_trimap(trimap, (first.shape[0], first.shape[1])) if trimap else self._scene.trimap(0)

    def image(self, index: int) -> npt.NDArray[np.float32]:
        """(H, W, 3) display-encoded in [0, 1]."""
        frame = self._plate.read(self._plate.frames[index % len(self._plate.frames)])
        return to_network(frame.image, frame.meta.colorspace)

    def trimap(self, index: int) -> npt.NDArray[np.uint8]:
        """(H, W)."""
        return self._trimap

    def alpha(self, index: int) -> npt.NDArray[np.float32]:
        """(H, W), fractional where the trimap is unknown."""
        known = (self._trimap == 255).astype(np.float32)
        return np.where(self._trimap == 128, np.float32(0.5), known).astype(np.float32)


def _suite(options: argparse.Namespace) -> int:
    from stfam.core.performance.suite import Suite, table

    suite = Suite(options.device, options.frames, options.weights, options.propagation_weights)
    figures: list[Any] = []
    for figure in suite.figures():
        figures.append(figure)
        if not options.json:
            print(f"{figure.work}: {figure.value} (goal: {figure.goal})", flush=True)
    print(json.dumps([asdict(figure) for figure in figures], indent=2) if options.json else f"\n{table(figures)}")
    return 0
