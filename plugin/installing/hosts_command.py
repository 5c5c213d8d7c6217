"""`stfam hosts list|install|remove|zip`: stfam into Blender and Nuke, and out of them."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from stfam.core.argument_parser import ArgumentParser
from stfam.core.errors import OutputError, StfamError, UsageError
from stfam.plugin.installing import blender, blender_extension, nuke
from stfam.plugin.installing.finding import FoundHost, find_hosts, version_of

FAILED = 3


def main(arguments: list[str]) -> int:
    """Run the subcommand; returns the exit status."""
    options = _parser().parse_args(arguments)
    act: Callable[[argparse.Namespace], int] = options.act
    return act(options)


def _parser() -> ArgumentParser:
    parser = ArgumentParser(prog="stfam hosts", description="stfam in Blender and Nuke.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    listing = commands.add_parser("list", help="the hosts on this machine")
    listing.add_argument("--json", action="store_true", help="as JSON")
    listing.set_defaults(act=_list)
    for name, text, act in (
        ("install", "into the hosts, and check that they reach the worker", _install),
        ("remove", "out of the hosts", _remove),
    ):
        command = commands.add_parser(name, help=text)
        command.add_argument("host", nargs="?", choices=("blender", "nuke"), help="both where none is named")
        command.add_argument("--program", metavar="PATH", help="a Blender or Nuke that is in no usual place")
        command.add_argument("--yes", action="store_true", help="write Nuke's init.py without asking")
        command.set_defaults(act=act)
    packing = commands.add_parser("zip", help="one file a host, to install by hand")
    packing.add_argument("folder", metavar="FOLDER")
    packing.set_defaults(act=_zip)
    return parser


def _list(options: argparse.Namespace) -> int:
    hosts = find_hosts()
    if options.json:
        print(json.dumps([_facts(host) for host in hosts], indent=2))
        return 0
    for host in hosts:
        state = "" if host.supported or host.version is None else "  (too old: Blender 4.2, Nuke 16)"
        print(f"{host.name:<16} {host.program}{state}")
    if not hosts:
        print("No Blender or Nuke was found on PATH or in the usual places; `stfam hosts install --program` names one.")
    print(f"Nuke plug-in: {'installed' if nuke.installed() else 'not installed'}")
    return 0


def _facts(host: FoundHost) -> dict[str, object]:
    return {
        "kind": host.kind,
        "program": str(host.program),
        "version": host.version,
        "supported": host.supported,
    }


def _install(options: argparse.Namespace) -> int:
    def one(host: FoundHost) -> str:
        if host.kind == "nuke":
            return nuke.install(options.yes or _agreed(f"Add this line to {nuke.startup_file()}?\n{nuke.line()}"))
        return blender.install(host.program)

    return _each(options, one)


def _remove(options: argparse.Namespace) -> int:
    return _each(options, lambda host: nuke.remove() if host.kind == "nuke" else blender.remove(host.program))


def _each(options: argparse.Namespace, act: Callable[[FoundHost], str]) -> int:
    """Do it for each host; what fails for one does not keep the others from it."""
    status = 0
    for host in _chosen(options):
        try:
            if not host.supported:
                raise UsageError(f"{host.program} is {host.name}; stfam runs in Blender 4.2 and Nuke 16 or later.")
            with _writing():
                said = act(host)
            print(said)
        except StfamError as error:
            print(f"ERROR: {error}", file=sys.stderr)
            status = error.exit_status or FAILED
    return status


def _chosen(options: argparse.Namespace) -> list[FoundHost]:
    if options.program:
        kind = options.host or ("nuke" if "nuke" in Path(options.program).name.lower() else "blender")
        program = Path(options.program)
        if not program.is_file():
            raise UsageError(f"There is no program {program}.")
        return [FoundHost(kind, program, version_of(kind, program))]
    hosts = find_hosts((options.host,) if options.host else ("blender", "nuke"))
    nukes = [host for host in hosts if host.kind == "nuke" and host.supported][:1]
    if not nukes and (options.host == "nuke" or (options.host is None and nuke.left())):
        # one folder serves every Nuke, also one that a licence server starts elsewhere
        nukes = [FoundHost("nuke", Path("Nuke"), (16, 0))]
    found = [host for host in hosts if host.kind == "blender"] + nukes
    if not found:
        raise UsageError("No Blender or Nuke was found; name the program by --program PATH.")
    return found


def _agreed(question: str) -> bool:
    """Ask where there is someone to ask; nobody to ask, and no answer, is a no."""
    if not sys.stdin.isatty():
        return False
    try:
        return input(f"{question}\n[y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        print()
        return False


def _zip(options: argparse.Namespace) -> int:
    folder = Path(options.folder)
    with _writing():
        written = blender_extension.write_extension(folder / blender_extension.FILE), nuke.write_zip(folder / nuke.FILE)
    print(*written, sep="\n")
    return 0


@contextmanager
def _writing() -> Iterator[None]:
    """What cannot be written is a sentence."""
    try:
        yield
    except OSError as error:
        raise OutputError(f"{error.filename} cannot be written: {error.strerror}.", path=error.filename) from error
