"""What Blender shows, as our plates; and a strip to show."""

from __future__ import annotations


def plate(blender, kind, name):
    from stfam.plugin.blender_host import sources

    return sources.plate(kind, name, blender.context.scene)


def new_strip(blender, matted, start=10):
    strips = blender.context.scene.sequence_editor_create().strips
    strip = strips.new_image("shot", matted.plate_file(1001), 2, start)
    for frame in list(matted.frames)[1:]:
        strip.elements.append(f"plate.{frame}.exr")
    return strip
