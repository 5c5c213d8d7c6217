"""The project's own figures, each measured beside its goal."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest import mock

import numpy as np
import torch
from torchvision.ops import deform_conv2d as reference

from stfam.core.compiled_package import import_compiled
from stfam.core.engine.device_memory import choose_device
from stfam.core.engine.matte import matte
from stfam.core.engine.matte_input import MatteInput
from stfam.core.media.frame_meta import FrameMeta
from stfam.core.media.matte_writer import write_foreground, write_trimap
from stfam.core.network.deform import deform_conv2d
from stfam.core.network.matting import MattingNetwork
from stfam.core.network.weights import load_matting, load_propagation
from stfam.core.networks import KeptNetworks
from stfam.core.performance.arithmetic import Peak, elapsed
from stfam.core.performance.scene import Scene
from stfam.core.performance.stages import TOGETHER, all_in_seconds, matte_count, matte_seconds, propagate_seconds
from stfam.core.render import render
from stfam.core.shot import Output, Settings, Shot

HD = (1920, 1080)
SMALL = (1024, 576)
BUDGET_GFLOP = 45.0
DEFORM_SIZE = (136, 240)
ROUNDS = 3
"""Of two times that are compared, at least: one pair scatters by a third where a machine's cores are shared."""
FILE_FRAMES = 8
"""As many times the suite's frames are rendered from and to files: nothing hides a clip's first frame."""


@dataclass(frozen=True)
class Figure:
    """One line of the table.

    Attributes:
        goal: as it is worded.
        reached: whether the measured value is within the goal.
    """

    work: str
    value: str
    goal: str
    reached: bool


