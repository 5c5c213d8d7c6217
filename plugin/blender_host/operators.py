# SPDX-License-Identifier: GPL-3.0-or-later
"""`bpy.ops.stfam.*`: the functions of `api` with properties; in a window, long work goes on behind Blender's back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import bpy

from stfam.core.errors import StfamError
from stfam.core.frame_range import FrameRange
from stfam.plugin.blender_host import api, selection, sources
from stfam.plugin.blender_host.runner import current

KINDS = tuple((kind, kind.title(), f"The plate is a {kind.lower()}") for kind in sources.KINDS)

Result = set[str]


def reported(operator: Any, act: Callable[[], str]) -> Result:
    """Run `act` and report its sentence, or the error's; a traceback never reaches the artist."""
    try:
        text = act()
    except (StfamError, OSError) as error:
        current.say(str(error), failed=True)
        operator.report({"ERROR"}, str(error))
        return {"CANCELLED"}
    if text:
        current.say(text)
        operator.report({"INFO"}, text)
    return {"FINISHED"}


class STFAM_OT_open_plate(bpy.types.Operator):
    """Open the plate of this editor in a stfam worker"""

    bl_idname = "stfam.open_plate"
    bl_label = "Open Plate"

    kind: bpy.props.EnumProperty(name="Kind", items=KINDS, options={"SKIP_SAVE"})
    name: bpy.props.StringProperty(name="Name", description="Image, clip, strip or node", options={"SKIP_SAVE"})
    frames: bpy.props.StringProperty(name="Frames", description="Such as 1001-1100; empty for all that is shown")
    window: bpy.props.IntProperty(name="Window", description="Neighbours on each side", default=2, min=0, max=6)
    matte: bpy.props.StringProperty(name="Matte", description="Output pattern; empty for a new version")
    relink: bpy.props.BoolProperty(name="Relink", description="Keep the keys of a plate that moved", default=False)

    def invoke(self, context: Any, event: Any) -> Result:
        """Take what the editor shows."""
        found = selection.plate_in(context)
        if found is None:
            self.report({"ERROR"}, "This editor shows no plate: open an image sequence or movie in it.")
            return {"CANCELLED"}
        self.kind, self.name = found
        return self.execute(context)

    def execute(self, context: Any) -> Result:
        """Open it."""

        def act() -> str:
            found = api.open_plate(
                self.kind, self.name, frames=self.frames, window=self.window, matte=self.matte, relink=self.relink
            )
            return f"Frames {found} of {self.name} are open."

        return reported(self, act)


class STFAM_OT_add_key(bpy.types.Operator):
    """Make keyframe trimaps of a mask or a painted image"""

    bl_idname = "stfam.add_key"
    bl_label = "Key from Mask or Image"

    seed: bpy.props.StringProperty(name="Mask or Image")
    frames: bpy.props.StringProperty(name="Frames", description="Of the plate; empty for the current frame")
    inner: bpy.props.IntProperty(name="Inner", description="Unknown band inside the edge, pixels", default=10, min=0)
    outer: bpy.props.IntProperty(name="Outer", description="Unknown band outside the edge, pixels", default=10, min=0)

    def execute(self, context: Any) -> Result:
        """Make them."""

        def act() -> str:
            frames = FrameRange.parse(self.frames) if self.frames else FrameRange((selection.plate_frame(context),))
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
            self.frame = selection.plate_frame(context)
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


class _Work:
    """Propagate or matte: to the end without a window or where `wait` is set, else behind Blender's back."""

    kind = ""

    def work(self, operator: Any) -> Result:
        def act() -> str:
            frames = operator.frames or None
            if operator.wait or bpy.app.background:
                done = api.propagate(frames) if self.kind == "propagate" else api.matte(frames)
                return f"{self.kind}: {done.done} frames."
            current.start(self.kind, frames)
            return ""

        return reported(operator, act)


class STFAM_OT_propagate(bpy.types.Operator, _Work):
    """Carry the key trimaps through the plate"""

    bl_idname = "stfam.propagate"
    bl_label = "Propagate"
    kind = "propagate"

    frames: bpy.props.StringProperty(name="Frames", description="Of the plate; empty for all")
    wait: bpy.props.BoolProperty(name="Wait", description="Return when it is done", default=False)

    def execute(self, context: Any) -> Result:
        """Start it, or do it."""
        return self.work(self)


class STFAM_OT_matte(bpy.types.Operator, _Work):
    """Pull and write the mattes"""

    bl_idname = "stfam.matte"
    bl_label = "Matte"
    kind = "matte"

    frames: bpy.props.StringProperty(name="Frames", description="Of the plate; empty for all")
    wait: bpy.props.BoolProperty(name="Wait", description="Return when it is done", default=False)

    def execute(self, context: Any) -> Result:
        """Start it, or do it."""
        return self.work(self)


class STFAM_OT_cancel(bpy.types.Operator):
    """Stop within one frame; finished frames stay"""

    bl_idname = "stfam.cancel"
    bl_label = "Cancel"

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Only while something runs."""
        return current.busy

    def execute(self, context: Any) -> Result:
        """Stop it."""
        api.cancel()
        return {"FINISHED"}


class STFAM_OT_import_result(bpy.types.Operator):
    """Put the mattes into the compositor, the sequencer or beside the clip; again, to update what is there"""

    bl_idname = "stfam.import_result"
    bl_label = "Import Result"

    filepath: bpy.props.StringProperty(
        name="Shot", description="A shot that the panel saved; empty for the open one", subtype="FILE_PATH"
    )

    def execute(self, context: Any) -> Result:
        """Import it."""
        return reported(self, lambda: api.import_result(self.filepath))


class STFAM_OT_open_panel(bpy.types.Operator):
    """Paint and correct in the stfam panel, a program of its own"""

    bl_idname = "stfam.open_panel"
    bl_label = "Open Panel"

    def execute(self, context: Any) -> Result:
        """Start it."""

        def act() -> str:
            api.open_panel()
            return "The panel is opening."

        return reported(self, act)


class STFAM_OT_close(bpy.types.Operator):
    """End the worker; mattes and keys stay"""

    bl_idname = "stfam.close"
    bl_label = "Close Shot"

    def execute(self, context: Any) -> Result:
        """End it."""
        api.close()
        return {"FINISHED"}


class STFAM_OT_forget(bpy.types.Operator):
    """Remember no keys of any plate in this file"""

    bl_idname = "stfam.forget"
    bl_label = "Clear Shot"

    def execute(self, context: Any) -> Result:
        """Forget."""
        api.forget()
        return {"FINISHED"}


CLASSES = (
    STFAM_OT_open_plate,
    STFAM_OT_add_key,
    STFAM_OT_add_key_file,
    STFAM_OT_remove_key,
    STFAM_OT_propagate,
    STFAM_OT_matte,
    STFAM_OT_cancel,
    STFAM_OT_import_result,
    STFAM_OT_open_panel,
    STFAM_OT_close,
    STFAM_OT_forget,
)
