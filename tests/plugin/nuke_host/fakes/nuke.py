"""The small part of Nuke that stfam calls, behaving as its documentation says. Not Nuke: nothing here was run in it.

Every public name is one of Nuke's own (test_fake.py compares them with the published stubs); what a test needs beyond
that has a leading underscore. The graph is deep-copied at each undo step, so that undo replaces nodes as Nuke does.
"""

from __future__ import annotations

import copy
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

NUKE_VERSION_STRING = "16.0v1"
GUI = False
INVISIBLE = 0x400

_DEFAULTS: dict[str, dict[str, Any]] = {
    "Read": {
        "file": "", "first": 1, "last": 1, "origfirst": 1, "origlast": 1, "before": "hold", "after": "hold",
        "raw": False, "colorspace": "default (scene_linear)", "frame_mode": "expression", "frame": "",
        "on_error": "error",
    },
    "Write": {
        "file": "", "file_type": "", "datatype": "16 bit half", "raw": False, "channels": "rgb",
        "create_directories": False, "first": 1, "last": 1, "use_limit": False,
    },
    "Copy": {"from0": "none", "to0": "none", "disable": False},
    "TimeOffset": {"time_offset": 0},
    "Root": {
        "proxy": False, "colorManagement": "Nuke", "project_directory": "", "first_frame": 1, "last_frame": 100,
    },
}  # fmt: skip

_renderers: dict[str, Callable[[Node, int], Any]] = {}
"""Pixels (H, W, 4) float32 of a node class at a frame; a test adds those of a Roto."""

_messages: list[str] = []
_cancel_next_task = False


class Knob:
    def __init__(self, name: str, label: str = "", *rest: Any) -> None:
        self._name, self._label, self._tooltip, self._flags = name, label, "", 0
        self._value: Any = rest[0] if rest else ""
        self._node: Node | None = None

    def Class(self) -> str:
        return type(self).__name__

    def name(self) -> str:
        return self._name

    def label(self) -> str:
        return self._label

    def value(self, index: int = 0) -> Any:
        return self._value

    def setValue(self, val: Any, chan: int = 0) -> bool:
        _before_change()
        self._value = val
        return True

    def tooltip(self) -> str:
        return self._tooltip

    def setTooltip(self, tooltip: str) -> None:
        self._tooltip = tooltip

    def setFlag(self, flag: int) -> None:
        self._flags |= flag

    def getFlag(self, flag: int) -> bool:
        return bool(self._flags & flag)


class Tab_Knob(Knob): ...


class Text_Knob(Knob): ...


class String_Knob(Knob): ...


class File_Knob(String_Knob): ...


class PyScript_Knob(String_Knob):
    def execute(self) -> None:
        _this_node.append(self._node)
        try:
            exec(self._value, {"nuke": sys.modules[__name__]})  # a button's script sees Nuke's own globals
        finally:
            _this_node.pop()


class Int_Knob(Knob):
    def __init__(self, name: str, label: str = "") -> None:
        super().__init__(name, label, 0)


class Node:
    def __init__(self, kind: str, parent: Group | None) -> None:
        self._kind, self._parent = kind, parent
        self._knobs: dict[str, Knob] = {}
        self._inputs: list[Node | None] = []
        self._title = ""
        for name, value in _DEFAULTS.get(kind, {}).items():
            self._knobs[name] = Knob(name, "", value)

    def Class(self) -> str:
        return self._kind

    def name(self) -> str:
        return self._title

    def setName(self, name: str, uncollide: bool = True, updateExpressions: bool = False) -> None:
        _before_change()
        assert self._parent is not None
        taken = {node._title for node in self._parent._children if node is not self}
        stem = name.rstrip("0123456789")
        number = int(name[len(stem) :] or 0)
        while name in taken:
            if not uncollide:
                raise ValueError(f"Name {name} is taken")
            number += 1
            name = f"{stem}{number}"
        self._title = name

    def fullName(self) -> str:
        parent = self._parent
        return self._title if parent is None or parent._parent is None else f"{parent.fullName()}.{self._title}"

    def addKnob(self, knob: Knob) -> None:
        _before_change()
        knob._node = self
        self._knobs[knob.name()] = knob

    def knob(self, p: str, follow_link: bool = False) -> Knob | None:
        return self._knobs.get(p)

    def knobs(self) -> dict[str, Knob]:
        return dict(self._knobs)

    def __getitem__(self, name: str) -> Knob:
        try:
            return self._knobs[name]
        except KeyError:
            raise NameError(f"knob {name} does not exist") from None

    def input(self, index: int) -> Node | None:
        return self._inputs[index] if index < len(self._inputs) else None

    def setInput(self, i: int, node: Node | None) -> bool:
        _before_change()
        self._inputs += [None] * (i + 1 - len(self._inputs))
        self._inputs[i] = node
        return True

    def firstFrame(self) -> int:
        return _range_of(self)[0]

    def lastFrame(self) -> int:
        return _range_of(self)[1]


