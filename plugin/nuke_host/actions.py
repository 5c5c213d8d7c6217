"""What the buttons of the stfam node do."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import nuke

from stfam.core.cache import plate_cache
from stfam.core.export_path import next_version
from stfam.core.frame_range import FrameRange
from stfam.core.worker.environment import worker_command, worker_surroundings
from stfam.plugin.host.interface import HostError
from stfam.plugin.host.panel_shot import PanelHost
from stfam.plugin.host.session import HostSession
from stfam.plugin.nuke_host import node as stfam_node
from stfam.plugin.nuke_host.host import NukeHost
from stfam.plugin.nuke_host.order import Order, matte_of, order_of
from stfam.plugin.nuke_host.paths import hash_pattern
from stfam.plugin.nuke_host.work import is_at_work, say, start


def run(node: nuke.Node) -> None:
    """Keys from the seed, mattes, and the mattes into the node."""
    start(node, lambda host, order: carry_out(host, order, "matte", then_place=True))


def propagate(node: nuke.Node) -> None:
    """Keys from the seed, and their trimaps through the range."""
    start(node, lambda host, order: carry_out(host, order, "propagate", then_place=False))


def matte(node: nuke.Node) -> None:
    """The same as Run without reading the mattes in."""
    start(node, lambda host, order: carry_out(host, order, "matte", then_place=False))


def panel(node: nuke.Node) -> None:
    """The shot in the panel, as a process of its own."""
    start(node, _open_panel)


def version_up(node: nuke.Node) -> None:
    """Let the next mattes go to a version whose files are not there."""
    written, pattern = hash_pattern(str(node["stfam_output"].value())), matte_of(node)
    remembered = NukeHost(node).remembered()
    pattern = pattern or (remembered.output.matte if remembered else "")
    if pattern:
        node["stfam_output"].setValue(_as_written(written, pattern, next_version(pattern)))


def clear(node: nuke.Node) -> None:
    """The plate passes through, and no key is remembered; files stay."""
    if is_at_work(node):
        return
    said = ""
    with nuke.Undo("stfam: clear"):
        node[stfam_node.MARK].setValue("")
        try:
            stfam_node.clear(node)
        except HostError as error:
            said = str(error)
    say(node, said)


def execute(node: nuke.Node, kind: str, then_place: bool, relink: bool = False) -> str:
    """`propagate` or `matte` to the end, for scripts without a window; returns a sentence.

    Raises:
        StfamError: what went wrong, in a sentence.
    """
    return carry_out(NukeHost(node), replace(order_of(node), relink=relink), kind, then_place)


def carry_out(host: PanelHost, order: Order, kind: str, then_place: bool) -> str:
    """Open, work and place, to the end; returns a sentence.

    Raises:
        StfamError: what went wrong, in a sentence.
    """
    session = open_session(host, order)
    try:
        done = session.run(kind)
        text = session.place() if then_place else f"{kind}: {done.done} frames."
        return f"{text} {session.notice}".strip()
    finally:
        session.close()


def open_session(host: PanelHost, order: Order) -> HostSession:
    """The node's shot in a worker, with keyframes of the seed at the frames that its knob names.

    Keys that came from the panel stay as they were painted.

    Raises:
        StfamError: what is missing, in a sentence.
    """
    session = HostSession(host, panel=host)
    try:
        session.open(
            window=order.window,
            frames=order.frames,
            matte=order.matte,
            relink=order.relink,
            seeded=order.keys if order.seed else (),
        )
        _add_keys(session, order)
    except BaseException:
        session.close()
        raise
    return session


def _add_keys(session: HostSession, order: Order) -> None:
    wanted = [frame for frame in order.keys if frame not in session.painted]
    if order.seed:
        session.add_keys(order.seed, wanted, inner=order.inner, outer=order.outer)
        return
    lacking = set(wanted) - {key.frame for key in session.shot.keys}
    if lacking:
        raise HostError(
            f"The keys knob names {FrameRange.of(lacking).words}, and nothing is connected to the second input. "
            "Connect a Roto or another alpha there, or empty the knob."
        )


def _open_panel(host: PanelHost, order: Order) -> str:
    session = open_session(host, order)
    try:
        path = session.give_panel(plate_cache(session.shot.shot.plate), order.name)
    finally:
        session.close()
    subprocess.Popen([worker_command()[0], "panel", str(path)], env=worker_surroundings(), start_new_session=True)
    return "The panel is opening."


def _as_written(written: str, pattern: str, raised: str) -> str:
    """A new version in the artist's own words: the folder as the knob has it, be it relative or TCL."""
    head, own = Path(written).parts[:-2], Path(written).parts[-2:]
    if len(own) == 2 and own == Path(pattern).parts[-2:]:
        return Path(*head, *Path(raised).parts[-2:]).as_posix()
    return raised
