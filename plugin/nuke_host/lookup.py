"""Nodes by their full names, whatever group a button's script runs in."""

from __future__ import annotations

from collections.abc import Iterator

import nuke


def named(name: str) -> nuke.Node | None:
    """The node of a full name such as `Group1.Roto1`; None where there is none."""
    with nuke.root():
        return nuke.toNode(name)


def of_class(*kinds: str) -> Iterator[nuke.Node]:
    """Every node of the classes, also inside groups."""
    for kind in kinds:
        yield from nuke.allNodes(kind, nuke.root(), recurseGroups=True)


def file_stem(name: str) -> str:
    """A node's full name, as its files and folders are called."""
    return name.replace(".", "-")
