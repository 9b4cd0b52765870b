"""The row of one target as its worker sees it: read again when it changed, secrets opened once."""

import structlog

from schemas.targets import TargetRow, belongs_to, decode
from schemas.topics import TARGETS
from sinks.webhooks.send import Outlet, outlet
from streams.engine.batch import Batch
from streams.sealing import Sealer, SealError

log = structlog.get_logger("canbao.deliver")


class Rows:
    """The target's row and its outlet, from the broadcast table that every batch carries."""

    def __init__(self, name: str, sealer: Sealer) -> None:
        self._name, self._key = name, name.encode()
        self._sealer = sealer
        self._raw: bytes | None = None
        self._row: TargetRow | None = None
        self._opened: list[tuple[bytes, int]] = []

    def row(self, batch: Batch) -> TargetRow | None:
        """The newest row; None where there is none, or none that can be read here."""
        raw = batch.tables.get(TARGETS, {}).get(self._key)
        if raw != self._raw:
            self._raw, self._row = raw, None
            if raw is not None:
                self._read(raw)
        return self._row

    def outlet(self, row: TargetRow, now_ms: int) -> Outlet:
        """Address and secrets that sign now: the newest, and those of a rotation that has not ended."""
        return outlet(row.url, [secret for secret, until in self._opened if not until or until > now_ms])

    def _read(self, raw: bytes) -> None:
        try:
            row = decode(raw)
            self._opened = [(self._sealer.open(one.sealed, belongs_to(self._name)), one.until_ms) for one in row.secrets]
            self._row = row
        except (ValueError, SealError) as error:
            log.error("the target's row cannot be used", target=self._name, reason=str(error))  # noqa: TRY400 - the reason says all
