from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import stfam.ui

BLOCKED = ("torch", "torchvision", "numpy", "cv2", "OpenImageIO", "PyOpenColorIO", "av", "fileseq", "nuke", "bpy")

CODE = f"""
import importlib, pkgutil, sys
for name in {BLOCKED!r}:
    sys.modules[name] = None
import stfam.ui
names = [m.name for m in pkgutil.walk_packages(stfam.ui.__path__, "stfam.ui.")]
for name in names:
    importlib.import_module(name)
from PySide6.QtWidgets import QApplication
from stfam.ui.panel import Panel
app = QApplication([])
panel = Panel(lambda: [sys.executable, "-c", "input()"])
panel.show()
app.processEvents()
panel.shut()
print(len(names))
"""


def test_the_panel_loads_and_shows_without_the_heavy_packages(tmp_path):
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "XDG_CONFIG_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", CODE], capture_output=True, text=True, env=environment, timeout=240
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 40


def test_protocol_client_and_shot_load_with_the_standard_library_alone():
    code = (
        "import sys\n"
        f"for name in {(*BLOCKED, 'PySide6')!r}: sys.modules[name] = None\n"
        "import stfam.core.worker.protocol, stfam.core.worker.client, stfam.core.worker.environment\n"
        "import stfam.core.shot, stfam.core.cache, stfam.core.worker.shot_object\n"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=240, check=False).returncode == 0


def test_no_widget_is_made_with_a_property_that_a_turkish_system_does_not_find():
    """PySide looks for `setInterval` where `interval=` is given, and asks the locale for the capital letter."""
    calls = [
        (path.name, call.lineno)
        for path in Path(stfam.ui.__path__[0]).rglob("*.py")
        for call in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(call, ast.Call) and ast.unparse(call.func).startswith("Q")
        if any((keyword.arg or "").startswith("i") for keyword in call.keywords)
    ]
    assert calls == []
