"""Rows of an intake partition, and what it writes into its header: nothing in them is a number or a name."""

from msgspec import Struct, field, msgpack

from processors.intake.brake import Brake
from processors.intake.horizons import Horizons
from processors.intake.outcome import Deletion
from schemas.events import Facts
from streams.engine.batch import MAX_VALUE_BYTES, Batch

ROW = b"\x30"
"""Source row → what was last stated for it (feeds without before-images)."""
DELETIONS = b"\x31"
"""Rows that the source's current transaction deleted."""
PERSON = b"\x32"
"""Person key → name key of the identity that was sent."""
HORIZONS = b"\x33"
"""Markers and how far each division is complete."""
MOST_DELETIONS = 100
"""A transaction that deletes more is archiving, not correcting."""


class IntakeHeader(Struct, array_like=True):
    """What changes with every batch: brake, the pause it wrote, horizons sent, and the source that was seen first."""

    brake: Brake = field(default_factory=Brake)
    paused_epoch: int = 0
    sent: dict[int, int] = field(default_factory=dict)
    sent_ms: int = 0
    source: str = ""
    source_incarnation: int = 0


class _Deletions(Struct, array_like=True):
    transaction: int
    rows: list[Deletion]


_encode = msgpack.Encoder().encode
_facts = msgpack.Decoder(Facts).decode
_deletions = msgpack.Decoder(_Deletions).decode
_horizons = msgpack.Decoder(Horizons).decode
_header = msgpack.Decoder(IntakeHeader).decode


class IntakeMemory:
    """`processors.intake.read.Memory` on the rows of one batch's partition."""

    def __init__(self, batch: Batch) -> None:
        self.batch = batch
        self._last_deletions: _Deletions | None = None

    def stated(self, row: bytes) -> Facts | None:
        """What was last stated for a source row."""
        raw = self.batch.get(ROW + row)
        return None if raw is None else _facts(raw)

    def deleting(self, transaction: int) -> bool:
        """Whether this transaction has deleted a row that is remembered."""
        return self._kept().transaction == transaction

    def deleted(self, transaction: int, natural: bytes) -> Facts | None:
        """What a row that this transaction deleted had stated."""
        kept = self._kept()
        if kept.transaction != transaction:
            return None
        return next((one.facts for one in kept.rows if one.natural == natural), None)

    def remember(self, row: bytes, facts: Facts | None, encoded: bytes | None) -> None:
        """Keep the newest statement of a source row; `encoded`: its bytes, where it left as it is."""
        if facts is None:
            self.batch.delete(ROW + row)
        else:
            self.batch.put(ROW + row, encoded or _encode(facts))

    def delete(self, deletion: Deletion) -> None:
        """Keep a deleted row until another transaction deletes one."""
        kept = self._kept()
        rows = kept.rows if kept.transaction == deletion.transaction else []
        longer = _Deletions(deletion.transaction, [*rows, deletion])
        value = _encode(longer)
        if len(rows) < MOST_DELETIONS and len(value) <= MAX_VALUE_BYTES:
            self.batch.put(DELETIONS, value)
            self._last_deletions = longer

    def _kept(self) -> _Deletions:
        """The rows of the last transaction that deleted any, read once a batch."""
        if self._last_deletions is None:
            raw = self.batch.get(DELETIONS)
            self._last_deletions = _Deletions(0, []) if raw is None else _deletions(raw)
        return self._last_deletions

    def horizons(self) -> Horizons:
        """How far each division is complete."""
        raw = self.batch.get(HORIZONS)
        return Horizons() if raw is None else _horizons(raw)

    def keep_horizons(self, horizons: Horizons) -> None:
        """Keep markers and horizons."""
        self.batch.put(HORIZONS, _encode(horizons))


def header_of(batch: Batch) -> IntakeHeader:
    """The partition's header; a fresh one where nothing was ever written."""
    stage = batch.header().stage
    return _header(stage) if stage else IntakeHeader()


def write_header(batch: Batch, header: IntakeHeader) -> None:
    """Write it with the batch's transaction, where it changed: an idle feed commits nothing."""
    stage = _encode(header)
    if stage != batch.header().stage:
        batch.set_header(stage)
