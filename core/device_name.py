"""What devices are called; whether this machine has one is another question."""

from __future__ import annotations

import re

from stfam.core.errors import UsageError

_DEVICE = re.compile(r"(?P<kind>auto|(cpu|cuda|mps)(:(?P<index>[0-9]+))?)")


def device_name(name: str) -> tuple[str, int]:
    """The kind ("auto", "cpu", "cuda" or "mps") and the index of a device.

    Raises:
        UsageError: nothing is called so.
    """
    match = _DEVICE.fullmatch(name)
    if match is None:
        raise UsageError(f"There is no device '{name}': use auto, cpu, cuda, cuda:N or mps.", device=name)
    return match["kind"].partition(":")[0], int(match["index"] or 0)
