"""What is started to render."""

from __future__ import annotations

import os
import shlex

from stfam.core.child_command import child_command

PROGRAM_VARIABLE = "STFAM_RENDER_PROGRAM"
"""Another program than this one's render process, written as for a shell."""


def render_program(*, warm: bool = False) -> tuple[str, ...]:
    """The command line of a render process; a `warm` one loads torch and the weights before it has anything to do."""
    chosen = os.environ.get(PROGRAM_VARIABLE, "")
    if chosen:
        return _words(chosen, backslash_escapes=os.name != "nt")
    return tuple(child_command("stfam.plugin.queue.render_process", *(["--warm"] if warm else [])))


def _words(text: str, *, backslash_escapes: bool) -> tuple[str, ...]:
    """As a shell splits; on Windows a backslash is a folder's end, and no escape."""
    reader = shlex.shlex(text, posix=True, punctuation_chars=False)
    reader.whitespace_split, reader.commenters = True, ""
    if not backslash_escapes:
        reader.escape = ""
    return tuple(reader)
