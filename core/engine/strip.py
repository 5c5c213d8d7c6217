"""The frames of a run as they come in, at proxy size: which of them show the background that one of them hides.

Each frame is seen from its own view, and the frames beside it from there too. So the background's motion is known from
frame to frame, and is found once, whichever frames it is followed for.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field

from stfam.core.engine.borrow import Seen, background_motion, borrowed_backdrop
from stfam.core.engine.keyframe_spans import Lending, lenders
from stfam.core.engine.matte_input import MatteInput
from stfam.core.engine.steady import proxy_flow, same_image
from stfam.core.engine.views import unknown_view
from stfam.core.media.frame_meta import FloatImage
from stfam.core.network.backdrop import Backdrop
from stfam.core.network.box import Box


@dataclass(eq=False)
class Vantage:
    """A frame, and the frames beside it as they are seen from its view."""

    frame: int
    view: Box
    seen: Seen
    lending: Lending
    beside: dict[int, Seen] = field(default_factory=dict)
    """The frames of its window, by how many frames they are before (-) or after it, where they could be read."""
    held: bool = False
    """Whether one of the two next to it is the same picture. A held frame borrows nothing: the frames of a hold have
    other lenders, and are to be equal."""
    _flows: dict[int, FloatImage] = field(default_factory=dict, repr=False)
    _motions: dict[int, FloatImage | None] = field(default_factory=dict, repr=False)
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    def flow_to(self, other: Seen) -> FloatImage:
        """Optical flow (h, w, 2) to another frame that is seen from the same view; kept for those beside."""
        step = next((step for step in (-1, 1) if self.beside.get(step) is other), None)
        if step is None:
            return proxy_flow(self.seen, other)
        with self._lock:
            if step not in self._flows:
                self._flows[step] = proxy_flow(self.seen, other)
            return self._flows[step]

    def forget_flows(self) -> None:
        """Once the frame is steadied and has borrowed."""
        with self._lock:
            self._flows.clear()

    def background_motion(self, step: int) -> FloatImage | None:
        """As `borrow.Lender` says; found once."""
        with self._lock:
            if step not in self._motions:
                other = self.beside[step]
                self._motions[step] = background_motion(self.seen, other, self.flow_to(other))
            return self._motions[step]


@dataclass(frozen=True)
class Surroundings:
    """A frame with those that may show its background, the nearest first."""

    centre: Vantage
    before: tuple[Vantage, ...]
    after: tuple[Vantage, ...]

    def backdrop(self) -> Backdrop | None:
        """What they show, at proxy size; None where that is nothing."""
        return None if self.centre.held else borrowed_backdrop(self.centre, self.before, self.after)


class Strip:
    """Frames that lend to each other and borrow, in order.

    Args:
        reach: n of the window; a frame borrows from `keyframe_spans.lenders` of it on each side.
        kept: frames to remember, all of them when None.
    """

    def __init__(self, reach: int, kept: int | None = None) -> None:
        self._lenders = lenders(reach)
        self._vantages: deque[Vantage | None] = deque(maxlen=kept)
        self._recent: deque[MatteInput | None] = deque(maxlen=reach)
        """The newest inputs; a window's frames are seen from each other's views."""

    def add(self, given: MatteInput) -> None:
        """The next frame of the run; one without a picture, or that could not be read, parts those on its sides."""
        if given.image is None or given.trimap is None:
            self._vantages.append(None)
            self._recent.append(None)
            return
        view = unknown_view(given.trimap)
        vantage = Vantage(given.frame, view, given.picture(view).seen, given.lending)
        for far, (other, its) in enumerate(zip(reversed(self._recent), reversed(self._vantages)), 1):
            if other is not None and its is not None:
                vantage.beside[-far], its.beside[far] = other.picture(view).seen, given.picture(its.view).seen
                if far == 1 and _same_picture(other, given):
                    vantage.held = its.held = True
        self._vantages.append(vantage)
        self._recent.append(given)

    def vantage(self, frame: int) -> Vantage | None:
        """That of a frame; None where it has no picture."""
        return next((vantage for vantage in self._vantages if vantage is not None and vantage.frame == frame), None)

    def surroundings(self, frame: int) -> Surroundings | None:
        """A frame with those that may lend to it, of the frames that are there by now; None where it has no picture."""
        centre, vantages = self.vantage(frame), list(self._vantages)
        if centre is None:
            return None
        at = vantages.index(centre)
        before = _lending(centre, vantages[max(0, at - self._lenders) : at][::-1])
        return Surroundings(centre, before, _lending(centre, vantages[at + 1 : at + 1 + self._lenders]))


def _lending(centre: Vantage, others: list[Vantage | None]) -> tuple[Vantage, ...]:
    """The frames from the nearest on that may lend, up to the first that may not."""
    lending: list[Vantage] = []
    for other in others:
        if other is None or not centre.lending.allows(other.frame):
            break
        lending.append(other)
    return tuple(lending)


def _same_picture(one: MatteInput, other: MatteInput) -> bool:
    return one.image is not None and other.image is not None and same_image(one.image, other.image)
