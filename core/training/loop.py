"""The training loop: steps, averaged weights, a log line and a checkpoint at intervals. It resumes where it stopped."""

from __future__ import annotations

import csv
import dataclasses
import json
import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from stfam.core.errors import WriteError
from stfam.core.network.matting import MattingNetwork
from stfam.core.network.propagation import PropagationNetwork
from stfam.core.training.averaging import WeightAverage
from stfam.core.training.batches import Batch
from stfam.core.training.checkpoint import checksum, load_checkpoint, save_checkpoint, seeded
from stfam.core.training.optimiser import KernelOptimiser
from stfam.core.training.stages import Stage
from stfam.core.training.steps import matting_step, propagation_step

WARMUP_STEPS = 100
GRADIENT_LIMIT = 1.0
TERM_WEIGHTS = {"temporal": 20.0, "kl": 0.1}
"""Weights of loss terms other than 1."""


@dataclass(frozen=True)
class Progress:
    """What the loop tells its caller at intervals."""

    step: int
    losses: dict[str, float]
    """Mean of each term since the last report."""
    seconds_per_step: float
    waiting: float
    """Share of the time spent waiting for samples."""


@dataclass
class Trainer:
    """A network in training. It owns the optimiser and the averaged weights; the batches come from outside."""

    network: MattingNetwork | PropagationNetwork
    stage: Stage
    folder: Path
    seed: int = 0
    device: torch.device = torch.device("cpu")
    precision: torch.dtype = torch.float32
    """A run that goes on, on a device of the same kind, keeps the one that it was begun in."""
    minutes: float | None = None
    """Length of the schedule by the clock, where it is not that of the stage's steps."""
    terms: Mapping[str, object] = field(default_factory=dict)
    """What else the run is begun with, as JSON has it: kept with the checkpoint."""

    def __post_init__(self) -> None:
        self.network.to(self.device)
        self.network.to(memory_format=torch.channels_last)
        for part in self._frozen():
            part.requires_grad_(False)
        encoder = self.network.encoder
        encoder.requires_grad_(self.stage.encoder_rate > 0)
        self.parameters = [p for p in self.network.parameters() if p.requires_grad]
        rate, encoder_rate = self.stage.learning_rate, self.stage.encoder_rate
        self.optimiser = KernelOptimiser(self.network, rate, tuned=encoder, tuned_rate=encoder_rate)
        self.average = WeightAverage(self.network)
        self.step = 0
        self.record: dict[str, Any] = {"seconds": 0.0}
        self._counted = time.perf_counter()
        self.folder.mkdir(parents=True, exist_ok=True)
        terms = {"seed": self.seed, **dataclasses.asdict(self.stage), **self.terms}
        self.changed: list[str] = []
        """Terms that a run which goes on does not share with its beginning."""
        if self.checkpoint.is_file():
            self.step, self.record = load_checkpoint(
                self.checkpoint, network=self.network, average=self.average, optimisers=self.optimiser.parts
            )
            begun = {**terms, **self.record.get("terms", {})}
            self.changed = sorted(name for name in terms if _as_json(begun[name]) != _as_json(terms[name]))
        self._left = checksum(self.checkpoint)
        self.record["terms"] = terms
        precisions = self.record.setdefault("precision", {})
        self.precision = getattr(torch, precisions.setdefault(self.device.type, str(self.precision).split(".")[-1]))

    @property
    def checkpoint(self) -> Path:
        """Where the stage's state lies."""
        return self.stage.checkpoint(self.folder)

    @property
    def done(self) -> float:
        """Share of the schedule that is done; 1 ends it."""
        if self.minutes is None:
            return self.step / self.stage.steps
        seconds: float = self.record["seconds"]
        return seconds / (60 * self.minutes)

    def run(
        self, batches: Iterable[Batch], *, until: Callable[[int], bool] = lambda _: False, report_every: int = 50
    ) -> Iterator[Progress]:
        """Train until the schedule is done or `until(step)` says stop; yields progress, the caller saves.

        Args:
            batches: from the trainer's own `step` onwards.
            until: asked before every step.
            report_every: steps between two reports.
        """
        self.set_training()
        sums: dict[str, Tensor] = {}
        waited, count = 0.0, 0
        source = iter(batches)
        reported = self._counted = time.perf_counter()
        while self.done < 1 and not until(self.step):
            asked = time.perf_counter()
            batch = next(source).to(self.device)
            waited += time.perf_counter() - asked
            for name, value in self.learn(batch).items():
                sums[name] = sums[name] + value if name in sums else value
            self.step += 1
            count += 1
            self._count_time()
            if count == report_every:
                means = {name: value.item() / count for name, value in sums.items()}
                self._count_time()
                elapsed = self._counted - reported
                yield Progress(self.step, means, elapsed / count, waited / elapsed)
                sums, waited, count = {}, 0.0, 0
                reported = self._counted = time.perf_counter()

    def _count_time(self) -> None:
        """What the steps took is kept with the checkpoint, and what the caller does between them is not counted."""
        now = time.perf_counter()
        self.record["seconds"] += now - self._counted
        self._counted = now

    def save(self) -> None:
        """Write the checkpoint.

        Raises:
            WriteError: another run has written one since, or the disk is full, say.
        """
        if self.checkpoint.is_file() and checksum(self.checkpoint) != self._left:
            text = f"{self.checkpoint} was written by another run meanwhile, whose checkpoint stays."
            raise WriteError(f"{text} Give each run a folder of its own.", path=str(self.checkpoint))
        save_checkpoint(
            self.checkpoint,
            step=self.step,
            network=self.network,
            average=self.average,
            optimisers=self.optimiser.parts,
            record=self.record,
        )
        self._left = checksum(self.checkpoint)

    def set_training(self) -> None:
        """Training mode, but for what is frozen and the encoder, whose normalisation stays as it was pretrained."""
        self.network.train()
        for part in (self.network.encoder, *self._frozen()):
            part.eval()

    def _frozen(self) -> list[nn.Module]:
        """What the stage freezes, as far as the configuration has it."""
        parts = (getattr(self.network, name) for name in self.stage.frozen)
        return [part for part in parts if part is not None]

    def learn(self, batch: Batch) -> dict[str, Tensor]:
        """One step on a batch that lies on the device.

        Returns:
            The loss and its terms, left on the device: a GPU is not waited for.
        """
        self.optimiser.set_learning_rate(self.stage.learning_rate * rate_factor(self.step, self.done))
        generator = seeded(self.step, self.seed)
        with torch.autocast(self.device.type, self.precision, enabled=self.precision != torch.float32):
            losses = self._losses(batch, generator)
        total = torch.stack([TERM_WEIGHTS.get(name, 1.0) * value for name, value in losses.items()]).sum()
        self.optimiser.zero_grad()
        torch.autograd.backward(total)
        nn.utils.clip_grad_norm_(self.parameters, GRADIENT_LIMIT)
        self.optimiser.step()
        self.average.update(self.network)
        return {"loss": total.detach(), **{name: value.detach() for name, value in losses.items()}}

    def _losses(self, batch: Batch, generator: torch.Generator) -> dict[str, Tensor]:
        if isinstance(self.network, MattingNetwork):
            return matting_step(self.network, batch, self.stage, generator)
        return propagation_step(self.network, batch, generator)


