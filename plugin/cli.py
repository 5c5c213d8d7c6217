"""The `stfam` command: finds the subcommand and runs it. Nothing heavy is imported before it is needed."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import TextIOWrapper
from typing import cast

from stfam.core.closest_name import did_you_mean
from stfam.core.errors import OutputError, StfamError, UsageError
from stfam.core.kept_memory import keep_memory
from stfam.core.out_of_memory import memory_errors
from stfam.core.shared_cores import share_cores
from stfam.core.stopping import CANCELLED
from stfam.core.version import VERSION

Main = Callable[[list[str]], int]


@dataclass(frozen=True)
class Command:
    """A subcommand: `module:function`, called with its arguments, returns the exit status."""

    entry: str
    summary: str

    def load(self) -> Main:
        """Import the command's function."""
        module, _, function = self.entry.partition(":")
        return cast(Main, getattr(importlib.import_module(module), function))


COMMANDS: dict[str, Command] = {
    "render": Command("stfam.plugin.cli_render:render", "mattes from a plate and key trimaps (propagate + matte)"),
    "propagate": Command("stfam.plugin.cli_render:propagate", "trimaps for every frame from key trimaps"),
    "matte": Command("stfam.plugin.cli_render:matte", "mattes from a plate and a trimap for every frame"),
    "trimap": Command("stfam.plugin.cli_trimap:main", "a trimap from a roto, mask or alpha"),
    "check": Command(
        "stfam.plugin.queue.check:main", "read mattes back: every frame there, whole and of the right size"
    ),
    "queue": Command("stfam.plugin.queue.command.main:main", "many shots unattended: add, list, run, retry, …"),
    "farm": Command("stfam.plugin.queue.farm.main:main", "Dask workers on this machine, farm tasks, farm simulation"),
    "bundle": Command("stfam.plugin.queue.openjd.main:main", "an OpenJD job bundle for a render farm"),
    "train": Command("stfam.core.training.main:main", "a stage of training on synthetic clips"),
    "evaluate": Command("stfam.core.evaluation.main:main", "the validation table of weights"),
    "ablate": Command("stfam.core.evaluation.ablate_main:main", "one of the paper's studies, on equal terms"),
    "benchmark": Command("stfam.core.performance.main:main", "what a frame costs on this machine, and its limit"),
    "panel": Command("stfam.plugin.panel:main", "the panel: paint, propagate and matte in a window"),
    "hosts": Command("stfam.plugin.installing.hosts_command:main", "Blender and Nuke: list, install, remove, zip"),
    "worker": Command("stfam.core.worker.server:main", "the process that panels and hosts talk to"),
    "info": Command("stfam.plugin.cli_info:main", "devices, weights and versions"),
}

USAGE = 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run a subcommand and return its exit status.

    Args:
        argv: arguments without the program's name; those of the process when None.
    """
    if argv is None:
        _use_utf8()
    _open_closed_streams()
    _escape_what_stdout_lacks()
    try:
        status = _dispatch(list(sys.argv[1:] if argv is None else argv))
        sys.stdout.flush()
        return status
    except StfamError as error:
        print(f"ERROR: {error}", file=sys.stderr)
        return error.exit_status
    except KeyboardInterrupt:
        print("ERROR: Cancelled.", file=sys.stderr)
        return CANCELLED
    except BrokenPipeError:
        sys.stderr.close()
        return CANCELLED
    except OSError as error:
        if not _output_is_lost():
            raise
        print(f"ERROR: What is to be printed cannot be written: {error.strerror}.", file=sys.stderr)
        return OutputError.exit_status


def help_text() -> str:
    """What `stfam --help` prints."""
    width = max(len(name) for name in COMMANDS)
    lines = [f"  {name:<{width}}  {command.summary}" for name, command in COMMANDS.items()]
    return "\n".join(
        [
            "usage: stfam COMMAND …",
            "",
            "Video matting from one painted trimap.",
            "",
            *lines,
            "",
            "stfam COMMAND --help shows a command's options.",
        ]
    )


def _dispatch(arguments: list[str]) -> int:
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(help_text())
        return 0 if arguments else USAGE
    if arguments[0] == "--version":
        print(f"stfam {VERSION}")
        return 0
    command = COMMANDS.get(arguments[0])
    if command is None:
        meant = did_you_mean(arguments[0], COMMANDS) or "."
        print(f"ERROR: There is no command '{arguments[0]}'{meant} See stfam --help.", file=sys.stderr)
        return USAGE
    _require_folder()
    share_cores()
    keep_memory()
    with memory_errors():
        return command.load()(arguments[1:])


def _require_folder() -> None:
    """Torch cannot be loaded in a folder that was deleted, and relative paths lead nowhere."""
    try:
        os.getcwd()
    except FileNotFoundError as error:
        raise UsageError("The current folder has been deleted. Change to another one, then run it again.") from error


def _use_utf8() -> None:
    """Start again in UTF-8 mode where the locale has Python read file names otherwise: the image libraries do not."""
    if sys.platform == "linux" and sys.getfilesystemencoding() != "utf-8":
        os.environ["PYTHONUTF8"] = "1"  # for processes that this one starts
        with open("/proc/self/cmdline", "rb") as file:  # in bytes: not every locale gives those of names back
            program, *arguments, _ = file.read().split(b"\0")
        os.execv(sys.executable, [program, b"-X", b"utf8", *arguments])


def _open_closed_streams() -> None:
    """Open what the caller closed of stdin, stdout and stderr on the null device.

    Else the next file that is opened would get its number, and what is printed would land in that file.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode, encoding="utf-8"))


def _escape_what_stdout_lacks() -> None:
    """A name in letters that the encoding of a console or a log does not have is escaped, as Python does on stderr."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def _output_is_lost() -> bool:
    """Whether it is stdout that cannot be written, on a full disk say; an empty line more tells."""
    try:
        print(flush=True)
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the interpreter flushes it at its end
        return True
    return False


if __name__ == "__main__":
    sys.exit(main())
