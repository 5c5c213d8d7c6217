# SPDX-License-Identifier: GPL-3.0-or-later
"""What the artist looks at: the plate of the editor under the pointer, and the plate's frame at the playhead."""

from __future__ import annotations

from typing import Any

from stfam.plugin.blender_host import compat
from stfam.plugin.blender_host.runner import current
from stfam.plugin.host.interface import HostError


def plate_in(context: Any) -> tuple[str, str] | None:
    """Kind and name of what the editor shows; None where it shows nothing that can be a plate."""
    space = context.space_data
    kind = getattr(space, "type", "")
    if kind == "IMAGE_EDITOR" and space.image is not None:
        return "IMAGE", space.image.name
    if kind == "CLIP_EDITOR" and space.clip is not None:
        return "CLIP", space.clip.name
    if kind == "SEQUENCE_EDITOR":
        strip = compat.active_strip(compat.sequencer_scene(context))
        return ("STRIP", strip.name) if strip else None
    if kind == "NODE_EDITOR" and space.tree_type == "CompositorNodeTree":
        edited = space.edit_tree  # inside of a group, nodes of the same name are others
        node = edited.nodes.active if edited and edited == compat.own_compositor(context.scene) else None
        return ("NODE", node.name) if node else None
    return None


def plate_frame() -> int:
    """The plate's frame that its scene shows now, wherever its source was moved since it was opened.

    Raises:
        StfamError: no shot is open, or the plate does not play at this frame.
    """
    current.required()
    assert current.host is not None
    plate, shown = current.host.plate(), int(current.host.scene.frame_current)
    if shown - plate.offset not in plate.frames:
        raise HostError(f"The plate does not play at frame {shown}; go to one of its frames.")
    return shown - plate.offset
