"""The small part of Nuke that stfam calls, behaving as its documentation says. Not Nuke: nothing here was run in it.

Every public name is one of Nuke's own (test_fake.py compares them with the published stubs); what a test needs beyond
that has a leading underscore. The graph is deep-copied at each undo step, so that undo replaces nodes as Nuke does.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fake_knobs import File_Knob, Int_Knob, Knob, PyScript_Knob, Script_Knob, String_Knob, Tab_Knob, Text_Knob
from fake_nodes import Group, Node, Nodes, Root, _new, _walk
from fake_script import Undo, script

__all__ = [
    "File_Knob", "Group", "Int_Knob", "Knob", "Node", "Nodes", "PyScript_Knob", "Root", "Script_Knob", "String_Knob",
    "Tab_Knob", "Text_Knob", "Undo",
]  # fmt: skip

NUKE_VERSION_MAJOR = 16
NUKE_VERSION_STRING = "16.0v1"
GUI = False
INVISIBLE = 0x400
rawArgs: list[str] = []
nodes = Nodes()

_SECONDS = 120
"""How long a thread waits for a main thread that a test does not pump."""

_messages: list[str] = []
_views = ["main"]
_on_script_close: list[Callable[[], None]] = []
_answer = True
_cancel_next_task = False
_cancel_next_render = False


class CancelledError(Exception): ...


class ProgressTask:
    def __init__(self, name: str) -> None:
        global _cancel_next_task
        self._name, self._cancelled = name, _cancel_next_task
        _cancel_next_task = False
        self._shown: list[tuple[int, str]] = []
        self._message = ""

    def setMessage(self, message: str) -> None:
        self._message = message

    def setProgress(self, progress: int) -> None:
        if not isinstance(progress, int):
            raise TypeError("setProgress takes an int")
        self._shown.append((progress, self._message))

    def isCancelled(self) -> bool:
        return self._cancelled


class Menu:
    def __init__(self) -> None:
        self._commands: dict[str, str] = {}
        self._menus: dict[str, Menu] = {}

    def addMenu(self, name: str, icon: str = "") -> Menu:
        return self._menus.setdefault(name, Menu())

    def addCommand(self, name: str, command: str = "", shortcut: str = "", icon: str = "") -> None:
        self._commands[name] = command


class ToolBar(Menu): ...


_toolbar = ToolBar()


def root() -> Root:
    script.on_main_thread()
    return script.root


def thisNode() -> Node | None:
    return script.this_nodes[-1]


def createNode(typ: str, knobs: str = "", inpanel: bool = True) -> Node:
    """As an artist makes one: behind the selected node, which is no longer selected."""
    selected = selectedNodes()
    node = _new(typ)
    for chosen in selected:
        chosen.setSelected(False)
    if selected:
        node.setInput(0, selected[0])
    return node


def selectedNodes() -> list[Node]:
    return [node for node in script.group.nodes() if node._selected]


def delete(n: Node | None) -> None:
    if n is None or n._parent is None:
        raise ValueError("there is no node to delete")
    script.before_change()
    n._parent._children.remove(n)


def toNode(s: str) -> Node | None:
    """Of the present group."""
    found: Node | None = script.group
    for name in s.split("."):
        found = found.node(name) if isinstance(found, Group) else None
    return found


def allNodes(filter: str = "", group: Group | None = None, recurseGroups: bool = False) -> list[Node]:
    where = group or script.group
    found = _walk(where) if recurseGroups else where.nodes()
    return [node for node in found if not filter or node.Class() == filter]


def views() -> list[str]:
    return list(_views)


def tprint(value: str) -> None:
    _messages.append(value)


def execute(nameOrNode: Node | str, start: int, end: int, incr: int = 1, views: list[str] = []) -> None:  # noqa: B006
    """Of every view where none is named; a file of one name has the last one then."""
    global _cancel_next_render
    from fake_pixels import write_frame

    write = toNode(nameOrNode) if isinstance(nameOrNode, str) else nameOrNode
    if write is None or write.Class() != "Write":
        raise RuntimeError("that is no Write")
    if _cancel_next_render:
        _cancel_next_render = False
        raise CancelledError("Cancelled")
    for script.view in views or _views:
        for frame in range(start, end + 1, incr):
            write_frame(write, frame)


def executeInMainThreadWithResult(call: Callable[..., Any], args: Any = (), kwargs: Any = None) -> Any:
    """As Nuke's: waits for the main thread; an exception is swallowed and None comes back."""
    if threading.current_thread() is threading.main_thread():
        raise RuntimeError("the main thread would wait for itself")
    results: list[Any] = []
    done = threading.Event()

    def act() -> None:
        try:
            results.append(call(*args, **(kwargs or {})))
        except Exception:
            results.append(None)
        finally:
            done.set()

    script.asked.put(act)
    done.wait(_SECONDS)
    return results[0] if results else None


def message(prompt: str) -> None:
    _messages.append(prompt)


def ask(prompt: str) -> bool:
    _messages.append(prompt)
    return _answer


def toolbar(name: str, create: bool = True) -> ToolBar | None:
    return _toolbar


def undo() -> None:
    script.undo()


def scriptOpen(filename: str | None = None) -> None:
    if filename is None or not Path(filename).is_file():
        raise RuntimeError(f"can't open {filename}")
    script.root._title = filename


def scriptClose() -> bool:
    """What was asked for comes first; then the session goes on with a new, empty script."""
    for call in list(_on_script_close):
        call()
    script.root, script.steps = Root(), []
    return True


def addOnScriptClose(call: Callable[[], None]) -> None:
    _on_script_close.append(call)


def removeOnScriptClose(call: Callable[[], None]) -> None:
    _on_script_close.remove(call)


def scriptSaveAs(filename: str | None = None, overwrite: int = -1) -> None:
    assert filename is not None
    try:
        Path(filename).write_text(repr(_graph()), "utf-8")
    except OSError as error:
        raise RuntimeError(f"can't write {filename}") from error
    script.root._title = filename


def _pump() -> None:
    """What other threads asked for, on this one."""
    while not script.asked.empty():
        script.asked.get()()


def _graph(group: Group | None = None) -> dict[str, Any]:
    """The graph by names, for comparing: class, inputs, knob values, and what is inside; hidden knobs left out."""
    return {
        node.name(): {
            "class": node.Class(),
            "inputs": [source.name() if source else None for source in node._inputs],
            "knobs": {
                name: knob.value()
                for name, knob in node.knobs().items()
                if not knob.getFlag(INVISIBLE) and name != "stfam_status"
            },
            "inside": _graph(node) if isinstance(node, Group) else None,
        }
        for node in (group or script.root).nodes()
    }


def _reset() -> None:
    """A new, empty script."""
    global GUI, _answer, _cancel_next_task, _cancel_next_render
    script.reset(Root())
    _messages.clear()
    _on_script_close.clear()
    rawArgs.clear()
    _toolbar._menus.clear()
    _views[:] = ["main"]
    GUI = _cancel_next_task = _cancel_next_render = False
    _answer = True


_reset()
