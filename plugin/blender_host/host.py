# SPDX-License-Identifier: GPL-3.0-or-later
"""Blender as a `stfam.plugin.host.interface.Host`."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import bpy

from stfam.core.frame_range import FrameRange
from stfam.core.plate_pattern import is_movie
from stfam.core.shot import Shot
from stfam.plugin.blender_host import clips, compositor, editors, memory, panel_file, seeds, sequencer, sources
from stfam.plugin.blender_host.paths import check_local
from stfam.plugin.frame_path import exists, frame_path, matte_files
from stfam.plugin.host.crossing import answer
from stfam.plugin.host.interface import HostError, HostPlate, Placement, Progress, Seed
from stfam.plugin.host.shot_memory import PanelNote

T = TypeVar("T")


class BlenderHost:
    """One plate of one scene. Scene, plate and node are looked up by name each time: undo replaces them."""

    def __init__(self, kind: str, source: str, scene: str = "") -> None:
        """Nothing is looked up yet.

        Args:
            kind: where the plate comes from, one of `sources.KINDS`.
            source: name of the image, clip, strip or compositor node.
            scene: its name; the one that the editors of `kind` show where empty.
        """
        self._kind, self._source = kind, source
        self._scene = scene or sources.scene_of(kind, source).name
        self._editor = editors.playback(source, bpy.context) if kind == "IMAGE" else None
        self._calls: queue.SimpleQueue[tuple[Future[Any], Callable[[], Any]]] = queue.SimpleQueue()

    @property
    def name(self) -> str:
        """Blender and its version."""
        return f"Blender {bpy.app.version_string}"

    @property
    def scene(self) -> Any:
        """The scene.

        Raises:
            HostError: it was deleted or renamed.
        """
        found = bpy.data.scenes.get(self._scene)
        if found is None:
            raise HostError(f"The scene {self._scene} is gone. Open the plate again.")
        return found

    def plate(self) -> HostPlate:
        """The plate that the named image, clip, strip or node shows."""
        return sources.plate(self._kind, self._source, self.scene, self._editor)

    def seeds(self) -> tuple[Seed, ...]:
        """Masks and painted images."""
        return seeds.seeds()

    def write_seed(self, seed: str, plate: HostPlate, frame: int, folder: Path) -> Path:
        """A mask as it stands where the scene shows the plate's `frame`, or a painted image."""
        path = folder / f"seed.{frame:04d}.exr"
        canvas = seeds.Canvas(*_size(plate.spec, frame), sources.pixel_aspect(self._kind, self._source, self.scene))
        seeds.write_seed(seed, canvas, frame + self._now(plate).offset, path)
        return path

    def place(self, placement: Placement) -> str:
        """A strip's into the sequencer, a clip's linked to it, and all but a strip's into the compositor.

        They are aligned to the source as it plays now, wherever it was when it was opened.
        """
        with _in_window():
            return self._place(placement)

    def _place(self, placement: Placement) -> str:
        scene = self.scene
        placement = replace(placement, plate=self._now(placement.plate))
        check_local(scene)
        _check_size(placement)
        if self._kind == "STRIP":
            text = f"The strip {sequencer.place(placement, scene)} holds the matte."
        else:
            source = sources.datablock(self._kind, self._source, scene)
            if self._kind == "CLIP":
                check_local(source)
            cyclic = sources.is_cyclic(self._kind, self._source, scene, self._editor)
            text = f"The compositor has the group {compositor.place(placement, source, scene, cyclic=cyclic)}."
            if self._kind == "CLIP":
                text = f"The clip {clips.place(placement, source)} is linked. {text}"
        bpy.ops.ed.undo_push(message="stfam: import the matte")
        lacking = FrameRange.of(set(placement.plate.frames) - set(placement.frames))
        return f"{text} There is no matte of {lacking.words} yet." if lacking.frames else text

    def _now(self, opened: HostPlate) -> HostPlate:
        """A plate that was opened, as its source shows it now: it may have moved since."""
        found = self.plate()
        if found.spec != opened.spec:
            raise HostError(f"{self._source} shows {found.spec} now, and {opened.spec} is open. Open the plate again.")
        return found

    @contextmanager
    def progress(self, title: str) -> Iterator[Progress]:
        """The cursor's progress; Escape is seen by the modal operator, so that it never cancels here."""
        manager = bpy.context.window_manager
        manager.progress_begin(0, 100)
        try:
            yield _CursorProgress(manager)
        finally:
            manager.progress_end()

    def on_main_thread(self, act: Callable[[], T]) -> T:
        """From another thread, by a timer; without a window, where timers do not tick, `pump` has to be called."""
        if threading.current_thread() is threading.main_thread():
            return act()
        result: Future[T] = Future()
        self._calls.put((result, act))
        if not bpy.app.background:
            bpy.app.timers.register(self.pump)
        return result.result()

    def pump(self) -> None:
        """Do what other threads asked for; on the main thread."""
        while True:
            try:
                result, act = self._calls.get(False)
            except queue.Empty:
                return
            answer(result, act)

    def remember(self, shot: Shot) -> None:
        """In the scene.

        Raises:
            HostError: another plate of the file writes the same mattes.
        """
        scene = self.scene
        other = next((other for other in memory.shots() if _writes_over(shot, other)), None)
        if other is not None:
            raise HostError(
                f"The plate {other.plate} has its mattes in {shot.output.matte} too. Open this one with another output."
            )
        memory.keep(scene, memory.memory(scene).with_shot(shot))

    def remembered(self) -> Shot | None:
        """Of the scene: this plate's, else the newest."""
        try:
            spec = self.plate().spec
        except HostError:
            spec = None
        return memory.memory(self.scene).shot(spec)

    def panel_note(self, plate: str) -> PanelNote | None:
        """Of the scene; without the file where that is another scene's or another .blend's, of which this is a copy."""
        scene = self.scene
        note = memory.memory(scene).note(plate)
        if note is not None and note.path and not panel_file.is_of(note.path, scene, plate):
            return replace(note, path="")
        return note

    def keep_panel_note(self, plate: str, note: PanelNote) -> None:
        """Beside the plate's shot; the file is the scene's from now on."""
        scene = self.scene
        if note.path:
            panel_file.claim(note.path, scene)
        memory.keep(scene, memory.memory(scene).with_note(plate, note))


