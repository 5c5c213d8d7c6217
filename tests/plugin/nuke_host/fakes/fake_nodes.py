"""The nodes of the fake: those classes and knobs that stfam and its tests name."""

from __future__ import annotations

from typing import Any

from fake_knobs import File_Knob, Knob, Script_Knob
from fake_script import script

KNOBS: dict[str, dict[str, Any]] = {
    "Read": {
        "file": "", "first": 1, "last": 1, "origfirst": 1, "origlast": 1, "before": "hold", "after": "hold",
        "raw": False, "colorspace": "default (linear)", "frame_mode": "expression", "frame": "", "on_error": "error",
    },
    "Write": {
        "file": "", "file_type": "", "raw": False, "channels": "rgb",
        "create_directories": False, "first": 1, "last": 1, "use_limit": False,
    },
    "Copy": {"from0": "none", "to0": "none"},
    "TimeOffset": {"time_offset": 0},
    "Root": {
        "proxy": False, "colorManagement": "Nuke", "workingSpaceLUT": "linear", "project_directory": "",
        "first_frame": 1, "last_frame": 100,
    },
    "Group": {}, "Dot": {}, "Premult": {}, "Grade": {}, "Input": {"number": 0}, "Output": {}, "Roto": {},
    "RotoPaint": {},
}  # fmt: skip
"""By class, with their defaults; every node but the root can be disabled."""

FILES = frozenset({"file", "project_directory"})
"""Knobs whose text names a file or folder."""

OF_TYPE: dict[str, dict[str, Any]] = {"exr": {"datatype": "16 bit half"}}
"""Knobs that a Write has once its `file_type` is chosen."""

CHOICES = {
    "frame_mode": ("expression", "start at", "offset"),
    "on_error": ("error", "black", "checkerboard", "nearest frame"),
    "before": ("hold", "loop", "bounce", "black"),
    "after": ("hold", "loop", "bounce", "black"),
    "file_type": ("", *OF_TYPE),
    "datatype": ("16 bit half", "32 bit float"),
    "colorManagement": ("Nuke", "OCIO"),
}
"""Knobs that take these values alone."""


class Node:
    def __init__(self, kind: str, parent: Group | None) -> None:
        if kind not in KNOBS:
            raise RuntimeError(f"{kind}: Unknown command")
        self._kind, self._parent, self._title = kind, parent, ""
        self._inputs: list[Node | None] = []
        self._place, self._selected, self._shown = (0, 0), False, False
        values = {**KNOBS[kind], **({} if kind in ("Root", "Dot") else {"disable": False})}
        self._knobs: dict[str, Knob] = {}
        for name, value in values.items():
            self._have(name, value)
        self._reloads = 0
        if kind == "Read":
            self._knobs["reload"] = Script_Knob("reload")
            self._knobs["reload"]._node = self

    def _have(self, name: str, value: Any) -> None:
        knob = (File_Knob if name in FILES else Knob)(name, "", value)
        knob._node, knob._choices = self, CHOICES.get(name, ())
        self._knobs[name] = knob

    def _changed(self, knob: Knob) -> None:
        """A Write's own knobs come with its file type."""
        if self._kind == "Write" and knob.name() == "file_type":
            for name, value in OF_TYPE.get(knob.value(), {}).items():
                self._have(name, value)

    def Class(self) -> str:
        return self._kind

    def name(self) -> str:
        return self._title

    def setName(self, name: str, uncollide: bool = True, updateExpressions: bool = False) -> None:
        script.before_change()
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

    def parent(self) -> Group:
        if self._parent is None:
            raise RuntimeError("the root has no parent")
        return self._parent

    def addKnob(self, knob: Knob) -> None:
        script.before_change()
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

    def maxInputs(self) -> int:
        """A Read has none, and a Group those whose Inputs are inside it."""
        return 0 if self._kind in ("Read", "Root", "Input") else 10

    def setInput(self, i: int, node: Node | None) -> bool:
        script.before_change()
        if i >= self.maxInputs():
            raise ValueError(f"{self._title} has {self.maxInputs()} inputs")
        if node is not None and node._parent is not self._parent:
            raise ValueError("the nodes are not in one group")
        self._inputs += [None] * (i + 1 - len(self._inputs))
        self._inputs[i] = node
        return True

    def firstFrame(self) -> int:
        return _range_of(self)[0]

    def lastFrame(self) -> int:
        return _range_of(self)[1]

    def setSelected(self, selected: bool) -> None:
        self._selected = selected

    def showControlPanel(self, forceFloat: bool = False) -> None:
        self._shown = True

    def xpos(self) -> int:
        return self._place[0]

    def ypos(self) -> int:
        return self._place[1]

    def setXYpos(self, x: int, y: int) -> None:
        self._place = x, y


class Group(Node):
    def __init__(self, kind: str = "Group", parent: Group | None = None) -> None:
        super().__init__(kind, parent)
        self._children: list[Node] = []

    def maxInputs(self) -> int:
        return sum(node.Class() == "Input" for node in self._children)

    def node(self, s: str) -> Node | None:
        return next((node for node in self._children if node._title == s), None)

    def nodes(self) -> list[Node]:
        return list(self._children)

    def begin(self) -> Group:
        script.groups.append(self)
        return self

    def end(self) -> None:
        script.groups.pop()

    def __enter__(self) -> Group:
        return self.begin()

    def __exit__(self, type: object, value: object, traceback: object) -> None:
        self.end()


class Root(Group):
    def __init__(self) -> None:
        super().__init__("Root")
        self._title = "Root"

    def firstFrame(self) -> int:
        return int(self["first_frame"].value())

    def lastFrame(self) -> int:
        return int(self["last_frame"].value())


class NodeConstructor:
    def __init__(self, kind: str) -> None:
        self._kind = kind

    def __call__(self, inputs: list[Node | None] | None = None, name: str = "", **knobs: Any) -> Node:
        """A node that nothing is connected to but `inputs`, whatever is selected."""
        node = _new(self._kind)
        if name:
            node.setName(name)
        for index, source in enumerate(inputs or []):
            node.setInput(index, source)
        for knob, value in knobs.items():
            node[knob].setValue(value)
        return node


class Nodes:
    def __getattr__(self, item: str) -> NodeConstructor:
        if item not in KNOBS or item == "Root":
            raise AttributeError(item)
        return NodeConstructor(item)


def _new(kind: str) -> Node:
    script.before_change()
    parent = script.group
    node = Group(kind, parent) if kind == "Group" else Node(kind, parent)
    parent._children.append(node)
    node.setName(f"{kind}1", uncollide=True)
    return node


def _source(node: Node) -> Node | None:
    """The first input; that of an Input is the group's input of its number."""
    if node.Class() != "Input":
        return node.input(0)
    return node.parent().input(int(node["number"].value()))


def _range_of(node: Node) -> tuple[int, int]:
    """Without a Read's own shift: whether Nuke counts that in is not written anywhere."""
    if node.Class() == "Read":
        return int(node["first"].value()), int(node["last"].value())
    source = _source(node)
    if source is None:
        return script.root.firstFrame(), script.root.lastFrame()
    first, last = _range_of(source)
    shift = int(node["time_offset"].value()) if node.Class() == "TimeOffset" else 0
    return first + shift, last + shift


def _walk(group: Group) -> list[Node]:
    nodes = group.nodes()
    return nodes + [node for child in nodes if isinstance(child, Group) for node in _walk(child)]
