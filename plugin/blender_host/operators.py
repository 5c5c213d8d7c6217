# SPDX-License-Identifier: GPL-3.0-or-later
"""`bpy.ops.stfam.*`: the functions of `api` with properties; in a window, long work goes on behind Blender's back."""

from __future__ import annotations

from typing import Any

import bpy

from stfam.plugin.blender_host import api, key_operators, selection, sources
from stfam.plugin.blender_host.reporting import Result, reported
from stfam.plugin.blender_host.runner import current

KINDS = tuple((kind, kind.title(), f"The plate is a {kind.lower()}") for kind in sources.KINDS)


NO_PLATE = (
    "This editor shows no plate: open an image sequence or movie in it, or select a node of the scene's own compositor "
    "outside of groups."
)


class STFAM_OT_open_plate(bpy.types.Operator):
    """Open the plate of this editor in a stfam worker"""

    bl_idname = "stfam.open_plate"
    bl_label = "Open Plate"

    kind: bpy.props.EnumProperty(name="Kind", items=KINDS, options={"SKIP_SAVE"})
    name: bpy.props.StringProperty(name="Name", description="Image, clip, strip or node", options={"SKIP_SAVE"})
    frames: bpy.props.StringProperty(
        name="Frames", description="Such as 1001-1100; empty for all that is shown", options={"SKIP_SAVE"}
    )
    window: bpy.props.IntProperty(
        name="Window",
        description="Neighbours on each side; -1: as remembered, else 2",
        default=-1,
        min=-1,
        max=6,
        options={"SKIP_SAVE"},
    )
    matte: bpy.props.StringProperty(
        name="Matte", description="Output pattern; empty: as remembered, else a new version", options={"SKIP_SAVE"}
    )
    relink: bpy.props.BoolProperty(
        name="Relink", description="Keep the keys of a plate that moved", default=False, options={"SKIP_SAVE"}
    )

    def invoke(self, context: Any, event: Any) -> Result:
        """Take what the editor shows, and ask for range, window and output."""
        found = selection.plate_in(context)
        if found is None:
            self.report({"ERROR"}, NO_PLATE)
            return {"CANCELLED"}
        self.kind, self.name = found
        known = api.remembered(self.kind, self.name)
        if known is not None:
            self.window, self.matte = known.settings.window, known.output.matte
        asked: Result = context.window_manager.invoke_props_dialog(self)
        return asked

    def execute(self, context: Any) -> Result:
        """Open it."""

        def act() -> str:
            window = None if self.window < 0 else self.window
            found = api.open_plate(
                self.kind, self.name, frames=self.frames, window=window, matte=self.matte, relink=self.relink
            )
            return f"Frames {found} of {self.name} are open. {current.required().notice}".strip()

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
    """Remember no keys of a plate; its files stay"""

    bl_idname = "stfam.forget"
    bl_label = "Clear Shot"

    plate: bpy.props.StringProperty(
        name="Plate", description="Its path; empty for all of this file", options={"SKIP_SAVE"}
    )

    def execute(self, context: Any) -> Result:
        """Forget."""

        def act() -> str:
            api.forget(self.plate)
            return f"Nothing is remembered of {self.plate or 'any plate'}."

        return reported(self, act)


CLASSES = (
    STFAM_OT_open_plate,
    *key_operators.CLASSES,
    STFAM_OT_propagate,
    STFAM_OT_matte,
    STFAM_OT_cancel,
    STFAM_OT_import_result,
    STFAM_OT_open_panel,
    STFAM_OT_close,
    STFAM_OT_forget,
)
