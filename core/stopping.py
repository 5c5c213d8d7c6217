"""The signals that ask a command to stop what it is doing in order, and the exit statuses that tell of them."""

from __future__ import annotations

import signal

CANCELLED = 130
TERMINATED = 143


def stopping_signals() -> tuple[int, ...]:
    """Ctrl-C, SIGTERM and, unless `nohup` has it passed over, the end of the terminal, which Windows does not tell."""
    hang_up = getattr(signal, "SIGHUP", None)
    heard = hang_up is not None and signal.getsignal(hang_up) is not signal.SIG_IGN
    return (signal.SIGINT, signal.SIGTERM, *((hang_up,) if heard else ()))


def stopped_status(number: int) -> int:
    """The exit status of a command that a signal stopped."""
    return CANCELLED if number == signal.SIGINT else TERMINATED
