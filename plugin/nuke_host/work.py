"""A button's work: on a thread while Nuke goes on; in a terminal, to the end."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

import nuke

from stfam.core.errors import Cancelled, StfamError
from stfam.plugin.host.interface import HostError
from stfam.plugin.host.panel_shot import PanelHost
from stfam.plugin.host.session import RelinkError
from stfam.plugin.nuke_host.from_thread import FromThread
from stfam.plugin.nuke_host.host import NukeHost
from stfam.plugin.nuke_host.order import Order, order_of

Work = Callable[[PanelHost, Order], str]
"""Does what an order asks for and returns a sentence; raises a StfamError."""


def start(node: nuke.Node, work: Work) -> None:
    """Begin `work` on the node's order; its sentence, or its error's, comes to the node.

    Raises:
        StfamError: in a session without a window, where the work is done before this returns.
    """
    host = NukeHost(node)
    if not nuke.GUI:
        _at_once(node, host, work)
        return
    if is_at_work(node):
        return
    nuke.addOnScriptClose(host.leave)
    try:
        order = order_of(node)
    except StfamError as error:
        _tell(host, str(error), loud=True)
        return
    threading.Thread(target=_behind, args=(host, work, order), name=_thread_name(node), daemon=True).start()


def is_at_work(node: nuke.Node) -> bool:
    """Whether what a button began for the node runs still; the artist is told."""
    at_work = any(thread.name == _thread_name(node) for thread in threading.enumerate())
    if at_work:
        nuke.message(f"{node.name()} is at work already. Cancel it at its progress bar first.")
    return at_work


def say(node: nuke.Node, text: str) -> None:
    """Show a sentence in the node, which is no step of the artist's to undo."""
    nuke.Undo.disable()
    try:
        node["stfam_status"].setValue(text)
    finally:
        nuke.Undo.enable()


def _thread_name(node: nuke.Node) -> str:
    return f"stfam {node.fullName()}"


def _at_once(node: nuke.Node, host: NukeHost, work: Work) -> None:
    try:
        say(node, work(host, order_of(node)))
    except StfamError as error:
        say(node, str(error))
        raise


def _behind(host: NukeHost, work: Work, order: Order) -> None:
    """Off the main thread: the worker is waited for here, Nuke is touched through `on_main_thread`."""
    loud = False
    try:
        text = work(FromThread(host), order)
    except RelinkError as error:
        text = str(error)
        if host.on_main_thread(lambda: nuke.ask(f"{text}\n\nRelink it?")):
            _behind(host, work, replace(order, relink=True))
            return
    except Cancelled as error:
        text = str(error)
    except StfamError as error:
        text, loud = str(error), True
    except Exception as error:
        text = f"stfam failed: {error!r}"
        host.on_main_thread(lambda: _tell(host, text, loud=True))
        raise
    host.on_main_thread(lambda: _tell(host, text, loud))


def _tell(host: NukeHost, text: str, loud: bool) -> None:
    """The end of the work, on the main thread; a node that was deleted meanwhile is told of in a window."""
    nuke.removeOnScriptClose(host.leave)
    try:
        say(host.node, text)
    except HostError:
        loud = True
    if loud:
        nuke.message(text)
