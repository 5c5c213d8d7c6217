"""The extension as Blender's own tools take it: built, validated, installed, switched off and on."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import bpy

from stfam.plugin.installing.blender_extension import FILE, lay_out, write_extension

SCRIPTS = Path(bpy.utils.system_resource("SCRIPTS"))
TOOL = SCRIPTS / "addons_core" / "bl_pkg" / "cli" / "blender_ext.py"
TAGS = SCRIPTS / "modules" / "_bpy_internal" / "extensions" / "tags.py"

INSTALL = """
import sys
import bpy, addon_utils
name = "bl_ext.user_default.stfam"
addon_utils.enable("bl_pkg")
bpy.ops.extensions.package_install_files(filepath=sys.argv[1], repo="user_default", enable_on_install=True)
import stfam.plugin.hooks
assert "site-packages/stfam" in stfam.plugin.hooks.__file__ and "bres" in stfam.plugin.hooks.__file__
for _ in range(3):
    assert bpy.types.Operator.bl_rna_get_subclass_py("STFAM_OT_matte") is not None
    assert bpy.context.preferences.addons[name].preferences.device == "auto"
    addon_utils.disable(name)
    assert bpy.types.Operator.bl_rna_get_subclass_py("STFAM_OT_matte") is None
    addon_utils.enable(name, default_set=True)
old = sys.modules["stfam.core.version"]
bpy.ops.extensions.package_install_files(filepath=sys.argv[1], repo="user_default", enable_on_install=True)
assert bpy.types.Operator.bl_rna_get_subclass_py("STFAM_OT_matte") is not None
assert sys.modules["stfam.core.version"] is not old, "an extension that is updated goes on with its old code"
print("installed")
"""

SOURCE_TREE = """
import importlib.util, sys
spec = importlib.util.spec_from_file_location("stfam_addon", sys.argv[1])
module = importlib.util.module_from_spec(spec)
module.__package__ = "stfam_addon"
import bpy
for _ in range(2):  # Reload Scripts runs it again
    spec.loader.exec_module(module)
    module.register()
    assert bpy.types.Operator.bl_rna_get_subclass_py("STFAM_OT_matte") is not None
    module.unregister()
print("registered")
"""


def tool(*arguments):
    command = [sys.executable, str(TOOL), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def python(script: str, *arguments, **environment):
    clean = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "STFAM_ENV")}
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env={**clean, **environment})


def test_blender_s_own_tool_builds_and_validates_it(tmp_path):
    tool("build", "--valid-tags", TAGS, "--source-dir", lay_out(tmp_path / "source"), "--output-dir", tmp_path)
    assert "Success" in tool("validate", "--valid-tags", TAGS, tmp_path / FILE)


def test_our_file_is_the_same_each_time_and_validates(tmp_path):
    first, second = write_extension(tmp_path / "a.zip"), write_extension(tmp_path / "b.zip")
    assert first.read_bytes() == second.read_bytes()
    assert "Success" in tool("validate", "--valid-tags", TAGS, first)


def test_it_installs_from_the_file_with_its_wheel(tmp_path):
    done = python(INSTALL, write_extension(tmp_path / FILE), BLENDER_USER_RESOURCES=str(tmp_path / "bres"))
    assert done.stdout.strip().endswith("installed"), done.stderr


def test_it_runs_from_the_source_tree():
    addon = Path(__file__).resolve().parents[3] / "plugin" / "blender_host" / "addon" / "__init__.py"
    done = python(SOURCE_TREE, addon)
    assert done.stdout.strip().endswith("registered"), done.stderr


def test_nothing_heavy_is_needed():
    missing = dict.fromkeys(["torch", "numpy", "cv2", "OpenImageIO", "PySide6"])
    script = f"import sys; sys.modules.update({missing})\nfrom stfam.plugin.blender_host import registration"
    done = python(script, PYTHONPATH=os.environ["PYTHONPATH"])
    assert done.returncode == 0, done.stderr
