# SPDX-License-Identifier: GPL-3.0-or-later
"""Add-on preferences: where the environment is, the device, the cache."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import bpy

from stfam.core.errors import StfamError
from stfam.plugin.hooks import worker_of

DEVICES = (
    ("auto", "Automatic", "CUDA where there is one, else the CPU"),
    ("cuda", "CUDA", "The first CUDA device"),
    ("mps", "Metal", "Apple's GPU"),
    ("cpu", "CPU", "The processor"),
)


class StfamPreferences(bpy.types.AddonPreferences):
    """Filled by `registration` with the add-on's own name."""

    bl_idname = "stfam"

    environment: bpy.props.StringProperty(
        name="Environment",
        description="Folder of the Python environment that holds stfam and torch. Empty: found by itself",
        subtype="DIR_PATH",
    )
    device: bpy.props.EnumProperty(name="Device", description="What the mattes are computed on", items=DEVICES)
    cache: bpy.props.StringProperty(
        name="Cache", description="Where results are kept. Empty: the user's own cache folder", subtype="DIR_PATH"
    )

    def draw(self, context: Any) -> None:
        """The fields, and which worker they lead to."""
        layout = self.layout
        for name in ("environment", "device", "cache"):
            layout.prop(self, name)
        try:
            layout.label(text=f"Worker: {worker_of(self.environment)[0]}", icon="CHECKMARK")
        except StfamError as error:
            for line in _lines(str(error)):
                layout.label(text=line, icon="ERROR")


def preferences() -> Any:
    """The add-on's preferences; empty ones where it runs from the source tree without being an add-on."""
    found = bpy.context.preferences.addons.get(StfamPreferences.bl_idname)
    return found.preferences if found else SimpleNamespace(environment="", device="", cache="")


def _lines(text: str, width: int = 90) -> list[str]:
    lines = [""]
    for word in text.split():
        if len(lines[-1]) + len(word) > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines
