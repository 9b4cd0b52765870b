"""What the engine counts. The worker passes Prometheus metrics, everyone else nothing."""

from __future__ import annotations

from typing import Protocol

from streams.engine.distrust import Why


class Observe(Protocol):
    """Counters and durations of one worker; called from the engine thread.

    `restored` from the restore thread, `standing_by` from the standby's, `discarded` from both.
    """

    def handed(self, topic: str, records: int, seconds: float, newest_ms: int) -> None:
        """A batch was with the stage for `seconds`; `newest_ms` is the Kafka time of its last record, 0 where it had none."""
        ...

    def committed(self, seconds: float, partitions: int, aim: int) -> None:
        """A transaction with so many partitions was committed; `aim` is the fan-out budget."""
        ...

    def aborted(self, reason: str) -> None:
        """A transaction was dropped and its input is read again."""
        ...

    def retried(self, topic: str) -> None:
        """The stage gave a batch back un-applied."""
        ...

    def restored(self, topic: str, rows: int, seconds: float) -> None:
        """So many changelog rows were restored in `seconds`."""
        ...

    def standing_by(self, partitions: int, lag_rows: int) -> None:
        """A copy is kept of so many partitions of others, so many changelog rows behind in all."""
        ...

    def discarded(self, why: Why) -> None:
        """A local copy of state was thrown away; it is made again from its changelog."""
        ...

    def joined_anew(self) -> None:
        """A round was owed to the group; this worker left and joined anew, so that partitions get an owner."""
        ...

    def turned(self, seconds: float) -> None:
        """One turn of the cycle took `seconds` beside waiting for records."""
        ...

    def lagging(self, topic: str, records: int) -> None:
        """So many records of an input topic are not committed yet, in the partitions that are served."""
        ...


class Unobserved:
    """Counts nothing."""

    def handed(self, topic: str, records: int, seconds: float, newest_ms: int) -> None:
        """Nothing."""

    def committed(self, seconds: float, partitions: int, aim: int) -> None:
        """Nothing."""

    def aborted(self, reason: str) -> None:
        """Nothing."""

    def retried(self, topic: str) -> None:
        """Nothing."""

    def restored(self, topic: str, rows: int, seconds: float) -> None:
        """Nothing."""

    def standing_by(self, partitions: int, lag_rows: int) -> None:
        """Nothing."""

    def discarded(self, why: Why) -> None:
        """Nothing."""

    def joined_anew(self) -> None:
        """Nothing."""

    def turned(self, seconds: float) -> None:
        """Nothing."""

    def lagging(self, topic: str, records: int) -> None:
        """Nothing."""
