"""What the client may ask of the worker, and what the worker says unasked (standard library only).

Each request is a frozen dataclass whose class attribute `method` is its name on the wire. docs/worker-protocol.md
describes the results.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias, get_args


@dataclass(frozen=True)
class Hello:
    """First request: the protocol version that the client speaks."""

    method: ClassVar[str] = "hello"
    protocol: int
    client: str = ""


@dataclass(frozen=True)
class Open:
    """Open a shot, which replaces the one that was open.

    Attributes:
        shot: the project file's JSON object.
        folder: what relative paths in it stand in; absolute paths need none.
        cache: the shot's cache folder; made where it is missing.
    """

    method: ClassVar[str] = "open"
    shot: dict[str, Any]
    cache: str
    folder: str = ""


@dataclass(frozen=True)
class Configure:
    """Replace the open shot's keys, settings, refinement and output; the plate stays."""

    method: ClassVar[str] = "configure"
    shot: dict[str, Any]
    folder: str = ""


@dataclass(frozen=True)
class SetKey:
    """Make `frame` a keyframe with the trimap file `trimap`, or replace its trimap."""

    method: ClassVar[str] = "set_key"
    frame: int
    trimap: str


@dataclass(frozen=True)
class RemoveKey:
    """Make `frame` an ordinary frame again."""

    method: ClassVar[str] = "remove_key"
    frame: int


@dataclass(frozen=True)
class Status:
    """The state of every frame: propagated and matted, stale or missing."""

    method: ClassVar[str] = "status"


@dataclass(frozen=True)
class Frame:
    """A display-ready picture of one frame.

    Attributes:
        layer: plate, trimap, alpha, foreground, comp or edge.
        level: 0 is full size, each next level half of it.
        background: what comp lies over: "checker", "#rrggbb", or a plate.
    """

    method: ClassVar[str] = "frame"
    frame: int
    layer: str = "plate"
    level: int = 0
    background: str = "checker"


@dataclass(frozen=True)
class Pixel:
    """The values at one pixel: plate as in the file, trimap and alpha."""

    method: ClassVar[str] = "pixel"
    frame: int
    x: int
    y: int


@dataclass(frozen=True)
class TrimapFrom:
    """A trimap from a roto, mask, alpha or finished trimap file; inner and outer in pixels.

    Attributes:
        frame: of the plate; an image of a data window's size lies in that of this frame, or of the first without it.
    """

    method: ClassVar[str] = "trimap_from"
    source: str
    inner: int = 10
    outer: int = 10
    frame: int | None = None


@dataclass(frozen=True)
class AdjustTrimap:
    """Grow (pixels above 0) or shrink (below 0) the unknown band of a trimap file."""

    method: ClassVar[str] = "adjust_trimap"
    trimap: str
    grow: int


@dataclass(frozen=True)
class Propagate:
    """A job: carry the key trimaps to `frames`, those near the playhead first."""

    method: ClassVar[str] = "propagate"
    frames: str


@dataclass(frozen=True)
class Matte:
    """A job: pull the mattes of `frames`, near the playhead first, propagating where trimaps are missing or stale.

    Attributes:
        preview: first show the playhead's frame at proxy size.
    """

    method: ClassVar[str] = "matte"
    frames: str
    preview: bool = True


@dataclass(frozen=True)
class Export:
    """A job: write the shot's output for `frames`; finished frames of the cache are not computed again."""

    method: ClassVar[str] = "export"
    frames: str
    overwrite: bool = False


@dataclass(frozen=True)
class Estimate:
    """Seconds and bytes that matting `frames` will take."""

    method: ClassVar[str] = "estimate"
    frames: str


@dataclass(frozen=True)
class Playhead:
    """Where the artist is: jobs in progress take the frames near it first."""

    method: ClassVar[str] = "playhead"
    frame: int


@dataclass(frozen=True)
class Warm:
    """Load the weights now, so that the first matte does not wait for them."""

    method: ClassVar[str] = "warm"


@dataclass(frozen=True)
class Cancel:
    """Stop a job within one frame; its own response then carries the error Cancelled."""

    method: ClassVar[str] = "cancel"
    job: int


@dataclass(frozen=True)
class Shutdown:
    """End the worker; running jobs are cancelled."""

    method: ClassVar[str] = "shutdown"


Request: TypeAlias = (
    Hello | Open | Configure | SetKey | RemoveKey | Status | Frame | Pixel | TrimapFrom | AdjustTrimap | Propagate
    | Matte | Export | Estimate | Playhead | Warm | Cancel | Shutdown
)  # fmt: skip

REQUESTS: dict[str, type[Request]] = {cls.method: cls for cls in get_args(Request)}
"""By their names on the wire."""

LAYERS = ("plate", "trimap", "alpha", "foreground", "comp", "edge")
"""The pictures that `Frame` hands out."""

EVENTS = ("progress", "frame_done", "frame_failed", "device", "warning")
"""What the worker says unasked; docs/worker-protocol.md describes their fields."""
