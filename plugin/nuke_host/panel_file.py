"""Which node a panel's shot file belongs to. A copied node, or a script that was saved under another name, names the
same file as the original, so the owner is written down beside it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import nuke

from stfam.core.whole_file import written_whole
from stfam.plugin.nuke_host import node as stfam_node
from stfam.plugin.nuke_host.baking import script_name
from stfam.plugin.nuke_host.lookup import named

_in_hand: set[str] = set()
"""Files that the open script has used: they stay its own when it is saved as another one, whose panel may be open."""


def claim(path: str, node: nuke.Node) -> None:
    """Let the file be the node's.

    Raises:
        WriteError: its folder cannot be written to.
    """
    if not _in_hand:
        nuke.addOnScriptClose(_in_hand.clear)
    _in_hand.add(path)
    owner = [_script(), node.fullName()]
    if _owner(path) != owner:
        with written_whole(_beside(path)) as temporary:
            temporary.write_text(json.dumps(owner), "utf-8")


def is_of(path: str, node: nuke.Node, plate: str) -> bool:
    """Whether the file, which the node knows of a plate, is its own and not of the node or script it was copied from.

    A node that was renamed takes its file along, as an open script does that was saved under another name.
    """
    owner = _owner(path)
    if owner is None:
        return False
    script, name = owner
    other = named(name) if name != node.fullName() else None
    if other is not None and stfam_node.is_ours(other):
        note = stfam_node.memory_of(other).note(plate)
        if note is not None and note.path == path:
            return False
    return script == _script() or path in _in_hand


def _owner(path: str) -> list[str] | None:
    """Script and node; None where it is no file of a node's."""
    try:
        script, name = json.loads(_beside(path).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return [script, name]


def _beside(path: str) -> Path:
    return Path(path).with_suffix(".owner")


def _script() -> str:
    return os.path.realpath(script_name())
