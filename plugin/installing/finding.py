"""Which hosts are on this machine."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from stfam.core.user_folders import home_folder

BLENDER_OLDEST = (4, 2)
NUKE_OLDEST = (16, 0)

_NUMBERED_NUKE = re.compile(r"Nuke\d+\.\d+(\.exe)?")

SECONDS = 60
"""How long a host may take to say its version."""


@dataclass(frozen=True)
class FoundHost:
    """A host program.

    Attributes:
        kind: blender or nuke.
        program: what is started.
        version: (major, minor); None where it did not say.
    """

    kind: str
    program: Path
    version: tuple[int, int] | None

    @property
    def name(self) -> str:
        """As an artist calls it."""
        number = "of an unknown version" if self.version is None else ".".join(map(str, self.version))
        return f"{self.kind.title()} {number}"

    @property
    def supported(self) -> bool:
        """Whether stfam runs in it."""
        oldest = BLENDER_OLDEST if self.kind == "blender" else NUKE_OLDEST
        return self.version is not None and self.version >= oldest


def find_hosts(kinds: Iterable[str] = ("blender", "nuke")) -> list[FoundHost]:
    """Blender and Nuke on PATH and in their usual places, each program once."""
    found: dict[Path, FoundHost] = {}
    for kind in kinds:
        for path in _candidates(kind):
            if path.is_file() and path.resolve() not in found:
                found[path.resolve()] = FoundHost(kind, path, version_of(kind, path))
    return list(found.values())


def version_of(kind: str, program: Path) -> tuple[int, int] | None:
    """What the program says; Nuke's own file name, which `nuke` may link to, says it without a licence being taken."""
    text = program.resolve().name
    if kind == "blender":
        try:
            done = subprocess.run(
                [str(program), "--version"], capture_output=True, encoding="utf-8", errors="replace", timeout=SECONDS
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        text = done.stdout
    match = re.search(r"(\d+)\.(\d+)", text)
    return (int(match[1]), int(match[2])) if match else None


def _candidates(kind: str) -> Iterator[Path]:
    named = shutil.which(kind)
    if named:
        yield Path(named)
    if kind == "nuke":
        yield from _numbered_nukes()
    for folder, pattern in _usual_places(kind):
        yield from sorted(folder.glob(pattern), reverse=True) if folder.is_dir() else ()


def _numbered_nukes() -> Iterator[Path]:
    """Those on PATH, whose folders may not all be there, or be looked into."""
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        with suppress(OSError):
            yield from [Path(folder, name) for name in os.listdir(folder) if _NUMBERED_NUKE.fullmatch(name)]


def _usual_places(kind: str) -> list[tuple[Path, str]]:
    """Folder and pattern; the vendors' installers put the hosts there."""
    if sys.platform == "win32":
        programs = Path(os.environ.get("PROGRAMFILES", r"C:\Program Files"))
        return [(programs, "Blender Foundation/*/blender.exe" if kind == "blender" else "Nuke*/Nuke[0-9]*.exe")]
    if sys.platform == "darwin":
        applications = Path("/Applications")
        pattern = "Blender*.app/Contents/MacOS/Blender" if kind == "blender" else "Nuke*/Nuke*.app/Contents/MacOS/Nuke*"
        return [(applications, pattern)]
    home = home_folder()
    if kind == "blender":
        return [(Path("/opt"), "blender*/blender"), (home, "blender-*/blender"), (Path("/snap/bin"), "blender")]
    places = (Path("/usr/local"), Path("/opt"), home)
    return [(place, "Nuke[0-9]*/Nuke[0-9]*.[0-9]") for place in places]
