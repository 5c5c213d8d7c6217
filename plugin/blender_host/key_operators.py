# SPDX-License-Identifier: GPL-3.0-or-later
"""The operators that make keyframes and take them away."""

from __future__ import annotations

from typing import Any

import bpy

from stfam.core.errors import StfamError
from stfam.core.frame_range import FrameRange
from stfam.plugin.blender_host import api, selection
from stfam.plugin.blender_host.reporting import Result, reported


class STFAM_OT_add_key(bpy.types.Operator):
    """Make keyframe trimaps of a mask or a painted image"""

    bl_idname = "stfam.add_key"
    bl_label = "Key from Mask or Image"

    seed: bpy.props.StringProperty(name="Mask or Image")
    frames: bpy.props.StringProperty(
        name="Frames", description="Of the plate; empty for the current frame", options={"SKIP_SAVE"}
    )
    inner: bpy.props.IntProperty(name="Inner", description="Unknown band inside the edge, pixels", default=10, min=0)
    outer: bpy.props.IntProperty(name="Outer", description="Unknown band outside the edge, pixels", default=10, min=0)

    def invoke(self, context: Any, event: Any) -> Result:
        """Ask for frames and widths."""
        try:
            self.frames = str(selection.plate_frame())
        except StfamError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        found: Result = context.window_manager.invoke_props_dialog(self)
        return found

    def execute(self, context: Any) -> Result:
        """Make them."""

        def act() -> str:
            frames = FrameRange.parse(self.frames) if self.frames else FrameRange((selection.plate_frame(),))
            api.add_key(self.seed, frames, inner=self.inner, outer=self.outer)
            return f"Keyframes {frames} are made of {self.seed}."

        return reported(self, act)


class STFAM_OT_add_key_file(bpy.types.Operator):
    """Make a keyframe of a trimap, roto, mask or alpha on disk"""

    bl_idname = "stfam.add_key_file"
    bl_label = "Key from File"

    filepath: bpy.props.StringProperty(name="File", subtype="FILE_PATH")
    frame: bpy.props.IntProperty(name="Frame", description="Of the plate")
    inner: bpy.props.IntProperty(name="Inner", default=10, min=0)
    outer: bpy.props.IntProperty(name="Outer", default=10, min=0)

    def invoke(self, context: Any, event: Any) -> Result:
        """Ask for the file."""
        try:
            self.frame = selection.plate_frame()
        except StfamError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context: Any) -> Result:
        """Make it."""

        def act() -> str:
            api.add_key_file(self.filepath, self.frame, inner=self.inner, outer=self.outer)
            return f"Frame {self.frame} is a keyframe."

        return reported(self, act)


class STFAM_OT_remove_key(bpy.types.Operator):
    """Make a keyframe an ordinary frame again"""

    bl_idname = "stfam.remove_key"
    bl_label = "Remove Key"

    frame: bpy.props.IntProperty(name="Frame", description="Of the plate")

    def execute(self, context: Any) -> Result:
        """Remove it."""

        def act() -> str:
            api.remove_key(self.frame)
            return f"Frame {self.frame} is no keyframe any more."

        return reported(self, act)


CLASSES = (STFAM_OT_add_key, STFAM_OT_add_key_file, STFAM_OT_remove_key)
