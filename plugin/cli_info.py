"""`stfam info`: devices, weights and versions."""

from __future__ import annotations

import json
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from stfam.core.argument_parser import ArgumentParser
from stfam.core.version import VERSION

PACKAGES = (
    "torch",
    "torchvision",
    "numpy",
    "OpenImageIO",
    "opencolorio",
    "av",
    "fileseq",
    "pymatting",
    "PySide6-Essentials",
)

CARD, TABLE = "MODEL_CARD.md", "validation.md"


def main(arguments: list[str]) -> int:
    """Print what this installation is made of."""
    options = _parser().parse_args(arguments)
    facts = {} if options.weights else {"version": VERSION, **_machine()}
    facts["weights"] = weights()
    if options.json:
        print(json.dumps(facts, indent=2))
    elif options.weights:
        print("\n\n".join(_cards(facts["weights"])) or "No weights are installed.")
    else:
        print("\n".join(_lines(facts)))
    return 0


def weights() -> list[dict[str, Any]]:
    """The weights that are installed, each with whether its file is what the manifest says."""
    from stfam.core.file_hash import file_sha256
    from stfam.core.network.weights import manifest
    from stfam.core.network.weights_files import weights_folder

    entries: list[dict[str, Any]] = []
    for entry in manifest():
        path = weights_folder() / entry["file"]
        there = path.is_file()
        state = "missing" if not there else "ok" if file_sha256(path) == entry["sha256"] else "damaged"
        entries.append({**entry, "path": str(path), "state": state, "bytes": path.stat().st_size if there else 0})
    return entries


def _parser() -> ArgumentParser:
    parser = ArgumentParser(prog="stfam info", description="Devices, weights and versions.")
    parser.add_argument("--weights", action="store_true", help="the weights' manifest, model card and table instead")
    parser.add_argument("--json", action="store_true", help="as JSON")
    return parser


def _machine() -> dict[str, Any]:
    import torch

    from stfam.core.engine.device_memory import cuda_devices

    model = platform.processor() or platform.machine()
    devices: list[dict[str, Any]] = [{"name": "cpu", "model": model, "threads": torch.get_num_threads()}]
    for index in range(cuda_devices()):
        facts = torch.cuda.get_device_properties(index)
        devices.append({"name": f"cuda:{index}", "model": facts.name, "bytes": facts.total_memory})
    if torch.backends.mps.is_available():
        devices.append({"name": "mps", "model": "Apple GPU"})
    packages = {name: _version(name) for name in PACKAGES}
    python = platform.python_version()
    return {"python": python, "platform": platform.platform(), "packages": packages, "devices": devices}


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _lines(facts: dict[str, Any]) -> list[str]:
    about = f"stfam {facts['version']}, Python {facts['python']}, {facts['platform']}"
    lines = [about, "Devices:"]
    for device in facts["devices"]:
        memory = f", {device['bytes'] / 2**30:.1f} GiB" if "bytes" in device else ""
        lines.append(f"  {device['name']:<8} {device['model']}{memory}")
    lines.append("Weights:")
    lines += [f"  {entry['file']}: {entry['state']}, {entry['bytes'] / 1e6:.1f} MB" for entry in facts["weights"]]
    lines.append("Packages:")
    lines += [f"  {name} {number or 'missing'}" for name, number in facts["packages"].items()]
    return lines


def _cards(entries: list[dict[str, Any]]) -> list[str]:
    """Every entry of the manifest, then the model card and the validation table that lie beside the weights."""
    folders = {Path(entry["path"]).parent for entry in entries}
    beside = [folder / name for folder in sorted(folders) for name in (CARD, TABLE)]
    return [_card(entry) for entry in entries] + [p.read_text("utf-8").rstrip() for p in beside if p.is_file()]


def _card(entry: dict[str, Any]) -> str:
    """A weights' entry of the manifest."""
    lines = [f"{entry['file']} ({entry['state']}, {entry['bytes'] / 1e6:.1f} MB)"]
    hidden = ("file", "state", "bytes", "path", "config")
    for key, value in entry.items():
        if key not in hidden:
            lines.append(f"  {key}: {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}")
    lines.append(f"  config: {json.dumps(entry.get('config', {}))}")
    return "\n".join(lines)
