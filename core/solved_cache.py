"""What the panel has solved of a plate: unrefined alphas and propagated trimaps, in the plate's cache.

They are written by `render` itself, as the output of a shot whose refinement is neutral, and carry its hashes. A render
of the same shot to another place takes them from here instead of computing them again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from stfam.core.errors import InputError
from stfam.core.media.frame_meta import FloatImage, to_canvas
from stfam.core.media.image_file import ImageFile, read_image
from stfam.core.media.pattern import FramePattern
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

    def alpha(self, frame: int) -> FloatImage:
        """A frame's unrefined alpha (H, W).

        Raises:
            InputError: it is missing, unreadable or not computed from this state.
        """
        return read_alpha(FramePattern.parse(self.output.matte).path(frame), self.hashes.matte(frame))

    def trimap(self, frame: int) -> npt.NDArray[np.uint8]:
        """A frame's propagated trimap (H, W).

        Raises:
            InputError: it is missing, unreadable or not computed from this state.
        """
        return read_labels(FramePattern.parse(str(self.output.trimaps)).path(frame), self.hashes.trimaps[frame])


def read_alpha(path: Path, record: str | None = None) -> FloatImage:
    """The alpha (H, W) of a matte file on its display window.

    Args:
        path: of the file, which another run may be replacing.
        record: hash of what it has to be made of; None: of anything.

    Raises:
        InputError: it is missing or unreadable, or made of something else.
    """
    file = _read(path, record, alpha=True)
    return np.ascontiguousarray(to_canvas(file.pixels, file.meta)[..., 0])


def read_labels(path: Path, record: str | None = None) -> npt.NDArray[np.uint8]:
    """The values (H, W) of an 8-bit trimap file, unchecked.

    Args:
        path: of the file, which another run may be replacing.
        record: hash of what it has to be made of; None: of anything.

    Raises:
        InputError: it is missing or unreadable, or made of something else.
    """
    return np.rint(_read(path, record).pixels[..., 0] * 255).astype(np.uint8)


def _read(path: Path, record: str | None, *, alpha: bool = False) -> ImageFile:
    """An image and its hash in one look: what is asked of a file before it is read holds of the one before, maybe."""
    file = read_image(path, alpha=alpha)
    if record is not None and file.record != record:
        raise InputError(f"{path} was made of something else than this run works with.", path=str(path))
    return file
