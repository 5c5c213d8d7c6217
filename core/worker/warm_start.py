"""What the first matte would wait for, done on a thread of its own as soon as the process is there."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, TimeoutError
from contextlib import suppress
from typing import TYPE_CHECKING

from stfam.core.errors import Cancelled, StfamError
from stfam.core.shot import Settings

if TYPE_CHECKING:
    from stfam.core.networks import KeptNetworks

LOOK_SECONDS = 0.1
"""Between looks whether whoever waits was cancelled."""


class WarmStart:
    """Imports the numeric libraries and reads the weights that a new shot has, while plates are opened and painted on.

    The networks stay in this process; a shot with other weights has them read at its first job.
    """

    def __init__(self) -> None:
        self._networks: Future[KeptNetworks] = Future()

    def begin(self) -> None:
        """Start; called once."""
        threading.Thread(target=self._run, name="stfam-warm-start", daemon=True).start()

    def networks(self, cancelled: Callable[[], bool] = lambda: False) -> KeptNetworks:
        """The networks that this process keeps, for the thread that runs the jobs; waits until they are there.

        Raises:
            Cancelled: while it waited.
            ImportError: the libraries are not there, or another error that kept them from being loaded.
        """
        while True:
            try:
                return self._networks.result(LOOK_SECONDS)
            except TimeoutError:
                if self._networks.done():
                    raise
            if cancelled():
                raise Cancelled("The job was cancelled before it started.")

    def _run(self) -> None:
        try:
            self._networks.set_result(_loaded())
        except BaseException as error:  # handed to the job that needs them
            self._networks.set_exception(error)


def _loaded() -> KeptNetworks:
    import stfam.core.worker.session  # noqa: F401 - what a plate is looked at with comes before torch
    from stfam.core.networks import KeptNetworks
    from stfam.core.worker.preview import warm_up
    from stfam.core.worker.solver import Solver  # noqa: F401 - the rest of what a job imports

    networks = KeptNetworks()
    with suppress(StfamError):  # a job that needs these weights says what is wrong with them
        warm_up(Settings(device="cpu"), networks)
    return networks
