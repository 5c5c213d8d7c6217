"""How a command ends that answers as text or in JSON: errors as a line, and as JSON where it was asked for."""

from __future__ import annotations

from collections.abc import Callable

from stfam.core.errors import StfamError
from stfam.core.stopping import CANCELLED
from stfam.plugin.cli_console import print_error


def exit_status(answer: Callable[[], int], *, as_json: bool) -> int:
    """Run `answer`; returns its exit status, or that of the error which it ends with, said aloud."""
    try:
        return answer()
    except StfamError as error:
        print_error(error, as_json, error.exit_status)
        return error.exit_status
    except KeyboardInterrupt:
        return CANCELLED
