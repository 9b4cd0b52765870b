"""What intake remembers of one feed, in plain dictionaries: for checks, scenarios and tests. The agent keeps the same in its state store."""

from processors.intake.outcome import Accepted, Outcome
from schemas.events import Facts


class Remembered:
    """`processors.intake.read.Memory` without a store."""

    def __init__(self) -> None:
        self._rows: dict[bytes, Facts | None] = {}
        self._transaction = 0
        self._deleted: dict[bytes, Facts] = {}

    def stated(self, row: bytes) -> Facts | None:
        """What was last stated for a source row."""
        return self._rows.get(row)

    def deleting(self, transaction: int) -> bool:
        """Whether this transaction has deleted a row that is remembered."""
        return bool(self._deleted) and transaction == self._transaction

    def deleted(self, transaction: int, natural: bytes) -> Facts | None:
        """What a row that this transaction deleted had stated."""
        return self._deleted.get(natural) if transaction == self._transaction else None

    def keep(self, outcome: Outcome) -> None:
        """Keep what an outcome asks to remember."""
        if not isinstance(outcome, Accepted):
            return
        self._rows.update(outcome.remember)
        deletion = outcome.deletion
        if deletion is None:
            return
        if deletion.transaction != self._transaction:
            self._transaction, self._deleted = deletion.transaction, {}
        self._deleted[deletion.natural] = deletion.facts
