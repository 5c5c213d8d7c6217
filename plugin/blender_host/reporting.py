# SPDX-License-Identifier: GPL-3.0-or-later
"""How an operator tells the artist what came of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from stfam.core.errors import StfamError
from stfam.plugin.blender_host.runner import current
from stfam.plugin.host.session import RelinkError

Result = set[str]


def reported(operator: Any, act: Callable[[], str]) -> Result:
    """Run `act` and report its sentence, or the error's; a traceback never reaches the artist."""
    try:
        text = act()
    except (StfamError, OSError) as error:
        current.say(str(error), failed=True)
        if isinstance(error, RelinkError):
            current.relink = str(error.data["old"])
        operator.report({"ERROR"}, str(error))
        return {"CANCELLED"}
    if text:
        current.say(text)
        operator.report({"INFO"}, text)
    return {"FINISHED"}
