"""Command lines of modules that are run by `python -m`, and not through `stfam`."""

from __future__ import annotations

import sys
from collections.abc import Callable

from stfam.core.errors import StfamError


def run(main: Callable[[], int]) -> int:
    """The exit status of a module's command; an error is a sentence, as it is in `stfam`."""
    try:
        return main()
    except StfamError as error:
        print(f"ERROR: {error}", file=sys.stderr)
        return error.exit_status
