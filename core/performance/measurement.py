"""Everything that is measured of one resolution, window and share of unknown pixels."""

from __future__ import annotations

import statistics
from dataclasses import asdict, dataclass

import torch

from stfam.core.engine.device_memory import choose_device
from stfam.core.network.weights import load_matting, load_propagation
from stfam.core.performance.arithmetic import Peak
from stfam.core.performance.peak_memory import process_peak
from stfam.core.performance.stages import (
    Source,
    file_seconds,
    foreground_seconds,
    matte_count,
    matte_seconds,
    propagate_count,
    propagate_seconds,
)


@dataclass(frozen=True)
class Settings:
    """What is measured, besides the frames.

    Attributes:
        frames: timed in each stage; the median counts.
    """

    window: int = 2
    device: str = "auto"
    tile: str = "auto"
    weights: str = "lite"
    propagation_weights: str = "lite"
    compression: str = "zip"
    frames: int = 5


@dataclass(frozen=True)
class Stage:
    """One stage of a frame; without arithmetic where it has none of the network's."""

    milliseconds: float
    gflop: float = 0.0
    of_limit: float = 0.0
    """The time that the arithmetic takes at the machine's measured peak, over the time that it took."""


@dataclass(frozen=True)
class Measurement:
    """What one frame costs, stage by stage."""

    width: int
    height: int
    unknown: float
    window: int
    device: str
    threads: int
    peak_gflop_per_second: float
    typical_gflop_per_second: float
    propagate: Stage
    matte: Stage
    foreground: Stage
    read: Stage
    write: Stage
    memory_bytes: int
    """Most that the process held, its libraries included; on CUDA, most that the device held."""

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        return asdict(self)


def measure(source: Source, unknown: float, settings: Settings) -> Measurement:
    """Measure each stage, with the machine's peak between them.

    Args:
        source: of frames; the first one's size counts.
        unknown: the share of unknown pixels, for the record.
        settings: what else is measured.

    Raises:
        StfamError: the weights or the device are not there.
    """
    device = choose_device(settings.device)
    matting = load_matting(settings.weights, device)
    propagation = load_propagation(settings.propagation_weights, device)
    height, width = source.trimap(0).shape
    peak = Peak(device)
    peak.measure()
    window, tile, frames = settings.window, settings.tile, settings.frames
    matted = matte_seconds(source, matting, window, tile, device, frames, lambda: peak.measure(2))
    peak.measure()
    propagated = propagate_seconds(source, propagation, device, frames)
    peak.measure()
    coloured = foreground_seconds(source, frames)
    read, written = file_seconds(source, settings.compression, frames)
    memory = peak_memory(device)
    limit = peak.gflop_per_second
    return Measurement(
        width=width,
        height=height,
        unknown=unknown,
        window=window,
        device=str(device),
        threads=torch.get_num_threads(),
        peak_gflop_per_second=limit,
        typical_gflop_per_second=peak.typical,
        propagate=_stage(propagated, propagate_count(source, propagation, device).gflop, limit),
        matte=_stage(matted, matte_count(source, matting, window, tile, device).gflop, limit),
        foreground=_stage(coloured),
        read=_stage([read]),
        write=_stage([written]),
        memory_bytes=memory,
    )


def peak_memory(device: torch.device) -> int:
    """Bytes that the process (on CUDA, the device) held at most so far."""
    if device.type == "cuda":
        return int(torch.cuda.max_memory_allocated(device))
    return process_peak()


def lines(measured: Measurement) -> list[str]:
    """For a person."""
    rows = [
        f"{measured.width}x{measured.height}, {measured.unknown:.0%} unknown, window {measured.window}, "
        f"{measured.device}, {measured.threads} threads",
        f"peak of 64 to 64 channels, 3x3: {measured.peak_gflop_per_second:.1f} GFLOP/s "
        f"(median {measured.typical_gflop_per_second:.1f})",
        f"{'stage':<12}{'ms a frame':>12}{'GFLOP':>10}{'of the limit':>14}",
    ]
    for name in ("propagate", "matte", "foreground", "read", "write"):
        stage: Stage = getattr(measured, name)
        arithmetic = f"{stage.gflop:>10.2f}{stage.of_limit:>14.0%}" if stage.gflop else ""
        rows.append(f"{name:<12}{stage.milliseconds:>12.1f}{arithmetic}")
    rows.append(f"memory at most {measured.memory_bytes / 2**20:.0f} MiB")
    return rows


def _stage(seconds: list[float], gflop: float = 0.0, limit: float = 1.0) -> Stage:
    median = statistics.median(seconds)
    return Stage(median * 1000, gflop, gflop / limit / median)
