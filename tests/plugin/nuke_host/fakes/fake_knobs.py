"""The knobs of the fake."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING, Any

from fake_script import script

if TYPE_CHECKING:
    from fake_nodes import Node


class Knob:
    def __init__(self, name: str, label: str = "", *rest: Any) -> None:
        self._name, self._label, self._tooltip, self._flags = name, label, "", 0
        self._value: Any = rest[0] if rest else ""
        self._expression = ""
        self._node: Node | None = None
        self._choices: tuple[str, ...] = ()

    def Class(self) -> str:
        return type(self).__name__

    def name(self) -> str:
        return self._name

    def label(self) -> str:
        return self._label

    def value(self, index: int = 0) -> Any:
        script.on_main_thread()
        return self._value

    def setValue(self, val: Any, chan: int = 0) -> bool:
        """A knob of numbers takes no text, one of text no numbers, and one of choices none but its own."""
        script.before_change()
        if isinstance(val, str) != isinstance(self._value, str):
            raise TypeError(f"{self._name} holds {type(self._value).__name__}; got {val!r}")
        if self._choices and val not in self._choices:
            raise ValueError(f"{self._name} is one of {self._choices}; got {val!r}")
        self._value = val
        if self._node is not None:
            self._node._changed(self)
        return True

    def isAnimated(self, channel: int = -1) -> bool:
        return False

    def setExpression(self, expression: str, index: int = -1) -> bool:
        self._expression = expression
        return True

    def hasExpression(self, index: int = -1) -> bool:
        return bool(self._expression)

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


class File_Knob(String_Knob):
    def getEvaluatedValue(self, oc: Any = None) -> Any:
        """The text in Nuke's own notation of the frame number, with the TCL that the tests use."""
        text = re.sub(r"#+", lambda match: f"%0{len(match[0])}d", self._value)
        return re.sub(r"\[getenv (\w+)\]", lambda match: os.environ[match[1]], text) or None


class Script_Knob(String_Knob):
    def execute(self) -> None:
        """Only a Read's *reload* is known here: its files are read anew."""
        script.before_change()
        assert self._node is not None and self._name == "reload"
        self._node._reloads += 1


class PyScript_Knob(Script_Knob):
    def execute(self) -> None:
        """A button's script sees Nuke's own globals, and new nodes would go into the group it belongs to."""
        group = self._node if hasattr(self._node, "begin") else script.root
        script.this_nodes.append(self._node)
        try:
            with group:  # type: ignore[union-attr]
                exec(self._value, {"nuke": sys.modules["nuke"]})
        finally:
            script.this_nodes.pop()


class Int_Knob(Knob):
    def __init__(self, name: str, label: str = "") -> None:
        super().__init__(name, label, 0)
