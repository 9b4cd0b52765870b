"""SIGTERM before a server listens: a container's first process is not ended by a signal that nobody takes."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def ended_in_order_by_sigterm() -> Iterator[None]:
    """Until the server listens itself, and once more when it has ended: what is open is closed, exit status 0."""
    before = signal.signal(signal.SIGTERM, _end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _end(_number: int, _frame: object) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # once is enough: closing is left alone
    sys.exit(0)
