"""The Blender extension: manifest, entry, licence, and the host's side in a wheel.

`python -m stfam.plugin.installing.blender_extension FOLDER` lays it out as Blender's own `build` takes it.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from stfam.core.version import VERSION
from stfam.plugin.installing.host_side import TREE, write_archive, write_wheel

ADDON = TREE / "plugin" / "blender_host" / "addon"
LICENSE = TREE / "plugin" / "blender_host" / "LICENSE"

FILE = f"stfam-{VERSION}.zip"
"""Name of the extension's file, as Blender's `build` names it."""


def lay_out(folder: Path) -> Path:
    """The extension's source folder: what `blender_ext.py build` and `validate` take."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("__init__.py", "blender_manifest.toml"):
        shutil.copyfile(ADDON / name, folder / name)
    shutil.copyfile(LICENSE, folder / "LICENSE")
    write_wheel(folder / "wheels", ("plugin/blender_host/*.py",))
    return folder


def write_extension(path: Path) -> Path:
    """The extension as one file to install from disk."""
    with tempfile.TemporaryDirectory() as folder:
        laid = lay_out(Path(folder))
        contents = {file.relative_to(laid).as_posix(): file.read_bytes() for file in laid.rglob("*") if file.is_file()}
    return write_archive(path, contents)


if __name__ == "__main__":
    print(lay_out(Path(sys.argv[1])))
