"""Starting a module of this program as a process of its own (standard library only)."""

from __future__ import annotations

import sys

_RUN = (
    "import sys; sys.path[:] = filter(None, sys.path); import runpy; "
    "runpy.run_module(sys.argv.pop(1), run_name='__main__', alter_sys=True)"
)


def child_command(module: str, *arguments: str) -> list[str]:
    """The command line that runs `module` as `python -m` does, whatever lies in the current folder.

    `-m` would take that folder's own `random.py` or `json.py` for Python's, where the `stfam` command does not.
    """
    return [sys.executable, "-c", _RUN, module, *arguments]
