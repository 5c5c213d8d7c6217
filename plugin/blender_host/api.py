# SPDX-License-Identifier: GPL-3.0-or-later
"""stfam in Blender as functions; each works under `blender -b`, waits to the end and raises StfamError.

    from stfam.plugin.blender_host import api

    api.open_plate("IMAGE", "plate.1001.exr", window=2)
    api.add_key("roto", [1001], inner=6, outer=10)
    api.matte()
    api.import_result()

The operators of `bpy.ops.stfam` are these functions with properties.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from pathlib import Path

import bpy

from stfam.core.cache import plate_cache
from stfam.core.export_path import next_version, versioned_pattern
from stfam.core.frame_range import FrameRange
from stfam.core.shot import Shot
from stfam.core.worker.environment import worker_surroundings
from stfam.plugin.blender_host import memory, sources
from stfam.plugin.blender_host.host import BlenderHost
from stfam.plugin.blender_host.paths import absolute
from stfam.plugin.blender_host.preferences import preferences
from stfam.plugin.blender_host.runner import current
from stfam.plugin.blender_host.sequences import check_counted
from stfam.plugin.frame_path import matte_files
from stfam.plugin.hooks import OpenShot, worker_of
from stfam.plugin.host.interface import HostError, Placement
from stfam.plugin.host.session import HostSession
from stfam.plugin.shot_job import JobResult


def open_plate(
    kind: str,
    name: str,
    *,
    frames: str = "",
    window: int | None = None,
    matte: str = "",
    device: str = "",
    relink: bool = False,
) -> FrameRange:
    """Open the plate of an image, clip, strip or compositor node in a worker; returns the frames that are open.

    Args:
        kind: IMAGE, CLIP, STRIP or NODE.
        name: of the datablock, strip or node.
        frames: range of the file's own frame numbers; what Blender shows of it where empty.
        window: n, neighbours on each side; as remembered, else 2, where None.
        matte: output pattern; as remembered, else a new version beside the plate's folder, where empty.
        device: auto, cuda, mps or cpu; the preference where empty.
        relink: take the remembered keys over although their plate is gone.

    Raises:
        StfamError: what is missing, in a sentence.
    """
    current.check_idle()
    if kind != "STRIP":
        check_counted(matte)
    wishes, host = preferences(), BlenderHost(kind, name)
    chosen = _chosen(frames, host)
    session = HostSession(host, panel=host, environment=wishes.environment, cache=_cache(wishes.cache, host))
    try:
        shot = session.open(
            window=window,
            device=device or wishes.device,
            frames=chosen,
            matte=absolute(matte) if matte else _new_output(host, relink),
            relink=relink,
        )
        _check_steady(shot)
    except BaseException:
        session.close()
        raise
    current.begin(host, session)
    assert session.plate is not None
    return chosen or session.plate.frames


def remembered(kind: str, name: str) -> Shot | None:
    """What this file remembers of the plate of an image, clip, strip or node; None for nothing."""
    host = BlenderHost(kind, name)
    shot = host.remembered()
    try:
        return shot if shot is not None and shot.plate == host.plate().spec else None
    except HostError:
        return None


def add_key(seed: str, frames: Iterable[int] | str, *, inner: int = 10, outer: int = 10) -> None:
    """Make keyframes of a mask or painted image of this file, as it stands at each of the plate's `frames`.

    Args:
        frames: numbers, or a range as `propagate` and `matte` take it.
        inner, outer: width of the unknown band inside and outside of the edge, in pixels.
    """
    numbers = FrameRange.parse(frames) if isinstance(frames, str) else frames
    current.working().add_keys(seed, numbers, inner=inner, outer=outer)


def add_key_file(path: str, frame: int, *, inner: int = 10, outer: int = 10) -> None:
    """Make a keyframe of a trimap, roto, mask or alpha on disk."""
    current.working().add_key(frame, absolute(path), inner=inner, outer=outer)


def remove_key(frame: int) -> None:
    """Make `frame` an ordinary frame again."""
    current.working().remove_key(frame)


def propagate(frames: str | None = None) -> JobResult:
    """Carry the key trimaps through the plate, to the end."""
    return _run("propagate", frames)


def matte(frames: str | None = None) -> JobResult:
    """Pull and write the mattes, to the end; frames that hold are kept."""
    return _run("matte", frames)


def cancel() -> None:
    """End the job that runs behind Blender's back; its finished frames stay."""
    if current.job is not None:
        current.job.cancel()


def import_result(shot_file: str = "") -> str:
    """Put the mattes into the graph where the plate came from; returns a sentence.

    What the panel saved of the open shot is taken first.

    Args:
        shot_file: a `.stfam` file that was saved elsewhere, instead of the open shot.

    Raises:
        StfamError: no shot is open, the file is of another plate, or there are no mattes yet.
    """
    session = current.required()
    if not shot_file:
        return session.place()
    shot = Shot.load(absolute(shot_file))
    assert current.host is not None and session.plate is not None
    if shot.plate != session.plate.spec:
        raise HostError(f"{shot_file} is a shot of {shot.plate}, and {session.plate.spec} is open.")
    found = matte_files(shot.output.matte, session.plate.frames)
    if not found:
        raise HostError(f"{shot_file} has no mattes yet. Export them in the panel first.")
    return current.host.place(Placement(session.plate, shot, FrameRange.of(found)))


def open_panel() -> int:
    """Open the shot in the panel, as a process of its own that outlives Blender; returns its process id.

    The shot is a file beside the .blend, or in the cache where that was never saved.
    """
    session = current.required()
    plate = session.shot.shot.plate
    folder = Path(bpy.path.abspath("//")) if bpy.data.filepath else plate_cache(plate)
    path = session.give_panel(folder, Path(plate).name.partition(".")[0])
    program = worker_of(preferences().environment)[0]
    return subprocess.Popen([program, "panel", str(path)], env=worker_surroundings(), start_new_session=True).pid


def close() -> None:
    """End the worker."""
    current.close()


def forget(plate: str = "") -> None:
    """Remember no shot of the plate of a path; of none where it is empty."""
    memory.forget(plate)


def _check_steady(shot: OpenShot) -> None:
    if not shot.plate.steady:
        raise HostError(
            f"{shot.shot.plate} is a movie of a variable rate: Blender repeats and drops frames of it, and mattes "
            "would lie beside them. Convert it to a constant rate, or to an image sequence."
        )


def _run(kind: str, frames: str | None) -> JobResult:
    current.check_idle()
    return current.working().run(kind, frames or None)


def _new_output(host: BlenderHost, relink: bool) -> str:
    """A version that no plate of the file is to write, for one that is new to it; empty for what is remembered."""
    plate, shot = host.plate().spec, host.remembered()
    if shot is not None and (relink or shot.plate == plate):
        return ""
    return next_version(versioned_pattern(None, plate), [other.output.matte for other in memory.shots()])


def _chosen(frames: str, host: BlenderHost) -> FrameRange | None:
    """The frames of a text; None where it is empty.

    Raises:
        HostError: none of them is there.
    """
    if not frames:
        return None
    chosen, there = FrameRange.parse(frames), sources.numbers(host.plate().spec)
    if not any(frame in there for frame in chosen):
        raise HostError(f"The plate has frames {there.words}, and none of {chosen.words}.")
    return chosen


def _cache(folder: str, host: BlenderHost) -> str:
    """A folder of this plate in the preferred cache; empty for the user's own."""
    if not folder:
        return ""
    return str(Path(absolute(folder)) / plate_cache(host.plate().spec).name)
