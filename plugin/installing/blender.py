"""The extension into a Blender, out of it, and whether it reaches the worker: by Blender's own command line."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from stfam.core.errors import StfamError
from stfam.plugin.installing.blender_extension import FILE, write_extension
from stfam.plugin.installing.reaching import reach_worker

SECONDS = 180
"""How long Blender may take for one command."""

CHECK = """
import sys
from stfam.core.worker.client import WorkerClient
from stfam.core.worker.environment import check_version
from stfam.plugin.blender_host.preferences import preferences
from stfam.plugin.hooks import worker_of
command = worker_of(preferences().environment)
client = WorkerClient(command)
try:
    check_version(command, str(client.hello("hosts", 60).get("version")))
finally:
    client.close()
print("stfam: worker reached,", command[0])
"""


class HostCommandError(StfamError):
    """A host's own command failed; `said` holds what it printed."""

    exit_status = 3

    def __init__(self, program: Path, what: str, said: str) -> None:
        lines = said.strip().splitlines()
        last = next(
            (line for line in reversed(lines) if "Error" in line or "ERROR" in line), lines[-1] if lines else ""
        )
        super().__init__(f"{program} did not {what}: {last}", program=str(program), said=said)


def install(program: Path) -> str:
    """Install and enable the extension, and let it reach the worker; returns a sentence.

    Raises:
        HostCommandError: Blender refused; the sentence holds its reason.
        StfamError: there is no worker to reach; nothing is installed then.
    """
    reach_worker()
    with tempfile.TemporaryDirectory() as folder:
        path = write_extension(Path(folder) / FILE)
        _blender(
            program, "install the extension", "--command", "extension", "install-file", "-r", "user_default", "-e", path
        )
    return check(program)


def check(program: Path) -> str:
    """Start Blender in the background and let the extension reach the worker; returns a sentence.

    Raises:
        HostCommandError: it does not.
    """
    said = _blender(program, "reach the worker", "-b", "--python-exit-code", "1", "--python-expr", CHECK)
    line = next((line for line in said.splitlines() if line.startswith("stfam: worker reached")), None)
    if line is None:
        raise HostCommandError(program, "reach the worker", said)
    return f"{program}: the extension is installed and reaches the worker ({line.rpartition(', ')[2]})."


def remove(program: Path) -> str:
    """Take the extension out; returns a sentence.

    Raises:
        HostCommandError: Blender refused.
    """
    _blender(program, "remove the extension", "--command", "extension", "remove", "user_default.stfam")
    return f"{program}: the extension is removed."


def _blender(program: Path, what: str, *arguments: str | Path) -> str:
    try:
        command = [str(program), *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, encoding="utf-8", errors="replace", timeout=SECONDS)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise HostCommandError(program, what, str(error)) from error
    said = done.stdout + done.stderr
    if done.returncode != 0:
        raise HostCommandError(program, what, said)
    return said
