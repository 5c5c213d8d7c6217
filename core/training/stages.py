"""The stages of training, declared as data. Each starts from the weights that the one before it left."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Stage:
    """One stage: which network, on what samples, with which losses."""

    name: str
    kind: str
    """Network that is trained: matting or propagation."""
    window: int
    """n of the matting network; unused by propagation."""
    frames: int
    """Frames of a sample."""
    around: int
    """Frames more at each end of a clip, which steady a matting stage's samples and show their background."""
    batch: int
    size: int
    """Side of a sample's whole frame, pixels."""
    tile: int
    """Side of the full-resolution tile inside it, a multiple of 16."""
    steps: int
    learning_rate: float
    terms: tuple[str, ...] = ("alpha", "square", "blocks", "composition", "gradient", "kl")
    relative: bool = False
    """Whether a matting clip's errors count by their share of the clip's own error (`steps.relative_weights`)."""
    echo: int = 1
    """Steps that read each clip."""
    encoder_rate: float = 0.0
    """Learning rate of the encoder over that of all else; 0 leaves it frozen."""
    frozen: tuple[str, ...] = ()
    """Parts of the network that stay as the stage before left them."""
    clamped: int = 0
    """Frames at each end of a clip that are matted in windows that its ends clamp, as a plate's ends do."""
    propagated: float = 0.0
    """Share of the clips whose trimaps are carried from one key by the propagation network, as a render's are."""

    @property
    def fewest_frames(self) -> int:
        """Frames of the shortest sample: a window; a key, a frame that follows it, and maybe a key at the end."""
        return 3 if self.kind == "propagation" else 2 * self.window + 1

    def checkpoint(self, folder: Path) -> Path:
        """Where its state lies."""
        return folder / f"{self.name}.safetensors"

    def weights(self, folder: Path) -> Path:
        """Where a run in `folder` keeps its averaged weights."""
        return folder / f"{self.name}-{self.kind}.safetensors"


STAGES: dict[str, Stage] = {
    stage.name: stage
    for stage in (
        Stage(
            "single",
            "matting",
            window=0,
            frames=1,
            around=2,
            batch=8,
            size=256,
            tile=192,
            steps=40_000,
            learning_rate=1e-3,
            relative=True,
            echo=4,
        ),
        Stage(
            "temporal",
            "matting",
            window=2,
            frames=6,
            around=0,
            batch=2,
            size=256,
            tile=192,
            steps=20_000,
            learning_rate=5e-4,
            terms=("alpha", "square", "blocks", "composition", "gradient", "kl", "temporal"),
            relative=True,
            echo=2,
            frozen=("context_network", "reductions"),
        ),
        Stage(
            "joint",
            "matting",
            window=2,
            frames=6,
            around=0,
            batch=2,
            size=256,
            tile=192,
            steps=8_000,
            learning_rate=2e-4,
            terms=("alpha", "square", "blocks", "composition", "gradient", "kl", "temporal"),
            relative=True,
            echo=2,
            clamped=1,
            propagated=0.7,
        ),
        Stage(
            "propagation",
            "propagation",
            window=0,
            frames=8,
            around=0,
            batch=2,
            size=256,
            tile=256,
            steps=20_000,
            learning_rate=1e-3,
            terms=("segmentation",),
        ),
    )
}
