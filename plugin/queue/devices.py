"""The devices that this machine renders on, found without importing torch."""

from __future__ import annotations

import os
import shutil
import subprocess


def render_devices() -> list[str]:
    """`cuda:N` for each CUDA device that seems to be there; the shot's own choice ("") where there is none."""
    count = _cuda_devices()
    return [f"cuda:{i}" for i in range(count)] if count else [""]


def visible_gpus() -> list[str] | None:
    """The GPUs that $CUDA_VISIBLE_DEVICES leaves to this process, as it names them; None where it is not set."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is None:
        return None
    return [name.strip() for name in visible.split(",") if name.strip() not in ("", "-1")]


def _cuda_devices() -> int:
    visible = visible_gpus()
    if visible is not None:
        return len(visible)
    program = shutil.which("nvidia-smi")
    if program is None:
        return 0
    try:
        listed = subprocess.run([program, "-L"], capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return 0
    return sum(line.startswith("GPU ") for line in listed.stdout.splitlines())
