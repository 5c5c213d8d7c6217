# SPDX-License-Identifier: GPL-3.0-or-later
"""How an operator tells the artist what came of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from stfam.core.errors import StfamError
from stfam.core.worker.client import WorkerGone
from stfam.plugin.blender_host.runner import current, worker_gone
from stfam.plugin.host.remembered_shot import TrimapsGoneError
from stfam.plugin.host.session import RelinkError

Result = set[str]


def reported(operator: Any, act: Callable[[], str]) -> Result:
    """Run `act` and report its sentence, or the error's; a traceback never reaches the artist."""
    try:
        text = act()
    except (StfamError, OSError) as error:
        sentence = worker_gone(error) if isinstance(error, WorkerGone) else str(error)
        current.say(sentence, failed=True)
        if isinstance(error, RelinkError):
            current.relink = str(error.data["old"])
        elif isinstance(error, TrimapsGoneError):
            current.keyless = str(error.data["plate"])
        operator.report({"ERROR"}, sentence)
        return {"CANCELLED"}
    if text:
        current.say(text)
        operator.report({"INFO"}, text)
    return {"FINISHED"}
