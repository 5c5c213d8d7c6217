"""Render one clip with Cycles: run as a file by a Python that holds ``bpy``; it imports nothing of this project.

``python blender_scene.py JOB_FOLDER`` reads ``JOB_FOLDER/scene.json`` and the arrays beside it, and writes
``JOB_FOLDER/rgba.npy``: (T, H, W, 4) float32, linear Rec.709, premultiplied.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from mathutils import Vector

FRAMES_PER_SECOND = 24


def main(folder: Path) -> None:
    """Build the scene of ``folder`` and render its frames."""
    job: dict[str, Any] = json.loads((folder / "scene.json").read_text(encoding="utf-8"))
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    set_up_render(scene, job)
    add_camera(scene, job["camera"])
    add_lights(scene, job["lights"], job["world"])
    objects = [add_object(scene, folder, entry) for entry in job["objects"]]
    frames = []
    for index in range(job["frames"]):
        for shape in objects:
            shape.pose(index)
        frames.append(render_frame(scene, folder / "frame.exr"))
        print(f"frame {index + 1}/{job['frames']}", flush=True)
    np.save(folder / "rgba.npy", np.stack(frames))


def set_up_render(scene: Any, job: dict[str, Any]) -> None:
    """Cycles on the CPU: direct light alone, a transparent film and a filter that keeps alpha smooth."""
    scene.render.engine = "CYCLES"
    scene.render.fps = FRAMES_PER_SECOND
    scene.render.resolution_x = scene.render.resolution_y = job["size"] * job["oversampling"]
    scene.render.film_transparent = True
    scene.render.threads_mode, scene.render.threads = "FIXED", job["threads"]
    scene.render.image_settings.file_format = "OPEN_EXR"
    scene.render.image_settings.color_mode, scene.render.image_settings.color_depth = "RGBA", "32"
    scene.render.use_motion_blur = job["shutter"] > 0
    scene.render.motion_blur_shutter = max(job["shutter"], 0.01)
    cycles = scene.cycles
    cycles.device, cycles.samples, cycles.seed = "CPU", job["samples"], job["seed"]
    cycles.use_adaptive_sampling = cycles.use_denoising = False
    cycles.max_bounces = 0
    cycles.transparent_max_bounces = 24
    cycles.pixel_filter_type, cycles.filter_width = "BLACKMAN_HARRIS", 1.5 * job["oversampling"]
    cycles.sample_clamp_direct, cycles.sample_clamp_indirect = 4.0, 2.0
    scene.cycles_curves.shape, scene.cycles_curves.subdivisions = "RIBBONS", 2


def add_camera(scene: Any, camera: dict[str, Any]) -> None:
    """A perspective camera that looks at a point, with depth of field where an f-stop is given."""
    data = bpy.data.cameras.new("camera")
    data.angle = camera["angle"]
    node = bpy.data.objects.new("camera", data)
    node.location = camera["location"]
    node.rotation_euler = aim(camera["location"], camera["target"])
    if camera["fstop"] is not None:
        data.dof.use_dof, data.dof.focus_distance, data.dof.aperture_fstop = True, camera["focus"], camera["fstop"]
    scene.collection.objects.link(node)
    scene.camera = node


def aim(location: list[float], target: list[float]) -> Any:
    """Euler rotation that points an object's -Z from ``location`` at ``target``."""
    return (Vector(target) - Vector(location)).to_track_quat("-Z", "Y").to_euler()


def add_lights(scene: Any, lights: list[dict[str, Any]], world: list[float]) -> None:
    """Area lights aimed at the origin, and an even world."""
    for entry in lights:
        data = bpy.data.lights.new("light", "AREA")
        data.energy, data.size, data.color = entry["energy"], entry["size"], entry["colour"]
        node = bpy.data.objects.new("light", data)
        node.location, node.rotation_euler = entry["location"], aim(entry["location"], [0.0, 0.0, 0.0])
        scene.collection.objects.link(node)
    scene.world = bpy.data.worlds.new("world")
    scene.world.use_nodes = True
    scene.world.node_tree.nodes["Background"].inputs["Color"].default_value = (*world, 1.0)


class Shape:
    """Geometry whose points are set anew for each frame, with the velocities that motion blur needs."""

    def __init__(self, data: Any, points: Any) -> None:
        """``points`` is (T, P, 3) in world space."""
        self.data, self.points = data, points
        self.velocities = np.gradient(points, axis=0) * FRAMES_PER_SECOND if len(points) > 1 else np.zeros_like(points)
        data.attributes.new("velocity", "FLOAT_VECTOR", "POINT")

    def pose(self, index: int) -> None:
        """Move the points to where they are in frame ``index``."""
        self.data.attributes["position"].data.foreach_set("vector", self.points[index].ravel())
        self.data.attributes["velocity"].data.foreach_set("vector", self.velocities[index].astype(np.float32).ravel())
        self.data.update_tag()


