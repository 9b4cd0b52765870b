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
        self._same_round = False  # the next assignment is told by the round that took partitions away
        self._leaving = False
        self.found = path is not None and path.exists()

    def call(self) -> None:
        """The member leaves and joins anew: what it gives up meanwhile is given away by the round that it is told of next."""
        self.found, self._leaving = False, True

    def owe(self) -> None:
        """Partitions are about to be given up. A kill keeps what is written; after a power cut the session is over anyway."""
        self._same_round = not self._leaving
        if self._path is not None:
            self._path.touch()

    def lost(self) -> None:
        """The session is over: the next assignment is that of a new round."""
        self._same_round = False

    def told(self) -> None:
        """An assignment was told, maybe an empty one.

        A round that takes partitions away tells one too, once they are given up, and the client joins the next round after it: only the
        one after that pays.
        """
        if self._same_round:
            self._same_round = False
        elif not self.found:
            self._leaving = False
            self.paid()

    def paid(self) -> None:
        """The round took place, or nothing that was given up is left without an owner."""
        if self._path is not None:
            self._path.unlink(missing_ok=True)

    def owed(self) -> bool:
        """Whether the file is there."""
        return self._path is not None and self._path.exists()
