"""Which environment variables a job may set (standard library only)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from stfam.plugin.queue.errors import JobFileError

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,100}")
_LOADERS = re.compile(r"(LD_|DYLD_|PYTHON).*|PATH|IFS|BASH_ENV|ENV|SHELLOPTS|PERL5.*", re.IGNORECASE)


def checked_environment(environment: Mapping[str, str]) -> None:
    """Check the variables of a job, whose file may come from somebody else: it says how to render, never what to run.

    Raises:
        JobFileError: a name is no variable's, or decides which programs and libraries are loaded.
    """
    for name, value in environment.items():
        if not isinstance(value, str) or "\0" in value:
            raise JobFileError(f"The environment variable {name} of a job takes text, not {value!r}.")
        if not _NAME.fullmatch(name):
            raise JobFileError(f"{name!r} is no name of an environment variable.")
        if _LOADERS.fullmatch(name):
            raise JobFileError(
                f"A job may not set {name}: it decides which programs are loaded. Set it for `stfam queue run` instead."
            )