def _writes_over(shot: Shot, other: Shot) -> bool:
    """Whether another plate, which is still there, has any of the same mattes."""
    if other.plate == shot.plate or other.output.matte != shot.output.matte or not exists(other.plate):
        return False
    both = [FrameRange.parse(of.frames).frames for of in (shot, other) if of.frames]
    return is_movie(shot.output.matte) or len(both) < 2 or not set(both[0]).isdisjoint(both[1])


def _in_window() -> Any:
    """A context with a window, which Blender's own operators ask for; handlers and timers are called without."""
    windows = bpy.context.window_manager.windows
    return nullcontext() if bpy.context.window or not windows else bpy.context.temp_override(window=windows[0])


class _CursorProgress:
    def __init__(self, manager: Any) -> None:
        self._manager = manager

    def show(self, fraction: float, text: str) -> bool:
        self._manager.progress_update(int(fraction * 100))
        return True


def _check_size(placement: Placement) -> None:
    """Raise for mattes that would lie beside their plate, of whose EXRs Blender shows the data window alone."""
    of_plate, of_mattes = placement.plate.spec, placement.shot.output.matte
    for frame in list(matte_files(of_mattes, matte_files(of_plate, placement.frames)))[:1]:
        plate, matte = _size(of_plate, frame), _size(of_mattes, frame)
        if plate != matte:
            found, wanted = ("{}x{}".format(*size) for size in (matte, plate))
            raise HostError(
                f"The mattes have {found} pixels, and Blender shows {wanted} of the plate: of an EXR it knows the data "
                "window alone. Write them as name.####.exr, which has the plate's own."
            )


def _size(spec: str, frame: int) -> tuple[int, int]:
    """Width and height of a plate or matte as Blender reads it."""
    path = frame_path(spec, frame)
    size = _size_in(bpy.data.images, path)
    return size if all(size) else _size_in(bpy.data.movieclips, path)  # an image of layers says none


def _size_in(collection: Any, path: str) -> tuple[int, int]:
    try:
        loaded = collection.load(path, check_existing=False)
    except RuntimeError as error:
        raise HostError(f"Blender cannot read {path}. Put the plate back, or open it again.") from error
    try:
        return int(loaded.size[0]), int(loaded.size[1])
    finally:
        collection.remove(loaded)