class Group(Node):
    def __init__(self, kind: str = "Group", parent: Group | None = None) -> None:
        super().__init__(kind, parent)
        self._children: list[Node] = []

    def node(self, s: str) -> Node | None:
        return next((node for node in self._children if node._title == s), None)

    def nodes(self) -> list[Node]:
        return list(self._children)

    def begin(self) -> Group:
        _context.append(self)
        return self

    def end(self) -> None:
        _context.pop()

    def __enter__(self) -> Group:
        return self.begin()

    def __exit__(self, type: object, value: object, traceback: object) -> None:
        self.end()


class Root(Group):
    def __init__(self) -> None:
        super().__init__("Root")
        self._title = "Root"

    def name(self) -> str:
        return self._title

    def firstFrame(self) -> int:
        return int(self["first_frame"].value())

    def lastFrame(self) -> int:
        return int(self["last_frame"].value())


class Undo:
    def __init__(self, name: str = "") -> None:
        self._name = name

    def __enter__(self) -> Undo:
        self.begin(self._name)
        return self

    def __exit__(self, type: object, value: object, traceback: object) -> None:
        self.end()

    @classmethod
    def begin(cls, name: str = "") -> None:
        _push_undo(name)
        _undo.depth += 1

    @classmethod
    def end(cls) -> None:
        _undo.depth -= 1

    @classmethod
    def disable(cls) -> None:
        _undo.disabled += 1

    @classmethod
    def enable(cls) -> None:
        _undo.disabled -= 1

    @classmethod
    def disabled(cls) -> bool:
        return _undo.disabled > 0

    @classmethod
    def undoSize(cls) -> int:
        return len(_undo.steps)


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


class _UndoState:
    def __init__(self) -> None:
        self.steps: list[Root] = []
        self.depth = self.disabled = 0


_root = Root()
_undo = _UndoState()
_context: list[Group] = []
_this_node: list[Node | None] = []
_toolbar = ToolBar()


def root() -> Root:
    return _root


def thisNode() -> Node | None:
    return _this_node[-1]


def createNode(typ: str, knobs: str = "", inpanel: bool = True) -> Node:
    _before_change()
    parent = _context[-1] if _context else _root
    node = Group(typ, parent) if typ == "Group" else Node(typ, parent)
    parent._children.append(node)
    node.setName(f"{typ}1", uncollide=True)
    return node


def delete(n: Node | None) -> None:
    if n is None or n._parent is None:
        raise ValueError("there is no node to delete")
    _before_change()
    n._parent._children.remove(n)


def toNode(s: str) -> Node | None:
    found: Node | None = _root
    for name in s.split("."):
        found = found.node(name) if isinstance(found, Group) else None
    return found


def allNodes(filter: str = "", group: Group | None = None) -> list[Node]:
    nodes = (group or _root).nodes()
    return [node for node in nodes if not filter or node.Class() == filter]


def execute(nameOrNode: Node | str, start: int, end: int, incr: int = 1) -> None:
    write = toNode(nameOrNode) if isinstance(nameOrNode, str) else nameOrNode
    if write is None or write.Class() != "Write":
        raise RuntimeError("that is no Write")
    source = write.input(0)
    if source is None:
        raise RuntimeError("Write1: has no input")
    for frame in range(start, end + 1, incr):
        path = Path(_numbered(write["file"].value(), frame))
        if write["create_directories"].value():
            path.parent.mkdir(parents=True, exist_ok=True)
        _save(path, _pixels(source, frame), write["channels"].value())


