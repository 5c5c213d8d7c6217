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
        strip = compat.active_strip(context.scene)
        return ("STRIP", strip.name) if strip else None
    if kind == "NODE_EDITOR" and space.tree_type == "CompositorNodeTree":
        node = space.edit_tree.nodes.active if space.edit_tree else None
        return ("NODE", node.name) if node else None
    return None


def plate_frame(context: Any) -> int:
    """The plate's frame that the scene shows now.

    Raises:
        HostError: no shot is open, or the plate does not play at this frame.
    """
    session = current.required()
    assert session.plate is not None
    frame = int(context.scene.frame_current) - session.plate.offset
    if frame not in session.plate.frames:
        raise HostError(f"The plate does not play at frame {context.scene.frame_current}; go to one of its frames.")
    return frame
