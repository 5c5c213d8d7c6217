"""How threads of numeric libraries wait for each other, so that a machine's cores can be shared."""

from __future__ import annotations

import os
import re
from collections.abc import MutableMapping

SPINS = 10_000
"""About 0.1 ms: longer than from one operation of a network to the next, shorter than a time slice."""
_NUMBA_THREADS = "NUMBA_NUM_THREADS"


def share_cores(environment: MutableMapping[str, str] = os.environ) -> None:
    """Have threads spin for a moment only, and then sleep; to be called before any numeric library is loaded.

    By default they spin for milliseconds, and where a host, a panel, the reader's thread or another program wants the
    same cores, each spins away the time that the one it waits for would need. To sleep at once costs a frame a tenth
    of its time. Whoever chose one of these variables keeps what was chosen.

    A number of threads below 1, with which Numba would not be loaded, is left out, as OpenMP leaves it out.
    """
    chosen = {"GOMP_SPINCOUNT": str(SPINS), "OMP_WAIT_POLICY": "PASSIVE"}  # the first counts where both are known
    if not chosen.keys() & environment.keys():
        environment.update(chosen)
    if re.fullmatch(r"\s*(-\d+|0+)\s*", environment.get(_NUMBA_THREADS, "")):
        del environment[_NUMBA_THREADS]
