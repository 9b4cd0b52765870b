"""Clients that know no broker any more, and never will.

A broker that has not been admitted yet, or that leaves, answers a question for topics with none of the brokers. librdkafka then drops all that
it knew and begins anew with `bootstrap.servers`, unless the answer is dealt with a moment later than that: then it stays without any for good,
and says nothing (librdkafka issue 5301, seen with 2.16.0). Its statistics show it. Only another client helps; a worker's process ends.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import msgspec

from streams.engine.errors import EndsProcessError
from streams.engine.statistics import Statistics, read_statistics

STATISTICS_MS = 10_000
_REPORTS = 2
"""One report may fall between the two halves of beginning anew."""
_KNOWN = frozenset({"configured", "learned"})


class _Watched(msgspec.Struct):
    name: str
    without: int = 0  # reports in a row


class LostClients:
    """Reads the statistics of a worker's clients, in whichever thread serves them; `check` is called by the engine's."""

    def __init__(self) -> None:
        self._lost = ""

    def watch(self, name: str, also: Callable[[Statistics], None] | None = None) -> dict[str, Any]:
        """Settings with which one client reports here, and to `also`; `name` is what the operator reads."""
        return {"statistics.interval.ms": STATISTICS_MS, "stats_cb": functools.partial(self._report, _Watched(name), also)}

    def _report(self, client: _Watched, also: Callable[[Statistics], None] | None, text: str) -> None:
        found = read_statistics(text)
        if also is not None:
            also(found)
        known = any(broker.source in _KNOWN for broker in found.brokers.values())
        client.without = 0 if known else client.without + 1
        if client.without >= _REPORTS:
            self._lost = client.name

    @property
    def any(self) -> bool:
        """Whether one of them is lost."""
        return bool(self._lost)

    def check(self) -> None:
        """Whether each client still has someone to ask.

        Raises:
            EndsProcessError: one has not.
        """
        if self._lost:
            raise EndsProcessError(f"{self._lost} knows no broker any more, and never asks again: the process starts anew")
