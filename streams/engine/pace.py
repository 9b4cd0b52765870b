"""When an open transaction is committed: soon at low load, rarely under load, at once when nothing waits."""

from __future__ import annotations

LOW_LOAD = 0.4
"""A worker that commits for as long as it works has half of its time for work; well before that it must commit less often."""
SHORT_SECONDS = 0.02
LONG_SECONDS = 0.1
COMMITS_PER_INTERVAL = 4
_SMOOTHING = 0.2


class Pace:
    """max(20 ms, a commit) at low load, max(100 ms, 4 x a commit) above; never beyond `longest_seconds`.

    Load is the share of time that is work. A commit is no work, it waits for the broker; but it is time: left out of it, a broker whose
    commits are slow makes a worker that does nothing else look busy, and its transactions wait for four of those commits.
    A commit takes what the faster of the last two took: one that met a pause of the broker says nothing of the next.
    """

    def __init__(self, longest_seconds: float) -> None:
        self._longest = longest_seconds
        self._commits = 0.0, 0.0
        self._committing = 0.0
        self.load = 0.0

    def turned(self, busy_seconds: float, waited_seconds: float) -> None:
        """One turn of the cycle: all of its time but waiting for records, commits included; and that waiting."""
        work = max(busy_seconds - self._committing, 0.0)
        self._committing = 0.0
        whole = busy_seconds + waited_seconds
        if whole > 0:
            weight = min(1.0, _SMOOTHING * whole / SHORT_SECONDS)
            self.load += weight * (work / whole - self.load)

    def committed(self, seconds: float) -> None:
        """A commit took `seconds`; the turn that it was in has not ended."""
        self._commits = self._commits[1], seconds
        self._committing += seconds

    def interval_seconds(self) -> float:
        """Age at which an open transaction is due."""
        commit = min(self._commits)
        wanted = max(SHORT_SECONDS, commit) if self.load < LOW_LOAD else max(LONG_SECONDS, COMMITS_PER_INTERVAL * commit)
        return min(wanted, self._longest)
