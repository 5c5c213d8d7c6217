"""`stfam queue watch`: shots that land in a folder are queued."""

from __future__ import annotations

import argparse
import time

from stfam.core.errors import InputError
from stfam.plugin.queue.command.output import Commands, opened_store, say
from stfam.plugin.queue.watching import WatchedFolder

LOOK_SECONDS = 1.0


def add_commands(commands: Commands, common: argparse.ArgumentParser) -> None:
    """Declare `watch`."""
    watch = commands.add_parser("watch", parents=[common], help="queue every .stfam file that lands in a folder")
    watch.add_argument("folder", metavar="DIR")
    watch.add_argument("--once", action="store_true", help="queue what is there and end")
    watch.set_defaults(answer=answer)


def answer(options: argparse.Namespace) -> int:
    """Watch until interrupted; once alone, what is still refused in the end is an error."""
    with opened_store(options) as store:
        folder = WatchedFolder(store, options.folder)
        while True:
            for notice in folder.look():
                say(options, notice.line(), notice.to_json())
            if options.once and not folder.expecting:
                break
            time.sleep(LOOK_SECONDS)
        if folder.refused:
            text = f"Not queued: {', '.join(folder.refused)}. `stfam queue add` says of each what is wrong."
            raise InputError(text, refused=folder.refused)
    return 0
