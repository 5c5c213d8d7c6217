"""A Dask scheduler or worker that ends when the process that started it does: it watches its stdin."""

from __future__ import annotations

import importlib
import os
import sys
import threading

from stfam.core.stopping import TERMINATED


def main(argv: list[str]) -> None:
    """Run `scheduler` or `worker` with its arguments."""
    threading.Thread(target=_watch_parent, daemon=True).start()
    program = importlib.import_module(f"distributed.cli.dask_{argv[0]}")
    program.main(argv[1:], prog_name=f"dask {argv[0]}")


def _watch_parent() -> None:
    while os.read(sys.stdin.fileno(), 1024):  # past the buffer, whose lock would abort an interpreter that ends
        pass
    os._exit(TERMINATED)  # render processes of a worker see their own stdin end by this


if __name__ == "__main__":
    main(sys.argv[1:])
