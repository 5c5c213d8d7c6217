# SPDX-License-Identifier: GPL-3.0-or-later
"""The stfam tab in the sidebars of the image, movie clip, sequencer and compositor editors."""

from __future__ import annotations

from typing import Any

import bpy

from stfam.plugin.blender_host import selection
from stfam.plugin.blender_host.runner import current


def _draw(layout: Any, context: Any) -> None:
    _draw_plate(layout.box(), context)
    if current.session is None:
        return
    _draw_keys(layout.box(), context)
    _draw_work(layout.box())


def _draw_plate(box: Any, context: Any) -> None:
    found = selection.plate_in(context)
    box.label(text=f"Plate: {found[1]}" if found else "No plate in this editor", icon="SEQUENCE")
    box.operator("stfam.open_plate", icon="FILE_FOLDER")
    if current.text:
        box.label(text=current.text, icon="ERROR" if current.failed else "INFO")
    if current.relink and found:
        _draw_relink(box.row(), *found)
    elif current.keyless:
        box.operator("stfam.forget", icon="X").plate = current.keyless


def _draw_relink(row: Any, kind: str, name: str) -> None:
    """The two answers to the question that opening a plate raised, which are carried out without a dialog."""
    row.operator_context = "EXEC_DEFAULT"
    again = row.operator("stfam.open_plate", text="Relink", icon="LINKED")
    again.kind, again.name, again.relink = kind, name, True
    row.operator("stfam.forget", icon="X").plate = current.relink


def _draw_keys(box: Any, context: Any) -> None:
    assert current.session is not None
    box.label(text="Keyframes", icon="KEYFRAME")
    for key in current.session.shot.keys:
        row = box.row()
        row.label(text=str(key.frame))
        row.operator("stfam.remove_key", text="", icon="X").frame = key.frame
    for mask in bpy.data.masks:
        add = box.operator("stfam.add_key", text=f"Key from {mask.name}", icon="MOD_MASK")
        add.seed = mask.name
    image = getattr(context.space_data, "image", None)
    if image is not None and image.source in ("GENERATED", "FILE"):
        add = box.operator("stfam.add_key", text=f"Key from {image.name}", icon="IMAGE_DATA")
        add.seed = image.name
    box.operator("stfam.add_key_file", icon="FILE_IMAGE")


def _draw_work(box: Any) -> None:
    row = box.row(align=True)
    row.enabled = not current.busy
    row.operator("stfam.propagate", icon="TRACKING_FORWARDS")
    row.operator("stfam.matte", icon="IMAGE_ALPHA")
    if current.busy and current.job is not None:
        box.progress(factor=current.job.fraction, text=current.text)
        box.operator("stfam.cancel", icon="CANCEL")
    box.operator("stfam.import_result", icon="IMPORT")
    box.operator("stfam.open_panel", icon="WINDOW")
    box.operator("stfam.close", icon="PANEL_CLOSE")


class _Sidebar:
    bl_label = "stfam"
    bl_category = "stfam"
    bl_region_type = "UI"

    def draw(self, context: Any) -> None:
        """Plate, keyframes, work."""
        _draw(self.layout, context)  # type: ignore[attr-defined]


class STFAM_PT_image(_Sidebar, bpy.types.Panel):
    """In the image editor"""

    bl_space_type = "IMAGE_EDITOR"


class STFAM_PT_clip(_Sidebar, bpy.types.Panel):
    """In the movie clip editor"""

    bl_space_type = "CLIP_EDITOR"


class STFAM_PT_sequencer(_Sidebar, bpy.types.Panel):
    """In the sequencer"""

    bl_space_type = "SEQUENCE_EDITOR"


class STFAM_PT_compositor(_Sidebar, bpy.types.Panel):
    """In the compositor"""

    bl_space_type = "NODE_EDITOR"

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Not in the shader and geometry editors."""
        return bool(context.space_data.tree_type == "CompositorNodeTree")


CLASSES = (STFAM_PT_image, STFAM_PT_clip, STFAM_PT_sequencer, STFAM_PT_compositor)
