"""Nuke as a `stfam.plugin.host.interface.Host`: one stfam node, its plate and its seed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeVar

import nuke

from stfam.core.frame_range import FrameRange
from stfam.core.plate_pattern import is_movie
from stfam.core.shot import Shot
from stfam.plugin.host.crossing import answer
from stfam.plugin.host.interface import HostError, HostPlate, Placement, Progress, Seed
from stfam.plugin.host.shot_memory import PanelNote, ShotMemory
from stfam.plugin.nuke_host import node as stfam_node
from stfam.plugin.nuke_host import panel_file
from stfam.plugin.nuke_host.baking import render_alpha
from stfam.plugin.nuke_host.lookup import named, of_class
from stfam.plugin.nuke_host.order import SEED_INPUT
from stfam.plugin.nuke_host.reads import plate_name, plate_of

T = TypeVar("T")

ROTO_CLASSES = ("Roto", "RotoPaint", "Bezier")


class NukeHost:
    """Has the full name of an stfam node; the node is looked up each time, as undo replaces it."""

    def __init__(self, node: nuke.Node) -> None:
        self._name = node.fullName()
        self._left = False

    @property
    def name(self) -> str:
        """Nuke and its version."""
        return f"Nuke {nuke.NUKE_VERSION_STRING}"

    @property
    def node(self) -> nuke.Node:
        """The stfam node.

        Raises:
            HostError: it was deleted or renamed, or its script was closed.
        """
        found = None if self._left else named(self._name)
        if found is None or not stfam_node.is_ours(found):
            raise HostError(f"The node {self._name} is gone. Run it under its new name, or make one under Keyer.")
        return found

    def leave(self) -> None:
        """Its script is closed: what runs for the node ends, and no node of the next script is taken for it."""
        self._left = True

    def plate(self) -> HostPlate:
        """What is connected to the node's first input."""
        return plate_of(self.node)

    def seeds(self) -> tuple[Seed, ...]:
        """What is connected to the second input, and every roto of the script."""
        connected = self.node.input(SEED_INPUT)
        nodes = [connected] if connected is not None else []
        names = dict.fromkeys(node.fullName() for node in (*nodes, *of_class(*ROTO_CLASSES)))
        return tuple(Seed(name, "alpha") for name in names)

    def write_seed(self, seed: str, plate: HostPlate, frame: int, folder: Path) -> Path:
        """A node's alpha as it stands where Nuke shows the plate's `frame`."""
        found = named(seed)
        if found is None:
            there = ", ".join(known.name for known in self.seeds()) or "none"
            raise HostError(f"There is no node named '{seed}'; rotos and alphas there are: {there}.", name=seed)
        shown, path = frame + plate.offset, folder / f"seed.{frame:04d}.exr"
        render_alpha(found, self.node.input(0), path.as_posix(), shown)
        if not path.is_file():
            raise HostError(f"Nuke did not write the alpha of {seed}. Is the disk full?")
        return path

    def place(self, placement: Placement) -> str:
        """Into the node itself, in one undo step."""
        node = self.node
        with nuke.Undo("stfam: read the matte"):
            stfam_node.show(node, placement)
        return f"{node.name()} reads the mattes of frames {placement.frames}."

    @contextmanager
    def progress(self, title: str) -> Iterator[Progress]:
        """Nuke's own progress bar with its cancel button; it may be used on any thread."""
        task = nuke.ProgressTask(title)
        try:
            yield _TaskProgress(task, lambda: self._left)
        finally:
            task.setProgress(100)

    def on_main_thread(self, act: Callable[[], T]) -> T:
        """Through Nuke, which swallows what goes wrong: it is carried out and raised here."""
        if threading.current_thread() is threading.main_thread():
            return act()  # Nuke would wait for itself
        asked: Future[T] = Future()
        nuke.executeInMainThreadWithResult(partial(answer, asked, act))
        if not asked.done():
            raise HostError("Nuke did not run it on its main thread. Is it shutting down?")
        return asked.result()

    def remember(self, shot: Shot) -> None:
        """In a hidden knob of the node, without an undo step.

        Raises:
            HostError: another node writes the same mattes, as a copy of this one and one that was begun just now do.
        """
        other = next((node for node in of_class("Group") if self._shares(node, shot)), None)
        if other is not None:
            raise HostError(
                f"{other.fullName()} writes its mattes to {shot.output.matte} too. Name others in the mattes knob."
            )
        self._keep(self._memory().with_shot(shot))

    def remembered(self) -> Shot | None:
        """Of the node: the connected plate's, else the newest; one of another version is left alone."""
        return self._memory().shot(plate_name(self.node))

    def panel_note(self, plate: str) -> PanelNote | None:
        """Of the node; without the file where that is not the node's own, which was copied or is of another script."""
        note = self._memory().note(plate)
        if note is not None and not panel_file.is_of(note.path, self.node, plate):
            return replace(note, path="")
        return note

    def keep_panel_note(self, plate: str, note: PanelNote) -> None:
        """Beside the plate's shot; the file is the node's from now on."""
        if note.path:
            panel_file.claim(note.path, self.node)
        self._keep(self._memory().with_note(plate, note))

    def _shares(self, node: nuke.Node, shot: Shot) -> bool:
        """Whether it is another stfam node, has a plate, and writes any of these mattes."""
        if not stfam_node.is_ours(node) or node.fullName() == self._name or node.input(0) is None:
            return False
        other = stfam_node.memory_of(node).shot(None)
        return other is not None and _same_file(shot.output.matte, other.output.matte) and _overlap(shot, other)

    def _memory(self) -> ShotMemory:
        return stfam_node.memory_of(self.node)

    def _keep(self, text: str) -> None:
        nuke.Undo.disable()
        try:
            self.node[stfam_node.MARK].setValue(text)
        finally:
            nuke.Undo.enable()


def _same_file(one: str, other: str) -> bool:
    """However the folder is spelt."""
    return Path(one).name == Path(other).name and Path(one).parent.resolve() == Path(other).parent.resolve()


def _overlap(one: Shot, other: Shot) -> bool:
    """Whether both are of one frame, or write a movie, which is one file."""
    if is_movie(one.output.matte) or not one.frames or not other.frames:
        return True
    return not set(FrameRange.parse(one.frames)).isdisjoint(FrameRange.parse(other.frames))


class _TaskProgress:
    def __init__(self, task: nuke.ProgressTask, left: Callable[[], bool]) -> None:
        self._task, self._left = task, left

    def show(self, fraction: float, text: str) -> bool:
        self._task.setMessage(text)
        self._task.setProgress(int(fraction * 100))
        return not self._task.isCancelled() and not self._left()
