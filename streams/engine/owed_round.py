"""A round of the group that this member owes: it gave partitions up and has not joined again yet.

In a cooperative rebalance a member gives partitions up and joins again, so that the next round gives them to others. A static member that
dies between the two is back within its session: the broker tells everyone the assignment that it has, without another round, and what was
given up belongs to nobody until the membership changes. So the debt is a file: whoever finds it at the start leaves and joins anew, which is a
round. See docs/decisions/0008-partitions-without-an-owner.md.
"""

from __future__ import annotations

from pathlib import Path

OWED_ROUND = "owed-round"
"""The file, inside the state folder."""


class OwedRound:
    """`found`: a process before this one left the debt, and the round that pays it was not called yet. `path` None: nothing is kept."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self.found = path is not None and path.exists()

    def owe(self) -> None:
        """Partitions are about to be given up. A kill keeps what is written; after a power cut the session is over anyway."""
        if self._path is not None:
            self._path.touch()

    def paid(self) -> None:
        """Partitions were assigned: the round took place."""
        if self._path is not None:
            self._path.unlink(missing_ok=True)

    def owed(self) -> bool:
        """Whether the file is there."""
        return self._path is not None and self._path.exists()
