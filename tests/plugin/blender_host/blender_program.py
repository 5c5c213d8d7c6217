"""bpy as the program `blender`, as far as `stfam hosts` calls it: the same code behind the same arguments."""

from __future__ import annotations

import sys

import bpy  # isort: skip - it brings what comes next
import addon_utils


def main(arguments: list[str]) -> int:
    if arguments == ["--version"]:
        print(f"Blender {bpy.app.version_string}")
        return 0
    bpy.ops.wm.read_userpref()
    addon_utils.enable("bl_pkg")
    if arguments[:2] == ["--command", "extension"]:
        from bl_pkg.bl_extension_cli import cli_extension_handler

        return cli_extension_handler(arguments[2:])
    assert arguments[:3] == ["-b", "--python-exit-code", "1"] and arguments[3] == "--python-expr"
    exec(arguments[4], {"__name__": "__main__"})
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