def _as_json(value: object) -> str:
    """As a checkpoint keeps it, where tuples are lists."""
    return json.dumps(value)


def rate_factor(step: int, done: float) -> float:
    """Linear warm-up, then half a cosine down to a hundredth, along the share of the training that is done."""
    warm = min(1.0, (step + 1) / WARMUP_STEPS)
    return warm * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(done, 1.0))))


def training_precision(device: torch.device) -> torch.dtype:
    """bfloat16 where it is faster than float32 (measured on the CPU, assumed on CUDA), else float32."""
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float32
    if device.type != "cpu":
        return torch.float32
    return min((torch.float32, torch.bfloat16), key=_convolution_seconds)


def trim_log(path: Path, step: int) -> None:
    """Drop the rows after `step`, of steps that a resumed run does again, and what is no whole row.

    A log without a row goes.
    """
    if not path.is_file():
        return
    head, *rows = path.read_text("utf-8-sig", "replace").splitlines(keepends=True) or [""]
    kept = [row for row in rows if row.endswith("\n") and _step(row, head.count(",") + 1) <= step]
    if kept:
        path.write_text(head + "".join(kept), "utf-8")
    else:
        path.unlink()


def _step(row: str, columns: int) -> float:
    """The step of a log's row; infinite for what is no row of so many numbers."""
    try:
        values = [float(value) for value in row.split(",")]
    except ValueError:
        return math.inf
    return values[0] if len(values) == columns else math.inf


def append_log(path: Path, progress: Progress) -> None:
    """Add a row to the stage's CSV log."""
    row = {
        "step": progress.step,
        **progress.losses,
        "seconds_per_step": progress.seconds_per_step,
        "waiting": progress.waiting,
    }
    fresh = not path.is_file()
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, list(row))
        if fresh:
            writer.writeheader()
        writer.writerow({k: f"{v:.6g}" for k, v in row.items()})


def _convolution_seconds(precision: torch.dtype) -> float:
    layer = nn.Conv2d(32, 32, 3, padding=1).to(precision).to(memory_format=torch.channels_last)
    x = torch.zeros(4, 32, 96, 96, dtype=precision).contiguous(memory_format=torch.channels_last)
    seconds = math.inf
    with torch.no_grad():
        for _ in range(6):
            started = time.perf_counter()
            layer(x)
            seconds = min(seconds, time.perf_counter() - started)
    return seconds
