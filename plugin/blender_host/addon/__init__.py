# SPDX-License-Identifier: GPL-3.0-or-later
"""The extension's entry: stfam comes in its wheel, or from the source tree that this folder lies in."""

import sys
from importlib import invalidate_caches
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

if "stfam.plugin.blender_host.registration" in sys.modules:  # of a version that Blender updates as it runs
    for name in [name for name in sys.modules if name.partition(".")[0] == "stfam"]:
        del sys.modules[name]
    invalidate_caches()

if find_spec("stfam") is None:
    tree = ModuleType("stfam")
    tree.__path__ = [str(Path(__file__).resolve().parents[3])]
    sys.modules["stfam"] = tree

from stfam.plugin.blender_host import registration


def register() -> None:
    """Called by Blender."""
    registration.register(__package__)


unregister = registration.unregister
