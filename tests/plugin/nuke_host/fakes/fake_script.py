"""The open script of the fake: graph, undo steps, and what a test looks at afterwards."""

from __future__ import annotations

import copy
import queue
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fake_nodes import Group, Node, Root


class Script:
    """One is shared by the fake's modules; `reset` makes it new and empty."""

    root: Root

    def reset(self, root: Root) -> None:
        self.root = root
        self.steps: list[Root] = []
        self.depth = self.disabled = 0
        self.groups: list[Group] = []
        self.view = "main"
        self.this_nodes: list[Node | None] = []
        self.pictures: dict[tuple[str, int], Any] = {}
        self.renderers: dict[str, Callable[[Node, int], Any]] = {}
        self.asked: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()

    def on_main_thread(self) -> None:
        """Nuke's nodes are its main thread's: on another one the real program may die."""
        if threading.current_thread() is not threading.main_thread():
            raise AssertionError("Nuke is called from a thread of its own")

    @property
    def group(self) -> Group:
        """Where new nodes go."""
        self.on_main_thread()
        return self.groups[-1] if self.groups else self.root

    def before_change(self) -> None:
        """Each change is an undo step of its own where it is in none."""
        self.on_main_thread()
        if self.depth == 0:
            self.push()

    def push(self) -> None:
        if not self.disabled and self.depth == 0:
            self.steps.append(copy.deepcopy(self.root))

    def undo(self) -> None:
        """Nodes are replaced, as Nuke's undo does it."""
        self.root = self.steps.pop()


script = Script()


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
        script.push()
        script.depth += 1

    @classmethod
    def end(cls) -> None:
        script.depth -= 1

    @classmethod
    def disable(cls) -> None:
        script.disabled += 1

    @classmethod
    def enable(cls) -> None:
        script.disabled -= 1

    @classmethod
    def disabled(cls) -> bool:
        return script.disabled > 0

    @classmethod
    def undoSize(cls) -> int:
        return len(script.steps)
