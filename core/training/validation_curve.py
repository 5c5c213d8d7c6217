"""How a stage does on validation clips while it trains: a log, its curve, and the best weights so far."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from stfam.core.evaluation.benchmark import evaluate_matting
from stfam.core.evaluation.predictions import propagate_clip
from stfam.core.network.matting import MattingNetwork
from stfam.core.network.propagation import PropagationNetwork
from stfam.core.network.weights import save_weights
from stfam.core.training.sheet import plot_log
from stfam.core.training.stages import Stage
from stfam.core.training.synthesis.validation import MATTING, PROPAGATION, ValidationClip
from stfam.core.whole_file import written_whole

DECISIVE = {"matting": "MSE", "propagation": "missed"}
"""The measure, smaller is better, whose least value marks the best weights."""


def one_of_each_kind(clips: Sequence[ValidationClip], purpose: str) -> list[ValidationClip]:
    """The first clip of every kind of matte, of those with a purpose: few enough to look at often."""
    chosen: dict[str, ValidationClip] = {}
    for clip in clips:
        if clip.purpose == purpose:
            chosen.setdefault(clip.kind, clip)
    return list(chosen.values())


def purpose_of(stage: Stage) -> str:
    """The purpose of the clips that a stage is measured on."""
    return PROPAGATION if stage.kind == "propagation" else MATTING


def missed_overlap(network: PropagationNetwork, clips: Sequence[ValidationClip]) -> float:
    """One minus the mean overlap (IoU) of the unknown region with the true one, over the frames after each key."""
    device = next(network.parameters()).device
    overlaps = []
    for clip in clips:
        carried = propagate_clip(network, clip.images, clip.trimaps[0], device=device)
        for found, truth in zip(carried[1:] == 128, clip.trimaps[1:] == 128):
            overlaps.append((found & truth).sum() / max(1, (found | truth).sum()))
    return float(1 - np.mean(overlaps))


@dataclass(frozen=True)
class ValidationCurve:
    """Has a stage's clips and what was measured on them, in its folder."""

    stage: Stage
    folder: Path
    clips: Sequence[ValidationClip]

    @property
    def log(self) -> Path:
        """A row every time it is looked at."""
        return self.folder / f"{self.stage.name}-validation.csv"

    @property
    def best(self) -> Path:
        """The weights that did best."""
        return self.folder / f"{self.stage.name}-best-{self.stage.kind}.safetensors"

    def look(self, step: int, network: MattingNetwork | PropagationNetwork) -> dict[str, float]:
        """Measure averaged weights, note it, and keep them where they are the best so far.

        Args:
            step: that they were averaged at; rows of later steps, of a run that was resumed before them, are dropped.
            network: with those weights.
        """
        network.eval()
        if isinstance(network, MattingNetwork):
            scores = evaluate_matting(network, self.clips)
        else:
            scores = {DECISIVE["propagation"]: missed_overlap(network, self.clips)}
        decisive = DECISIVE[self.stage.kind]
        earlier = [row for row in self._rows() if row["step"] < step]
        if all(scores[decisive] < row[decisive] for row in earlier):
            save_weights(network, self.best, kind=self.stage.kind)
        self._write([*earlier, {"step": step, **scores}])
        plot_log(self.log, self.folder / f"{self.stage.name}-validation.png")
        return scores

    def _rows(self) -> list[dict[str, float]]:
        if not self.log.is_file():
            return []
        with self.log.open(newline="") as file:
            return [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]

    def _write(self, rows: Sequence[dict[str, float]]) -> None:
        with written_whole(self.log) as temporary, temporary.open("w", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows({name: f"{value:.9g}" for name, value in row.items()} for row in rows)
