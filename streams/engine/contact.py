"""Whether any broker answers: a worker that nobody answers is alive and not ready, and ready again by itself once one does.

The client says nothing of its own when brokers come and go, but its statistics tell when it last received something: heartbeats and fetches
are answered at least once a second. They are measured by the client's own threads, so a slow stage looks no different from a quick one.
"""

from __future__ import annotations

import time

import structlog

from streams.engine.health import HealthBoard
from streams.engine.statistics import Statistics

log = structlog.get_logger("canbao.engine")

_MICROSECONDS = 1_000_000


class Contact:
    """`report` is the statistics callback of the group's consumer; `trying` is called while a call to the brokers is repeated.

    A restart of a broker takes some seconds: only a silence above `limit_seconds` is told.
    """

    def __init__(self, board: HealthBoard, limit_seconds: float) -> None:
        self._board = board
        self._limit = limit_seconds
        self._heard: int | None = None
        self._began: float | None = None
        self._silent = False

    def report(self, found: Statistics) -> None:
        """What the client measured, by its own clock: reports may be read late."""
        idle = [broker.rxidle for broker in found.brokers.values() if broker.rxidle >= 0]
        if idle or self._heard is None:
            self._heard = found.ts - min(idle, default=0)
        self._judge((found.ts - self._heard) / _MICROSECONDS)

    def begins(self) -> None:
        """A turn or a commit begins: no call is being repeated."""
        self._began = time.monotonic()

    def trying(self) -> None:
        """A call is tried, maybe again: nobody reads statistics meanwhile. Once that lasts too long it is told; the next report takes it back."""
        if self._began is not None and time.monotonic() - self._began > self._limit:
            self._judge(time.monotonic() - self._began)

    def _judge(self, seconds: float) -> None:
        silent = seconds > self._limit
        self._board.unanswered(f"no broker has answered for {seconds:.0f} s" if silent else "")
        if silent != self._silent:
            self._silent = silent
            if silent:
                log.warning("no broker answers", seconds=round(seconds))
            else:
                log.info("a broker answers again")
