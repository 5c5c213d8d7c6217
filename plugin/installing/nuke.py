"""The Nuke plug-in: a folder in the user's data, and one line in `~/.nuke/init.py` that names it."""

from __future__ import annotations

import shutil
from pathlib import Path

from stfam.core.user_folders import home_folder, user_data_folder
from stfam.core.whole_file import write_whole
from stfam.plugin.installing.host_side import PURE, files, write_archive
from stfam.plugin.installing.reaching import reach_worker

NUKE_SIDE = (
    "core/engine/__init__.py",
    "core/engine/keyframe_spans.py",
    "plugin/nuke_host/*.py",
    "ui/**/*.py",
    "resources/__init__.py",
    "resources/icons/*.svg",
)
"""What the panel in Nuke needs beyond the host's side."""

FILE = "stfam-nuke.zip"
"""The plug-in to install by hand."""


def contents() -> dict[str, bytes]:
    """Every file of the plug-in folder: `init.py` and `menu.py` on top, the host's side below `python/`."""
    packed = {f"python/stfam/{name}": path.read_bytes() for name, path in files((*PURE, *NUKE_SIDE))}
    for name, path in files(("plugin/nuke_host/startup/*.py",)):
        packed[Path(name).name] = path.read_bytes()
    return packed


def write_zip(path: Path) -> Path:
    """The plug-in as one file: unpacked, its folder `stfam` is what `nuke.pluginAddPath` takes."""
    return write_archive(path, {f"stfam/{name}": data for name, data in contents().items()})


def plugin_folder() -> Path:
    """Where the plug-in is installed."""
    return user_data_folder() / "nuke"


def startup_file() -> Path:
    """The user's own init.py, which Nuke runs at its start."""
    return home_folder() / ".nuke" / "init.py"


def line() -> str:
    """What has to stand in init.py: whole in itself, and in ASCII, whatever encoding the file declares."""
    return f"import nuke; nuke.pluginAddPath({ascii(plugin_folder().as_posix())})  # stfam"


def install(write_line: bool) -> str:
    """Lay out the plug-in folder, see that it reaches the worker and, where allowed, name it in init.py.

    Returns a sentence.

    Raises:
        StfamError: the worker cannot be reached; init.py is not touched then.
    """
    folder = plugin_folder()
    _take_away(folder)
    for name, data in contents().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    worker = reach_worker()
    if not write_line:
        ready = f"Nuke: {folder} is ready and reaches the worker ({worker})."
        return f"{ready} Add this line to {startup_file()}:\n{line()}"
    others = _without_ours(_text())
    ending = "\n" if others and not others.endswith(("\n", "\r")) else ""
    _write(f"{others}{ending}{line()}\n")
    return f"Nuke: {folder} is installed and reaches the worker ({worker}); {startup_file()} names it."


def remove() -> str:
    """Take folder and line away; returns a sentence."""
    _take_away(plugin_folder())
    if startup_file().is_file():
        _write(_without_ours(_text()))
    return "Nuke: the plug-in is removed."


def installed() -> bool:
    """Whether the folder is there and init.py names it."""
    return (plugin_folder() / "init.py").is_file() and line() in _text()


def left() -> bool:
    """Whether anything of the plug-in is there: the folder, or a line in init.py."""
    return plugin_folder().is_dir() or _without_ours(_text()) != _text()


def _take_away(folder: Path) -> None:
    if folder.is_dir():
        shutil.rmtree(folder)


def _text() -> str:
    """The user's init.py, which may be of any encoding and line ending: each byte comes back as it is by `_write`."""
    file = startup_file()
    return file.read_bytes().decode("utf-8", "surrogateescape") if file.is_file() else ""


def _without_ours(text: str) -> str:
    return "".join(known for known in text.splitlines(keepends=True) if not known.rstrip().endswith("# stfam"))


def _write(text: str) -> None:
    file = startup_file().resolve()  # a link to a file that is kept elsewhere stays one
    file.parent.mkdir(parents=True, exist_ok=True)
    write_whole(file, text.encode("utf-8", "surrogateescape"))
