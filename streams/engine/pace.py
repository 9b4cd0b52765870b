"""When an open transaction is committed: soon at low load, rarely under load, at once when nothing waits."""

from __future__ import annotations

LOW_LOAD = 0.5
SHORT_SECONDS = 0.02
LONG_SECONDS = 0.1
COMMITS_PER_INTERVAL = 4
_SMOOTHING = 0.2


class Pace:
    """max(20 ms, last commit) below half load, max(100 ms, 4 x last commit) above; never beyond `longest_seconds`."""

    def __init__(self, longest_seconds: float) -> None:
        self._longest = longest_seconds
        self._last_commit = 0.0
        self._committing = 0.0
        self.load = 0.0

    def turned(self, busy_seconds: float, waited_seconds: float) -> None:
        """One turn of the cycle: time spent working, commits included, and time spent waiting for records.

        A commit is waiting for the broker, not load: counted as work, two commits a 40 ms would look like half load at any rate.
        """
        busy_seconds = max(busy_seconds - self._committing, 0.0)
        self._committing = 0.0
        whole = busy_seconds + waited_seconds
        if whole > 0:
            weight = min(1.0, _SMOOTHING * whole / SHORT_SECONDS)
            self.load += weight * (busy_seconds / whole - self.load)

    def committed(self, seconds: float) -> None:
        """A commit took `seconds`; the turn that it was in has not ended."""
        self._last_commit = seconds
        self._committing += seconds

    def interval_seconds(self) -> float:
        """Age at which an open transaction is due."""
        if self.load < LOW_LOAD:
            wanted = max(SHORT_SECONDS, self._last_commit)
        else:
            wanted = max(LONG_SECONDS, COMMITS_PER_INTERVAL * self._last_commit)
        return min(wanted, self._longest)
