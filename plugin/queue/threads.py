"""How many threads a render process gets where several share a machine."""

from __future__ import annotations

import os

VARIABLE = "OMP_NUM_THREADS"
FEWEST = 2
"""With one thread torch takes other kernels for 1x1 convolutions, whose sums round differently: mattes would not equal
those of `stfam render` to the bit. Two threads on one core cost little, as they hardly spin while they wait."""


def thread_variables(processes: int) -> dict[str, str]:
    """Variables for each of `processes` render processes: none where one has the machine, or somebody chose before."""
    cores = os.cpu_count() or 1
    if processes < 2 or cores < 2 or VARIABLE in os.environ:
        return {}
    return {VARIABLE: str(max(FEWEST, cores // processes))}
