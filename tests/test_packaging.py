"""The package list and the tree agree, and nothing imports what its room may not."""

from __future__ import annotations

import ast
import configparser
import subprocess
import sys
from pathlib import Path

import pytest

from stfam.core.version import VERSION

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("core", "ui", "plugin", "resources")
ENTRIES = ("addon", "startup")
"""Folders that a host reads as its own entry: data for us."""


def package_files() -> list[Path]:
    found = [init for room in ROOMS for init in (ROOT / room).rglob("__init__.py")]
    return [init for init in found if init.parent.name not in ENTRIES]


def test_every_package_of_the_tree_is_listed() -> None:
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg", "utf-8")
    listed = set(parser["options"]["packages"].split())
    present = {"stfam." + ".".join(init.parent.relative_to(ROOT).parts) for init in package_files()}
    assert listed == present


def test_every_resource_of_the_tree_ships() -> None:
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg", "utf-8")
    patterns = parser["options.package_data"]["stfam.resources"].split(", ")
    folder = ROOT / "resources"
    present = {file for file in folder.rglob("*") if file.is_file() and file.suffix not in (".py", ".pyc")}
    assert present == {file for pattern in patterns for file in folder.glob(pattern)}


def test_the_package_and_the_extension_are_of_the_version_that_the_program_says() -> None:
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg", "utf-8")
    manifest = (ROOT / "plugin/blender_host/addon/blender_manifest.toml").read_text("utf-8")
    assert parser["metadata"]["version"] == VERSION
    assert f'\nversion = "{VERSION}"\n' in manifest and f"/stfam_host-{VERSION}-" in manifest


def test_package_files_hold_a_docstring_and_no_work() -> None:
    for init in package_files():
        text = init.read_text("utf-8").strip().removeprefix("# SPDX-License-Identifier: GPL-3.0-or-later\n")
        assert text.startswith('"""'), init
        assert text.endswith('"""'), init


def test_what_says_that_it_imports_the_standard_library_alone_is_held_to_it() -> None:
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg", "utf-8")
    held = set(parser["importlinter:contract:stdlib-only"]["source_modules"].split())
    files = [file for room in ("core", "ui", "plugin") for file in (ROOT / room).rglob("*.py")]
    docstrings = {file: ast.get_docstring(ast.parse(file.read_text("utf-8"))) or "" for file in files}
    said = [file for file, text in docstrings.items() if text.partition("\n\n")[0].endswith("(standard library only).")]
    names = {"stfam." + ".".join(file.relative_to(ROOT).with_suffix("").parts) for file in said}
    assert {name.removesuffix(".__init__") for name in names} <= held


POSIX = {"fcntl", "grp", "posix", "pty", "pwd", "resource", "syslog", "termios", "tty"}
"""Modules of Python's that Windows lacks."""


def test_no_module_needs_what_windows_lacks() -> None:
    for room in ROOMS:
        for file in (ROOT / room).rglob("*.py"):
            body = ast.parse(file.read_text("utf-8")).body  # what stands below an `if` is not looked at
            imported = {alias.name for line in body if isinstance(line, ast.Import) for alias in line.names}
            imported |= {line.module or "" for line in body if isinstance(line, ast.ImportFrom)}
            assert not imported & POSIX, file


def _import_without(module: str, forbidden: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    code = (
        "import sys\n"
        f"for name in {forbidden!r}: sys.modules[name] = None\n"
        f"import {module}\n"
        "print(sorted(m for m in sys.modules if m.split('.')[0] in "
        f"{forbidden!r} and sys.modules[m] is not None))\n"
    )
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


HEAVY = ("torch", "torchvision", "numpy", "cv2", "OpenImageIO", "av", "fileseq", "pymatting")


@pytest.mark.parametrize(
    "module",
    [
        "stfam.core.shot",
        "stfam.core.errors",
        "stfam.core.frame_range",
        "stfam.core.worker.protocol",
        "stfam.core.worker.client",
        "stfam.plugin.hooks",
        "stfam.plugin.host.session",
    ],
)
def test_light_modules_need_the_standard_library_alone(module: str) -> None:
    result = _import_without(module, (*HEAVY, "PySide6"))
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip() == "[]"
