"""What Nuke has to render: a plate that its graph changed, an alpha as a seed, the artist's own Write."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import nuke

from stfam.core.cache import bake_folder, bakes_folder
from stfam.core.errors import Cancelled
from stfam.core.frame_range import FrameRange
from stfam.plugin.host.interface import HostError, HostPlate
from stfam.plugin.nuke_host.colorspaces import working_space
from stfam.plugin.nuke_host.lookup import file_stem, named
from stfam.plugin.nuke_host.paths import nuke_pattern

UNSAVED = "Root"
"""What Nuke calls a script that has no file yet."""


UNSAVED_SECONDS = 14 * 24 * 3600
"""How long the frames of such a script's bakes are kept."""


def bake(upstream: nuke.Node, name: str, shown: tuple[int, int] | None = None) -> HostPlate:
    """Render what the graph makes of the plate to half-float EXR, raw, at full size, with the format's pixel aspect.

    Args:
        upstream: is rendered.
        name: full name of the stfam node; each has its own folder, whose older frames go.
        shown: first and last frame; those of its own range where None.

    Raises:
        HostError: the graph cannot be rendered; the sentence holds Nuke's reason. Cancelled: the artist stopped it.
    """
    first, last = shown or (upstream.firstFrame(), upstream.lastFrame())
    pattern, colorspace = bake_pattern(name), working_space()
    _sweep()
    for old in Path(pattern).parent.glob("plate.*.exr"):
        old.unlink()
    render(upstream, nuke_pattern(pattern), "rgb", first, last)
    return HostPlate(
        pattern,
        FrameRange.of(range(first, last + 1)),
        upstream.name(),
        colorspace=colorspace,
        baked=True,
    )


def _sweep() -> None:
    """Take away what was baked long ago for scripts that were never saved: nobody bakes into those folders again."""
    for frame in bakes_folder().glob("untitled-*/*/plate/plate.*.exr"):
        if re.fullmatch(r"untitled-\d+-[0-9a-f]+", frame.parents[2].name):
            with suppress(OSError):  # another Nuke takes it away too
                if time.time() - frame.stat().st_mtime > UNSAVED_SECONDS:
                    frame.unlink()


def bake_pattern(name: str) -> str:
    """Where the plate of the stfam node of that full name is baked to."""
    return (bake_folder(script_name(), file_stem(name)) / "plate" / "plate.####.exr").as_posix()


def script_name() -> str:
    """The open script's file; another name in each session where it has none yet."""
    script = nuke.root().name()
    return f"untitled-{os.getpid()}" if script == UNSAVED else str(script)


def render_alpha(upstream: nuke.Node, plate: nuke.Node | None, file: str, frame: int) -> None:
    """Write a node's alpha at a frame, in the plate's format: a Roto of its own has the project's.

    Args:
        upstream: whose alpha is written.
        plate: lies under it, aligned as Nuke aligns formats; None, or one of another group, leaves the alpha's own.
        file: path of the EXR.
        frame: of Nuke.

    Raises:
        HostError: it failed. Cancelled: the artist stopped it.
    """
    if plate is None or plate.parent().fullName() != upstream.parent().fullName():
        render(upstream, file, "rgba", frame, frame)
        return
    with _untouched_script(), upstream.parent():
        copy = nuke.nodes.Copy(inputs=[plate, upstream])
        try:
            copy["from0"].setValue("rgba.alpha")
            copy["to0"].setValue("rgba.alpha")
            render(copy, file, "rgba", frame, frame)
        finally:
            nuke.delete(copy)


def render(upstream: nuke.Node, file: str, channels: str, first: int, last: int) -> None:
    """Write frames of a node by a temporary Write that leaves neither a node nor an undo step behind.

    Of the project's first view alone: those of a stereo project would be written over each other.

    Raises:
        HostError: it failed. Cancelled: the artist stopped it.
    """
    with _untouched_script(), upstream.parent():
        write = nuke.nodes.Write(inputs=[upstream])
        try:
            for knob, value in (
                ("file", file), ("file_type", "exr"), ("datatype", "16 bit half"), ("raw", True),
                ("channels", channels), ("create_directories", True),
            ):  # fmt: skip
                write[knob].setValue(value)
            _execute(write, upstream.name(), first, last, nuke.views()[:1])
        finally:
            nuke.delete(write)


def writer(name: str) -> nuke.Node:
    """One of the artist's own Writes.

    Raises:
        HostError: there is none of that name.
    """
    found = named(name)
    if found is None or found.Class() != "Write":
        raise HostError(f"The script has no Write named {name}.")
    return found


def render_write(write: nuke.Node) -> None:
    """Render one of the artist's own Writes over its own range, or the script's.

    Raises:
        HostError: it failed. Cancelled: the artist stopped it.
    """
    of = write if write["use_limit"].value() else nuke.root()
    first, last = ("first", "last") if of is write else ("first_frame", "last_frame")
    _execute(write, write.name(), int(of[first].value()), int(of[last].value()), nuke.views())


@contextmanager
def _untouched_script() -> Iterator[None]:
    """Without undo steps, and at full size whatever the proxy mode is; one within another adds nothing."""
    if nuke.Undo.disabled():
        yield
        return
    proxy = nuke.root()["proxy"]
    was = bool(proxy.value())
    nuke.Undo.disable()
    try:
        proxy.setValue(False)
        yield
    finally:
        proxy.setValue(was)
        nuke.Undo.enable()


def _execute(write: nuke.Node, what: str, first: int, last: int, views: list[str]) -> None:
    try:
        nuke.execute(write, first, last, 1, views)
    except nuke.CancelledError as error:
        raise Cancelled(f"Rendering {what} was cancelled.") from error
    except RuntimeError as error:
        if "cancel" in str(error).lower():
            raise Cancelled(f"Rendering {what} was cancelled.") from error
        raise HostError(f"{what} could not be rendered: {error}.") from error
