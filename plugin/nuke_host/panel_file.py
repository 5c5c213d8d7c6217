"""Which panel's shot files are a node's own: a copied node, or a script that was saved under another name, names the
same file as the original."""

from __future__ import annotations

import os

import nuke

from stfam.plugin.host.panel_files import PanelFiles
from stfam.plugin.nuke_host import node as stfam_node
from stfam.plugin.nuke_host.baking import script_name
from stfam.plugin.nuke_host.lookup import named

_files = PanelFiles()


def claim(path: str, node: nuke.Node) -> None:
    """Let the file be the node's.

    Raises:
        WriteError: its folder cannot be written to.
    """
    if not _files.in_hand:
        nuke.addOnScriptClose(_files.forget)
    _files.claim(path, _script(), node.fullName())


def is_of(path: str, node: nuke.Node, plate: str) -> bool:
    """Whether the file, which the node knows of a plate, is its own and not of the node or script it was copied from.

    A node that was renamed takes its file along, as an open script does that was saved under another name.
    """

    def knows(name: str) -> bool:
        other = named(name)
        if other is None or not stfam_node.is_ours(other):
            return False
        note = stfam_node.memory_of(other).note(plate)
        return note is not None and note.path == path

    return _files.is_of(path, _script(), node.fullName(), knows)


def _script() -> str:
    return os.path.realpath(script_name())
