"""What is packed for the hosts runs without what the hosts do not have."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from stfam.plugin.installing import blender_extension, host_side, nuke

HEAVY = ("torch", "torchvision", "numpy", "cv2", "OpenImageIO", "av", "fileseq")
FAKES = Path(__file__).resolve().parents[1] / "nuke_host" / "fakes"


def run(script: str, *paths: Path) -> str:
    """Run a script with only `paths` for stfam, and the heavy packages blocked; returns what it complained of."""
    head = (
        "import sys\n"
        "sys.path[:] = [p for p in sys.path if 'finder' not in p]\n"
        "sys.meta_path[:] = [f for f in sys.meta_path if 'editable' not in repr(f).lower()]\n"
        f"sys.path[:0] = {[str(path) for path in paths]}\n"
        f"[sys.modules.__setitem__(name, None) for name in {HEAVY}]\n"
    )
    done = subprocess.run([sys.executable, "-c", head + script], capture_output=True, text=True)
    return done.stderr


def test_the_wheel_is_a_wheel_and_stands_alone(tmp_path):
    wheel = host_side.write_wheel(tmp_path, ())
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        record = archive.read("stfam_host-0.1.0.dist-info/RECORD").decode().splitlines()
        archive.extractall(tmp_path / "site")
    assert {line.split(",")[0] for line in record} == set(names)
    assert "stfam/plugin/hooks.py" in names and not any("network" in name for name in names)
    script = "import stfam.plugin.hooks, stfam.plugin.host.session\nassert 'site' in stfam.plugin.hooks.__file__"
    assert run(script, tmp_path / "site") == ""


def test_packing_twice_gives_the_same_bytes(tmp_path):
    first, second = nuke.write_zip(tmp_path / "a.zip"), nuke.write_zip(tmp_path / "b.zip")
    assert first.read_bytes() == second.read_bytes()


def test_the_nuke_zip_starts_in_nuke(tmp_path):
    with zipfile.ZipFile(nuke.write_zip(tmp_path / nuke.FILE)) as archive:
        archive.extractall(tmp_path)
    plugin = tmp_path / "stfam"
    assert (plugin / "init.py").is_file() and (plugin / "python" / "stfam" / "resources" / "icons").is_dir()
    script = (
        f"import runpy\nfor name in ('init.py', 'menu.py'): runpy.run_path({str(plugin)!r} + '/' + name)\n"
        "import nukescripts, stfam.ui.panel\n"
        f"assert stfam.ui.panel.__file__.startswith({str(plugin)!r}), stfam.ui.panel.__file__\n"
        "assert 'io.stfam.panel' in nukescripts._registered"
    )
    assert run(script, FAKES) == ""


def test_a_pattern_without_a_file_is_an_error():
    with pytest.raises(FileNotFoundError, match="no core/gone"):
        list(host_side.files(("core/gone.py",)))


def test_the_extension_names_the_wheel_that_it_holds(tmp_path):
    folder = blender_extension.lay_out(tmp_path / "ext")
    assert host_side.WHEEL in (folder / "blender_manifest.toml").read_text("utf-8")
    assert (folder / "wheels" / host_side.WHEEL).is_file()
    assert "GNU GENERAL PUBLIC LICENSE" in (folder / "LICENSE").read_text("utf-8")