def add_object(scene: Any, folder: Path, entry: dict[str, Any]) -> Shape:
    """Strands (Curves) or a surface (Mesh) from the arrays ``NAME.*.npy``, with its material."""
    arrays = {key: np.load(folder / f"{entry['name']}.{key}.npy") for key in entry["arrays"]}
    data = curves(entry["name"], arrays) if entry["type"] == "strands" else mesh(entry["name"], arrays)
    tint = data.attributes.new("tint", "FLOAT_COLOR", "POINT")
    tint.data.foreach_set("color", arrays["colour"].ravel())
    data.materials.append(material(entry["material"], entry["roughness"]))
    scene.collection.objects.link(bpy.data.objects.new(entry["name"], data))
    points = arrays["points"]
    return Shape(data, points.reshape(len(points), -1, 3))


def curves(name: str, arrays: dict[str, Any]) -> Any:
    """Curves of equal point counts: points (T, N, K, 3), radius (N, K)."""
    count, length = arrays["radius"].shape
    data = bpy.data.hair_curves.new(name)
    data.add_curves([length] * count)
    data.attributes.new("radius", "FLOAT", "POINT")
    data.attributes["radius"].data.foreach_set("value", arrays["radius"].ravel())
    return data


def mesh(name: str, arrays: dict[str, Any]) -> Any:
    """A smooth mesh of quads: points (T, V, 3), faces (F, 4)."""
    data = bpy.data.meshes.new(name)
    data.from_pydata(arrays["points"][0].tolist(), [], arrays["faces"].tolist())
    data.polygons.foreach_set("use_smooth", [True] * len(data.polygons))
    return data


def material(kind: str, roughness: float) -> Any:
    """The material called ``kind``, coloured by the attribute ``tint`` whose alpha is the opacity of sheets."""
    made = bpy.data.materials.new(kind)
    made.use_nodes = True
    tree = made.node_tree
    tree.nodes.clear()
    tint = tree.nodes.new("ShaderNodeAttribute")
    tint.attribute_name = "tint"
    surface = {"hair": hair_shader, "skin": skin_shader, "sheet": sheet_shader}[kind](tree, tint, roughness)
    output = tree.nodes.new("ShaderNodeOutputMaterial")
    tree.links.new(surface, output.inputs["Surface"])
    return made


def hair_shader(tree: Any, tint: Any, roughness: float) -> Any:
    """Mostly diffuse strands with the glints of the principled hair model."""
    glint = tree.nodes.new("ShaderNodeBsdfHairPrincipled")
    glint.parametrization = "COLOR"
    glint.inputs["Roughness"].default_value = roughness
    base = tree.nodes.new("ShaderNodeBsdfDiffuse")
    for node in (glint, base):
        tree.links.new(tint.outputs["Color"], node.inputs["Color"])
    return mixed(tree, 0.55, base.outputs[0], glint.outputs[0])


def skin_shader(tree: Any, tint: Any, roughness: float) -> Any:
    """Opaque surface below fur, a head, a stone."""
    node = tree.nodes.new("ShaderNodeBsdfPrincipled")
    node.inputs["Roughness"].default_value = roughness
    tree.links.new(tint.outputs["Color"], node.inputs["Base Color"])
    return node.outputs[0]


def sheet_shader(tree: Any, tint: Any, roughness: float) -> Any:
    """Cloth and leaves: lit through from behind, and as opaque as the attribute's alpha says."""
    front, through, clear = (
        tree.nodes.new(f"ShaderNodeBsdf{name}") for name in ("Diffuse", "Translucent", "Transparent")
    )
    front.inputs["Roughness"].default_value = roughness
    for node in (front, through):
        tree.links.new(tint.outputs["Color"], node.inputs["Color"])
    lit = mixed(tree, 0.4, front.outputs[0], through.outputs[0])
    return mixed(tree, tint.outputs["Alpha"], clear.outputs[0], lit)


def mixed(tree: Any, factor: Any, first: Any, second: Any) -> Any:
    """The mix of two shaders by a number or a socket."""
    node = tree.nodes.new("ShaderNodeMixShader")
    if isinstance(factor, float):
        node.inputs[0].default_value = factor
    else:
        tree.links.new(factor, node.inputs[0])
    tree.links.new(first, node.inputs[1])
    tree.links.new(second, node.inputs[2])
    return node.outputs[0]


def render_frame(scene: Any, path: Path) -> Any:
    """Render the current state of the scene: (H, W, 4) float32, top row first."""
    scene.render.filepath = str(path)
    bpy.ops.render.render(write_still=True)
    image = bpy.data.images.load(str(path))
    image.colorspace_settings.name = "Non-Color"
    image.alpha_mode = "CHANNEL_PACKED"
    width, height = image.size
    pixels = np.empty(width * height * 4, np.float32)
    image.pixels.foreach_get(pixels)
    bpy.data.images.remove(image)
    path.unlink()
    return pixels.reshape(height, width, 4)[::-1]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
