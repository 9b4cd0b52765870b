"""SIGTERM before a server listens: a container's first process is not ended by a signal that nobody takes."""

import signal
import sys


def end_in_order_on_sigterm() -> None:
    """Until the server listens itself, and once more when it has ended: what is open is closed, exit status 0."""
    signal.signal(signal.SIGTERM, _end)


def _end(_number: int, _frame: object) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # once is enough: closing is left alone
    sys.exit(0)
