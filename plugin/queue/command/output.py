"""Answers on stdout."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Sequence
from contextlib import closing
from typing import TypeAlias

from stfam.plugin.queue.folder import QueueFolder
from stfam.plugin.queue.store import Store


def print_json(value: object) -> None:
    """One line of JSON."""
    print(json.dumps(value), flush=True)


def say(options: argparse.Namespace, text: str, answer: object) -> None:
    """An answer as text, or where --json asks for it as JSON."""
    if options.json:
        print_json(answer)
    else:
        print(text, flush=True)


def print_table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Columns as wide as they have to be; numbers to the right."""
    cells = [[str(cell) for cell in row] for row in [list(head), *rows]]
    widths = [max(len(row[i]) for row in cells) for i in range(len(head))]
    for row in cells:
        pairs = zip(row, widths, strict=True)
        padded = [cell.rjust(width) if cell[:1].isdigit() else cell.ljust(width) for cell, width in pairs]
        print("  ".join(padded).rstrip())


Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
"""Where a group of subcommands declares itself."""


def job_number(text: str) -> int:
    """The argument that names a job.

    Raises:
        ArgumentTypeError: no job can have that number.
    """
    if not re.fullmatch(r"[0-9]{1,18}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no job's number; `stfam queue list` shows them")
    return int(text)


def opened_store(options: argparse.Namespace) -> closing[Store]:
    """The queue that `--queue` names, or this user's, until the block that it is used in ends."""
    return closing(Store(QueueFolder.find(options.queue)))
