"""The day's tick: each owner of an events partition appends it to its own partition, in its own transaction. No leader is needed.

The last day written is in the partition's header, so missing days are written in order, whoever owns the partition next.
"""

import datetime as dt
from zoneinfo import ZoneInfo

from schemas.dates import day_of
from schemas.events import FORMAT, Tick, encode
from streams.engine.batch import Batch

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAYS_AT_ONCE_MAX = 400


def today(now_ms: int) -> int:
    """The day number in Asia/Shanghai."""
    return day_of(dt.datetime.fromtimestamp(now_ms / 1000, SHANGHAI).date())


def write_ticks(batch: Batch) -> None:
    """Append the ticks that are due; a partition that never had one starts with today's."""
    now = today(batch.now_ms)
    written = int.from_bytes(batch.header().stage, "big") if batch.header().stage else now - 1
    if written >= now:
        return
    last = min(now, written + DAYS_AT_ONCE_MAX)
    for day in range(written + 1, last + 1):
        batch.produce(batch.topic, None, encode(Tick(FORMAT, day)), partition=batch.partition)
    batch.set_header(last.to_bytes(4, "big"))
