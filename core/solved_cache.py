"""What the panel has solved of a plate: unrefined alphas and propagated trimaps, in the plate's cache.

They are written by `render` itself, as the output of a shot whose refinement is neutral, and carry its hashes. A render
of the same shot to another place takes them from here instead of computing them again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from stfam.core.media.frame_meta import FloatImage, to_canvas
from stfam.core.media.image_file import read_image
from stfam.core.media.pattern import FramePattern
from stfam.core.media.readback import recorded
from stfam.core.settings_hash import MatteHashes
from stfam.core.shot import Output, Refinement, Shot


def solved_output(cache: Path) -> Output:
    """Where the results of a plate's cache lie."""
    folder = cache / "solved"
    return Output(str(folder / "alpha.####.exr"), trimaps=str(folder / "trimap.####.png"))


def preview_shot(shot: Shot, cache: Path) -> Shot:
    """The shot whose output is the cache: unrefined alphas, and the trimap of every frame."""
    return replace(shot, refinement=Refinement(), output=solved_output(cache))


@dataclass(frozen=True)
class SolvedCache:
    """The results that hold for one state of a shot."""

    output: Output
    """Of `solved_output`."""
    hashes: MatteHashes
    """Of the preview shot."""

    @classmethod
    def of(cls, cache: Path, hashes: MatteHashes) -> SolvedCache:
        """The results for the state that `hashes` stand for, whatever its refinement and output are."""
        output = solved_output(cache)
        return cls(output, replace(hashes, refinement=Refinement(), output=output))

    def alpha_path(self, frame: int) -> Path:
        """Where a frame's unrefined alpha lies."""
        return FramePattern.parse(self.output.matte).path(frame)

    def trimap_path(self, frame: int) -> Path:
        """Where a frame's propagated trimap lies."""
        return FramePattern.parse(str(self.output.trimaps)).path(frame)

    def has_alpha(self, frame: int) -> bool:
        """Whether a frame's alpha is there and computed from this state."""
        path = self.alpha_path(frame)
        return path.is_file() and recorded(path) == self.hashes.matte(frame)

    def has_trimap(self, frame: int) -> bool:
        """Whether a frame's trimap is there and computed from this state."""
        path = self.trimap_path(frame)
        return path.is_file() and recorded(path) == self.hashes.trimaps[frame]

    def alpha(self, frame: int) -> FloatImage:
        """A frame's unrefined alpha (H, W).

        Raises:
            InputError: it is missing or unreadable.
        """
        return read_alpha(self.alpha_path(frame))

    def trimap(self, frame: int) -> npt.NDArray[np.uint8]:
        """A frame's trimap (H, W).

        Raises:
            InputError: it is missing or unreadable.
        """
        return read_labels(self.trimap_path(frame))


def read_alpha(path: Path) -> FloatImage:
    """The alpha (H, W) of a matte file on its display window.

    Raises:
        InputError: it is missing or unreadable.
    """
    file = read_image(path, alpha=True)
    return np.ascontiguousarray(to_canvas(file.pixels, file.meta)[..., 0])


def read_labels(path: Path) -> npt.NDArray[np.uint8]:
    """The values (H, W) of an 8-bit trimap file, unchecked.

    Raises:
        InputError: it is missing or unreadable.
    """
    return np.rint(read_image(path).pixels[..., 0] * 255).astype(np.uint8)
