"""Ends the process from outside Python while a batch is with the agent and nothing moves: the event loop, or all of Python, is blocked."""

from __future__ import annotations

import faulthandler
import sys
import time

_REARM_SECONDS = 1.0


class Watchdog:
    """Armed by a hand-over, at most once a second since arming costs 0.2 ms; at rest in every other wait, however long that is."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._fed: float | None = None

    def feed(self) -> None:
        """A batch is handed over."""
        now = time.monotonic()
        if self._fed is None or now - self._fed >= _REARM_SECONDS:
            faulthandler.dump_traceback_later(self._seconds, exit=True, file=sys.__stderr__ or sys.stderr)
            self._fed = now

    def turned(self) -> None:
        """The engine turns; after a second without a hand-over nothing needs watching."""
        if self._fed is not None and time.monotonic() - self._fed >= _REARM_SECONDS:
            self.rest()

    def rest(self) -> None:
        """Nothing is with the agent, and the next call may take long."""
        if self._fed is not None:
            faulthandler.cancel_dump_traceback_later()
            self._fed = None
