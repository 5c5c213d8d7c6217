"""Foreground clips with exact alpha, rendered by Blender: hair, fur, feathers, grass, cloth and leaves.

The geometry of every frame is computed here with numpy; ``blender_scene.py`` runs in an environment of its own that
holds ``bpy``, puts the geometry into a scene and renders it with Cycles.
"""