class Suite:
    """Has the networks; measures one figure after the other, what is compared interleaved."""

    def __init__(self, device: str, frames: int, weights: str = "lite", propagation_weights: str = "lite") -> None:
        self.device = choose_device(device)
        self.frames = frames
        self.weights = weights
        self.matting = load_matting(weights, self.device)
        self.propagation = load_propagation(propagation_weights, self.device)
        self.peak = Peak(self.device)

    def figures(self) -> Iterator[Figure]:
        """All of them, in the table's order."""
        for measure in (
            self._dense, self._region, self._propagation, self._deformable, self._files, self._all_in, self._encodes,
            self._window, self._closed_form,
        ):  # fmt: skip
            yield measure()

    def _matte(self, size: tuple[int, int], unknown: float, window: int = 2, frames: int = 0) -> float:
        scene = Scene(*size, unknown)
        timed = matte_seconds(
            scene, self.matting, window, "auto", self.device, frames or self.frames, lambda: self.peak.measure(2)
        )
        return statistics.median(timed)

    def _dense(self) -> Figure:
        seconds = self._matte(HD, 1.0)
        work = matte_count(Scene(*HD, 1.0), self.matting, 2, "auto", self.device).gflop
        share = work / self.peak.gflop_per_second / seconds
        text = f"{share:.0%} of {self.peak.gflop_per_second:.0f} GFLOP/s ({work:.0f} GFLOP, {seconds:.2f} s)"
        return Figure("dense 1920x1080 matting", text, "at least 60 % of the convolution peak", share >= 0.6)

    def _region(self) -> Figure:
        ratio = self._ratio(lambda: self._matte(HD, 0.1, frames=1), lambda: self._matte(HD, 1.0, frames=1))
        return Figure("1920x1080, 10 % unknown in one region", f"{ratio:.2f} x dense", "at most 0.30", ratio <= 0.3)

    def _propagation(self) -> Figure:
        def carried() -> float:
            return statistics.median(propagate_seconds(Scene(*HD, 1.0), self.propagation, self.device, 2))

        ratio = self._ratio(carried, lambda: self._matte(HD, 1.0, frames=1))
        return Figure("propagation, 1920x1080 plate", f"{ratio:.2f} x dense", "at most 0.25", ratio <= 0.25)

    def _ratio(self, one: Callable[[], float], other: Callable[[], float]) -> float:
        """The median of ratios of neighbours in time."""
        return statistics.median(one() / other() for _ in range(max(ROUNDS, self.frames // 2)))

    def _deformable(self) -> Figure:
        torch.manual_seed(0)
        x = torch.rand(1, 64, *DEFORM_SIZE).contiguous(memory_format=torch.channels_last)
        offset, mask = torch.randn(1, 18, *DEFORM_SIZE) * 2, torch.rand(1, 9, *DEFORM_SIZE)
        weight = torch.randn(64, 64, 3, 3) / 24
        cpu = torch.device("cpu")
        with torch.inference_mode():
            theirs = partial(reference, x.contiguous(), offset, weight, padding=1, mask=mask)
            ours = partial(deform_conv2d, x, offset, mask, weight)
            error = float((ours() - theirs()).abs().max())
            ratio = statistics.median(elapsed(theirs, cpu) / elapsed(ours, cpu) for _ in range(9))
        reached = ratio >= 8 and error <= 1e-4
        goal = "at least 8 x torchvision's, within 1e-4"
        text = f"{ratio:.1f} x, within {error:.0e}"
        return Figure("deformable convolution, 64 channels, 136x240", text, goal, reached)

    def _files(self) -> Figure:
        shares = {name: self._file_share(name) for name in ("zip", "dwaa")}
        text = ", ".join(f"{name.upper()} {share:.1%}" for name, share in shares.items())
        goal, reached = "under 5 % of the wall time", max(shares.values()) < 0.05
        return Figure("read + write of half EXR, 1920x1080", text, goal, reached)

    def _file_share(self, compression: str) -> float:
        """What a render from and to files takes beyond the same frames' matting from memory, as a share."""
        scene, count = Scene(*HD, 0.1), FILE_FRAMES * self.frames
        kept = KeptNetworks()
        kept.matting(self.weights, self.device)
        with TemporaryDirectory(prefix="stfam-benchmark-") as folder:
            shot = _shot_on_disk(scene, Path(folder), compression, count, self.weights)

            def rendered() -> float:
                return elapsed(lambda: render(shot, step="matte", networks=kept, overwrite=True), self.device)

            def bare() -> float:
                return _bare_matting(scene, self.matting, self.device, count)

            rendered(), bare()  # the first ones lay out memory
            rounds = [(rendered(), bare(), bare(), rendered()) for _ in range(max(1, self.frames // 2))]
        wall, alone = (sum(r[i] + r[j] for r in rounds) for i, j in ((0, 3), (1, 2)))
        return max(0.0, (wall - alone) / wall)

    def _all_in(self) -> Figure:
        seconds = statistics.median(self._all_in_seconds() for _ in range(3))
        allowed = BUDGET_GFLOP / self.peak.gflop_per_second
        text = f"{seconds * 1000:.0f} ms, {seconds * self.peak.gflop_per_second:.0f} GFLOP at the peak"
        work = "propagate + matte, 1024x576, 10 % unknown"
        return Figure(work, text, "at most the time of 45 GFLOP at the peak", seconds <= allowed)

    def _all_in_seconds(self) -> float:
        scene, frames = Scene(*SMALL, 0.1), TOGETHER * max(1, self.frames // 2)
        seconds = all_in_seconds(scene, (self.matting, self.propagation), 2, self.device, frames)
        self.peak.measure(2)
        return seconds

    def _encodes(self) -> Figure:
        with _counted_encodes(self.matting) as encodes:
            matte_seconds(Scene(*SMALL, 0.1), self.matting, 2, "off", self.device, 8)
        most = max(encodes.values())
        return Figure("encodes of a frame", f"{most}", "once a frame", most == 1)

    def _window(self) -> Figure:
        ratio = self._ratio(lambda: self._matte(HD, 0.1, 2, 2), lambda: self._matte(HD, 0.1, 0, 2))
        return Figure("n = 2 against n = 0, 1920x1080, 10 % unknown", f"{ratio:.2f} x", "at most 1.9", ratio <= 1.9)

    def _closed_form(self) -> Figure:
        ours = self._matte((1280, 720), 0.1)
        solve = import_compiled("pymatting").estimate_alpha_cf  # slow to import, and may change torch's threads
        scene = Scene(1280, 720, 0.1)
        image, trimap = scene.image(0).astype(np.float64), scene.trimap(0) / 255.0
        trimap[scene.trimap(0) == 128] = 0.5
        solved = elapsed(lambda: solve(image, trimap), torch.device("cpu"))
        ratio = solved / ours
        text = f"{ratio:.0f} x slower ({solved:.1f} s)"
        return Figure("closed-form matting of one 1280x720 frame", text, "at least 15 x slower than ours", ratio >= 15)


def table(figures: list[Figure]) -> str:
    """As Markdown."""
    rows = [f"| {f.work} | {f.value} | {f.goal} | {'yes' if f.reached else '**no**'} |" for f in figures]
    return "\n".join(["| work | measured | goal | reached |", "|---|---|---|---|", *rows])


def _shot_on_disk(scene: Scene, folder: Path, compression: str, count: int, weights: str = "lite") -> Shot:
    window = (0, 0, scene.width, scene.height)
    meta = FrameMeta(window, window, colorspace="Linear Rec.709 (sRGB)")
    for index in range(count):
        alpha = np.ones((scene.height, scene.width), np.float32)
        plate = folder / f"plate.{index + 1:04d}.exr"
        write_foreground(plate, scene.image(index), alpha, meta, compression=compression)
        write_trimap(folder / f"trimap.{index + 1:04d}.png", scene.trimap(index))
    output = Output(str(folder / "out" / "matte.####.exr"), compression=compression)
    keys = str(folder / "trimap.####.png")
    return Shot(str(folder / "plate.####.exr"), output, keys_pattern=keys, settings=Settings(weights=weights, window=2))


def _bare_matting(scene: Scene, network: MattingNetwork, device: torch.device, count: int) -> float:
    """Seconds of the same number of frames from memory, the first frames of the clip included."""
    frames = [MatteInput(index, scene.trimap(index), scene.image(index)) for index in range(count)]
    return elapsed(lambda: [alpha for _, alpha in matte(frames, network, window=2, device=device)], device)


@contextmanager
def _counted_encodes(network: MattingNetwork) -> Iterator[dict[int, int]]:
    """How often each frame's picture goes through `encode`, by the frame's own context."""
    counts: dict[int, int] = {}
    kept: list[Any] = []
    encode = network.encode

    def counting(image: Any, trimap: Any, context: Any, box: Any, frame_size: Any) -> Any:
        kept.append(context)  # alive, so that no other context takes its identity
        counts[id(context)] = counts.get(id(context), 0) + 1
        return encode(image, trimap, context, box, frame_size)

    with mock.patch.object(network, "encode", counting):
        yield counts
