"""What is started to render."""

from __future__ import annotations

import os
import shlex
import sys

PROGRAM_VARIABLE = "STFAM_RENDER_PROGRAM"
"""Another program than this one's render process, written as for a shell."""


def render_program(*, warm: bool = False) -> tuple[str, ...]:
    """The command line of a render process; a `warm` one loads torch and the weights before it has anything to do."""
    chosen = os.environ.get(PROGRAM_VARIABLE, "")
    if chosen:
        return tuple(shlex.split(chosen, posix=os.name != "nt"))
    return (sys.executable, "-m", "stfam.plugin.queue.render_process", *(["--warm"] if warm else []))
