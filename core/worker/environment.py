"""Where the environment is that holds torch, as a host without torch finds it (standard library only)."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from stfam.core.errors import StfamError
from stfam.core.user_folders import user_data_folder
from stfam.core.version import VERSION
from stfam.core.whole_file import write_whole

WHEEL = "with --find-links FOLDER where its wheel is on no index"
"""What pip has to be told as long as stfam is published nowhere."""


class WorkerNotFoundError(StfamError):
    """No environment with a worker was found; `data["tried"]` lists where it was looked for."""

    exit_status = 3

    def __init__(self, tried: list[str]) -> None:
        folder = user_data_folder() / "env"
        super().__init__(
            "No stfam environment was found: make one with "
            f"`python3 -m venv {folder} && {_tool(folder, 'pip')} install stfam=={VERSION}` "
            f"({WHEEL}), or set STFAM_ENV to the one that holds stfam. Looked in: {', '.join(tried)}.",
            tried=tried,
        )


class WorkerVersionError(StfamError):
    """The worker is of another version than the side that talks to it."""

    exit_status = 3

    def __init__(self, program: str, theirs: str) -> None:
        pip = _tool(Path(program).parent.parent, "pip")
        super().__init__(
            f"The stfam environment of {program} is version {theirs}, and this side is {VERSION}: "
            f"mend it with `{pip} install stfam=={VERSION}` ({WHEEL}).",
            program=program,
            theirs=theirs,
            ours=VERSION,
        )


def check_version(command: Sequence[str], theirs: str) -> None:
    """Refuse a worker of another version.

    Raises:
        WorkerVersionError
    """
    if theirs != VERSION:
        raise WorkerVersionError(command[0], theirs)


def worker_command(setting: str = "") -> list[str]:
    """The command that starts the worker.

    Looked for in this order: a setting, $STFAM_ENV, beside the Python that runs this (a host's own has none), PATH, the
    user data folder: its own environment, or the one that `stfam hosts install` recorded there.

    Args:
        setting: an environment folder or an `stfam` program; empty for none.

    Raises:
        WorkerNotFoundError: none of them holds the program.
    """
    tried: list[str] = []
    for origin, program in _candidates(setting):
        tried.append(origin)
        if program is not None and os.path.isfile(program):  # no, where it may not be looked at
            return [str(program), "worker"]
    raise WorkerNotFoundError(tried)


def worker_surroundings() -> dict[str, str]:
    """The variables of this process for a program of the environment that holds torch.

    PYTHONPATH goes without the host's side of stfam, which would hide the whole one there and lacks the worker;
    PYTHONHOME, which some hosts set, names a Python that is not that environment's.
    """
    variables = dict(os.environ)
    variables.pop("PYTHONHOME", None)
    entries = variables.pop("PYTHONPATH", "").split(os.pathsep)
    kept = os.pathsep.join(entry for entry in entries if not _is_host_side(Path(entry) / "stfam"))
    return {**variables, "PYTHONPATH": kept} if kept else variables


def record_worker(program: Path) -> None:
    """Let every host of this user find the program, from whatever environment it is started."""
    path = _record()
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, f"{program}\n")


def _candidates(setting: str) -> Iterator[tuple[str, Path | None]]:
    if setting:
        yield f"the setting {setting}", _program(Path(setting))
    variable = os.environ.get("STFAM_ENV", "")
    yield f"STFAM_ENV={variable or '(not set)'}", _program(Path(variable)) if variable else None
    yield f"beside {sys.executable}", _beside_python()
    on_path = shutil.which("stfam")
    yield "PATH", Path(on_path) if on_path else None
    folder = user_data_folder() / "env"
    yield str(folder), _program(folder)
    yield str(_record()), _recorded()


def _program(path: Path) -> Path:
    return _tool(path, "stfam") if os.path.isdir(path) else path


def _is_host_side(package: Path) -> bool:
    return os.path.isdir(package) and not os.path.isfile(package / "core" / "worker" / "server.py")


def _record() -> Path:
    return user_data_folder() / "worker.txt"


def _recorded() -> Path | None:
    try:
        return Path(_record().read_text("utf-8").strip())
    except (OSError, UnicodeDecodeError):
        return None


def _beside_python() -> Path:
    """Of a script that runs in the environment itself; a host's own Python has none."""
    return Path(sys.executable).with_name("stfam.exe" if sys.platform == "win32" else "stfam")


def _tool(environment: Path, name: str) -> Path:
    return environment / (f"Scripts/{name}.exe" if sys.platform == "win32" else f"bin/{name}")
