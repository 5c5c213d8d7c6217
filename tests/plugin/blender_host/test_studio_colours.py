"""A studio's own OpenColorIO configuration, in which no colour space and no view has a name that Blender's have."""

from __future__ import annotations

import json
import os
import subprocess
import sys

CONFIG = """\
ocio_profile_version: 2
roles: {default: lin, scene_linear: lin, data: plain, default_byte: display, default_float: lin}
file_rules: [!<Rule> {name: Default, colorspace: default}]
displays: {monitor: [!<View> {name: Look, colorspace: display}]}
colorspaces:
  - !<ColorSpace> {name: lin, isdata: false}
  - !<ColorSpace> {name: plain, isdata: true}
  - !<ColorSpace> {name: display, isdata: false, from_scene_reference: !<ExponentTransform> {value: 2.2}}
"""

SCRIPT = """
import json, sys
from pathlib import Path
import bpy
from stfam.core.frame_range import FrameRange
from stfam.core.shot import Output, Shot
from stfam.plugin.blender_host import compat, seeds
from stfam.plugin.blender_host.host import BlenderHost
from stfam.plugin.host.interface import Placement

file, mattes, byte, seed = sys.argv[1:]
said = {}

def bring(kind, name):
    host = BlenderHost(kind, name)
    plate = host.plate()
    said[kind] = plate.colorspace
    host.place(Placement(plate, Shot(plate.spec, Output(mattes)), FrameRange.parse("1001")))

image, clip = bpy.data.images.load(file), bpy.data.movieclips.load(file)
image.source = "SEQUENCE"
bring("IMAGE", image.name)
bring("CLIP", clip.name)
bpy.context.scene.sequence_editor_create()
bring("STRIP", compat.strips(bpy.context.scene).new_image("shot", file, 1, 1).name)
for name, path in (("byte", byte), ("scan", str(Path(file).with_suffix(".dpx")))):
    clip = bpy.data.movieclips.load(path)
    said[name] = BlenderHost("CLIP", clip.name).plate().colorspace
said["data"] = sum(image.colorspace_settings.is_data for image in bpy.data.images)
mask = bpy.data.masks.new("roto")
mask.layers.new(name="layer")
seeds.write_seed("roto", seeds.Canvas(8, 8), 1, Path(seed))
print(json.dumps(said))
"""


def test_mattes_are_data_and_plates_have_the_configuration_s_names(matted, tmp_path):
    config = tmp_path / "studio.ocio"
    config.write_text(CONFIG)
    plate = tmp_path / "plate.1001.exr"
    plate.symlink_to(matted.plate_file(1001))
    plate.with_suffix(".dpx").write_bytes(b"")
    byte = f"{matted.folder}/trimap.1001.png"
    command = [sys.executable, "-c", SCRIPT, str(plate), matted.matte, byte, str(tmp_path / "seed.exr")]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "OCIO": str(config)})
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == {
        "IMAGE": "lin", "CLIP": "lin", "STRIP": "lin", "byte": "display", "scan": None, "data": 1,
    }  # fmt: skip
