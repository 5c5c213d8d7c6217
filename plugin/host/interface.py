"""What every host has to offer: a plate, seeds for trimaps, a place in the graph, and a memory for the shot.

Adapters translate and decide nothing: host -> these dataclasses -> worker -> host. One compliance suite runs against
each of them (tests/plugin/host/host_compliance.py).
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from stfam.core.errors import StfamError
from stfam.core.frame_range import FrameRange
from stfam.core.plate_pattern import is_movie
from stfam.core.shot import Shot

T = TypeVar("T")


class HostError(StfamError):
    """The host has nothing that fits the request; the sentence says what to select or change."""

    exit_status = 3


class PlateMovedError(HostError):
    """The plate that the host's file remembers is not there any more."""

    def __init__(self, plate: str) -> None:
        text = f"The plate {plate} is not there any more. Put it back, or relink the shot to it."
        super().__init__(text, plate=plate)


@dataclass(frozen=True)
class HostPlate:
    """What is to be matted.

    Attributes:
        spec: absolute path of a movie or pattern of a sequence (`name.####.exr`), with forward slashes.
        frames: the file's own frame numbers that the host uses of it.
        source: what it is called in the host: a node, an image, a clip or a strip.
        offset: the host's frame minus the file's frame number; where the source plays at another place.
        colorspace: a name that OpenColorIO knows; None where the file's own is right.
        baked: the host wrote the plate because its graph changes what the file holds.
    """

    spec: str
    frames: FrameRange
    source: str
    offset: int = 0
    colorspace: str | None = None
    baked: bool = False


@dataclass(frozen=True)
class Seed:
    """Something in the host that a trimap can be made from: a roto, a mask, an image or an alpha channel."""

    name: str
    kind: str
    """mask, image or alpha."""


@dataclass(frozen=True)
class Placement:
    """What is to be put into the graph: the mattes of a plate.

    Attributes:
        plate: what was matted.
        shot: how; `shot.output` names the files, with `####` for the plate's frame numbers, or a movie.
        frames: the plate's frames whose mattes exist; without gaps where they are in a movie.
    """

    plate: HostPlate
    shot: Shot
    frames: FrameRange

    def in_files(self, pattern: str) -> tuple[FrameRange, int]:
        """The numbers of these frames in the files of a pass, and the host's frame minus these; a movie begins at 1."""
        lead = self.frames.frames[0] - 1 if is_movie(pattern) else 0
        return FrameRange.of(frame - lead for frame in self.frames), self.plate.offset + lead


class Progress(Protocol):
    """The host's own progress display."""

    def show(self, fraction: float, text: str) -> bool:
        """Show how far it is, 0 to 1; False once the artist has cancelled."""


class Host(Protocol):
    """One host, on its main thread unless said otherwise."""

    @property
    def name(self) -> str:
        """The host and its version, such as "Blender 5.0.1"."""

    def plate(self) -> HostPlate:
        """The selected plate; baked first where the graph changed it.

        Raises:
            HostError: nothing that can be a plate is selected.
        """

    def seeds(self) -> tuple[Seed, ...]:
        """What a trimap can be made from."""

    def write_seed(self, seed: str, plate: HostPlate, frame: int, folder: Path) -> Path:
        """Write a seed as it stands at the plate's frame `frame` to an image file in `folder`; returns its path.

        Raises:
            HostError: there is no such seed, or it cannot be written.
        """

    def place(self, placement: Placement) -> str:
        """Put mattes into the graph in one undo step and return a sentence that says what is there now.

        Again for the same plate, what is there is updated and nothing is doubled.

        Raises:
            HostError: the source of the plate is gone.
        """

    def progress(self, title: str) -> AbstractContextManager[Progress]:
        """The host's progress display while the block runs."""

    def on_main_thread(self, act: Callable[[], T]) -> T:
        """Run `act` on the main thread, from any thread, and return or raise what it does."""

    def remember(self, shot: Shot) -> None:
        """Keep the shot in the host's file.

        Raises:
            HostError: what the shot was opened for is gone, or something else in the file writes the same mattes.
        """

    def remembered(self) -> Shot | None:
        """The shot that the host's file keeps; None for none."""
