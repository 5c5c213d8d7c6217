"""What the buttons of the stfam node do: on a thread while Nuke goes on; in a terminal, to the end."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import nuke

from stfam.core.cache import plate_cache
from stfam.core.errors import StfamError
from stfam.core.export_path import next_version
from stfam.core.frame_range import FrameRange
from stfam.core.shot import Settings
from stfam.core.worker.environment import worker_command
from stfam.plugin.host.session import HostSession
from stfam.plugin.nuke_host import node as stfam_node
from stfam.plugin.nuke_host.host import SEED_INPUT, NukeHost


def run(node: nuke.Node) -> None:
    """Keys from the seed, mattes, and the mattes into the node."""
    _work(node, "matte", then_place=True)


def propagate(node: nuke.Node) -> None:
    """Keys from the seed, and their trimaps through the range."""
    _work(node, "propagate", then_place=False)


def matte(node: nuke.Node) -> None:
    """The same as Run without reading the mattes in."""
    _work(node, "matte", then_place=False)


def version_up(node: nuke.Node) -> None:
    """Let the next mattes go to a version whose files are not there."""
    pattern = str(node["stfam_output"].value())
    remembered = NukeHost(node).remembered()
    pattern = pattern or (remembered.output.matte if remembered else "")
    if pattern:
        node["stfam_output"].setValue(next_version(pattern))


def panel(node: nuke.Node) -> None:
    """The shot in the panel, as a process of its own."""

    def act() -> str:
        session = open_session(node)
        try:
            shot = session.shot
            path = Path(plate_cache(shot.shot.plate)) / f"{node.name()}.stfam"
            path.parent.mkdir(parents=True, exist_ok=True)
            shot.save(path)
        finally:
            session.close()
        subprocess.Popen([worker_command()[0], "panel", str(path)], start_new_session=True)
        return "The panel is opening."

    _reported(node, act)


def clear(node: nuke.Node) -> None:
    """The plate passes through, and no key is remembered; files stay."""
    with nuke.Undo("stfam: clear"):
        stfam_node.clear(node)
        node[stfam_node.MARK].setValue("")
    _say(node, "")


def open_session(node: nuke.Node) -> HostSession:
    """The node's shot in a worker, with keyframes of the seed at the frames that its knob names.

    Raises:
        StfamError: what is missing, in a sentence.
    """
    host = NukeHost(node)
    session = HostSession(host)
    known = host.remembered()
    window = int(node["stfam_window"].value())
    frames = str(node["stfam_range"].value()).strip()
    session.open(
        settings=replace(known.settings if known else Settings(), window=window),
        frames=FrameRange.parse(frames) if frames else None,
        matte=str(node["stfam_output"].value()),
    )
    try:
        _add_keys(node, session)
    except BaseException:
        session.close()
        raise
    return session


def execute(node: nuke.Node, kind: str, then_place: bool) -> str:
    """Open, work and place, to the end; returns a sentence.

    Raises:
        StfamError: what went wrong, in a sentence.
    """
    session = open_session(node)
    try:
        done = session.run(kind)
        return session.place() if then_place else f"{kind}: {done.done} frames."
    finally:
        session.close()


def _add_keys(node: nuke.Node, session: HostSession) -> None:
    text, seed = str(node["stfam_keys"].value()).strip(), node.input(SEED_INPUT)
    if text and seed is not None:
        inner, outer = int(node["stfam_inner"].value()), int(node["stfam_outer"].value())
        session.add_keys(seed.fullName(), FrameRange.parse(text), inner=inner, outer=outer)


def _work(node: nuke.Node, kind: str, then_place: bool) -> None:
    if not nuke.GUI:
        _reported(node, lambda: execute(node, kind, then_place))
        return
    host = NukeHost(node)
    try:
        session = open_session(node)
    except StfamError as error:
        _say(node, str(error))
        nuke.message(str(error))
        return
    thread = threading.Thread(target=_behind, args=(host, session, kind, then_place), name="stfam", daemon=True)
    thread.start()


def _behind(host: NukeHost, session: HostSession, kind: str, then_place: bool) -> None:
    """Off the main thread: the worker is waited for here, Nuke is touched through `on_main_thread`."""
    try:
        try:
            done = session.run(kind)
            text = host.on_main_thread(session.place) if then_place else f"{kind}: {done.done} frames."
        finally:
            session.close()
    except StfamError as error:
        text = str(error)
    host.on_main_thread(lambda: _say(host.node, text))


def _reported(node: nuke.Node, act: Callable[[], str]) -> None:
    """Run `act`; its sentence or its error's goes to the node, and where there is no window the error goes on."""
    try:
        text = act()
    except StfamError as error:
        _say(node, str(error))
        if not nuke.GUI:
            raise
        nuke.message(str(error))
        return
    _say(node, text)


def _say(node: nuke.Node, text: str) -> None:
    node["stfam_status"].setValue(text)