def executeInMainThreadWithResult(call: Callable[..., Any], args: Any = (), kwargs: Any = None) -> Any:
    """As Nuke's: an exception is swallowed and None comes back."""
    try:
        return call(*args, **(kwargs or {}))
    except Exception:
        return None


def message(prompt: str) -> None:
    _messages.append(prompt)


def toolbar(name: str, create: bool = True) -> ToolBar:
    return _toolbar


def undo() -> None:
    global _root
    _root = _undo.steps.pop()


def scriptOpen(filename: str | None = None) -> None:
    if filename is None or not Path(filename).is_file():
        raise RuntimeError(f"can't open {filename}")


def scriptSaveAs(filename: str | None = None, overwrite: int = -1) -> None:
    assert filename is not None
    Path(filename).write_text(repr(_graph()), "utf-8")


def _before_change() -> None:
    if _undo.depth == 0:
        _push_undo("")


def _push_undo(name: str) -> None:
    if not _undo.disabled and _undo.depth == 0:
        _undo.steps.append(copy.deepcopy(_root))


def _range_of(node: Node) -> tuple[int, int]:
    if node.Class() == "Read":
        return int(node["first"].value()), int(node["last"].value())
    source = node.input(0)
    if source is None:
        return _root.firstFrame(), _root.lastFrame()
    first, last = _range_of(source)
    shift = int(node["time_offset"].value()) if node.Class() == "TimeOffset" else 0
    return first + shift, last + shift


def _pixels(node: Node, frame: int) -> Any:
    kind = node.Class()
    if kind in _renderers:
        return _renderers[kind](node, frame)
    if kind == "Read":
        return _read(node, frame)
    source = node.input(0)
    if source is None:
        raise RuntimeError(f"{node.name()}: has no input")
    return _pixels(source, frame - int(node["time_offset"].value()) if kind == "TimeOffset" else frame)


def _read(node: Node, frame: int) -> Any:
    import numpy as np
    import OpenImageIO as oiio

    mode, text = node["frame_mode"].value(), node["frame"].value()
    if mode == "offset" and text:
        frame += int(text)
    elif mode == "start at" and text:
        frame += node["first"].value() - int(text)
    frame = min(max(frame, node["first"].value()), node["last"].value())
    path = _numbered(node["file"].value(), frame)
    buffer = oiio.ImageBuf(path)
    if buffer.has_error:
        raise RuntimeError(f"{node.name()}: {buffer.geterror()}")
    pixels = buffer.get_pixels(oiio.FLOAT)
    alpha = pixels[..., 3:4] if pixels.shape[2] > 3 else np.ones_like(pixels[..., :1])
    return np.concatenate([pixels[..., :3], alpha], 2)


def _numbered(pattern: str, frame: int) -> str:
    return re.sub(r"%0(\d+)d", lambda match: f"{frame:0{match[1]}d}", pattern)


def _save(path: Path, pixels: Any, channels: str) -> None:
    import numpy as np
    import OpenImageIO as oiio

    chosen = {"rgb": pixels[..., :3], "rgba": pixels, "alpha": pixels[..., 3:]}[channels]
    spec = oiio.ImageSpec(chosen.shape[1], chosen.shape[0], chosen.shape[2], oiio.HALF)
    output = oiio.ImageOutput.create(str(path))
    if output is None or not output.open(str(path), spec):
        raise RuntimeError(f"can't write {path}")
    output.write_image(np.ascontiguousarray(chosen, np.float32))
    output.close()


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
        for node in (group or _root).nodes()
    }


def _reset() -> None:
    """A new, empty script."""
    global _root, GUI, _cancel_next_task
    _root = Root()
    _undo.__init__()  # type: ignore[misc]
    _renderers.clear()
    _messages.clear()
    _context.clear()
    _toolbar._menus.clear()
    GUI = _cancel_next_task = False
