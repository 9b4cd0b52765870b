"""The two wire forms that departments use here: Debezium's change records, and plain JSON with a version column."""

import datetime as dt
from typing import Any

from msgspec import Struct, json

from demo.city.emit.plain import Columns, days, instant

PER_MESSAGE = 64
"""Bytes of log between two changes: LSNs rise and are no counter."""
FIRST_LSN = 26_380_080
FIRST_TRANSACTION = 727


class Message(Struct, frozen=True):
    """One Kafka record as a department's connector or job sends it."""

    topic: str
    key: bytes
    value: bytes | None


class DebeziumFeed:
    """One captured database: keeps the rows, so that updates and deletes carry their before-image."""

    def __init__(self, feed: str, topic: str, schema: str) -> None:
        self.topic = topic
        self._feed = feed
        self._schema = schema
        self._rows: dict[tuple[str, int], Columns] = {}
        self._last: dict[tuple[str, int], Message] = {}
        self._lsn = FIRST_LSN
        self._transaction = FIRST_TRANSACTION
        self._markers = 0
        self._deleting = False

    def changed(self, day: dt.date, table: str, key_column: str, after: Columns, _version: int) -> list[Message]:
        """The row is inserted or updated."""
        key = table, after[key_column]
        before = self._rows.get(key)
        self._rows[key] = after
        self._last[key] = message = self._message(day, table, {key_column: after[key_column]}, "u" if before else "c", before, after)
        return [message]

    def deleted(self, day: dt.date, table: str, key_column: str, row: Columns) -> list[Message]:
        """The row is deleted; what follows next is of the same transaction."""
        key = {key_column: row[key_column]}
        before = self._rows.pop((table, row[key_column]))
        gone = self._message(day, table, key, "d", before, None)
        self._deleting = True
        return [gone, Message(self.topic, json.encode(key), None)]

    def repeated(self, table: str, key_column: str, row: Columns) -> list[Message]:
        """The row's last message once more, byte for byte."""
        return [self._last[table, row[key_column]]]

    def complete(self, day: dt.date) -> list[Message]:
        """The day is complete: the job's marker, and the heartbeat that proves that no older transaction is open."""
        return [self._marker(day, days(day)), self._marker(day, None)]

    def _marker(self, day: dt.date, through: int | None) -> Message:
        self._markers += 1
        snapshot = f"{self._transaction + 1}:{self._transaction + 1}:"
        row = {
            "id": self._markers,
            "feed": self._feed,
            "division": None,
            "through": through,
            "at": instant(day),
            "snap": snapshot,
            "by_whom": "day-end",
        }
        return self._message(day, "feed_complete", {"id": self._markers}, "c", None, row)

    def _message(self, day: dt.date, table: str, key: Columns, op: str, before: Columns | None, after: Columns | None) -> Message:
        self._lsn += PER_MESSAGE
        self._transaction += 0 if self._deleting else 1
        self._deleting = False
        at = int(dt.datetime.combine(day, dt.time(10), dt.timezone(dt.timedelta(hours=8))).timestamp() * 1000)
        source: dict[str, Any] = {
            "version": "3.7.0.Final",
            "connector": "postgresql",
            "name": f"canbao-{self._feed}",
            "ts_ms": at,
            "snapshot": None,
            "db": self._feed,
            "sequence": f'["{self._lsn - PER_MESSAGE}","{self._lsn}"]',
            "schema": "feed" if table == "feed_complete" else self._schema,
            "table": table,
            "txId": self._transaction,
            "lsn": self._lsn,
            "xmin": None,
        }
        value = {"before": before, "after": after, "source": source, "transaction": None, "op": op, "ts_ms": at + 120}
        return Message(self.topic, json.encode(key), json.encode(value))


class JsonFeed:
    """One department that sends its records as JSON, each state of a row under a higher version."""

    def __init__(self, topic: str) -> None:
        self.topic = topic
        self._last: dict[tuple[str, Any], Message] = {}

    def changed(self, _day: dt.date, table: str, key_column: str, after: Columns, _version: int) -> list[Message]:
        """The row in its new state."""
        message = Message(self.topic, str(after[key_column]).encode(), json.encode(after))
        self._last[table, after[key_column]] = message
        return [message]

    def deleted(self, _day: dt.date, table: str, _key_column: str, _row: Columns) -> list[Message]:
        """These departments do not delete."""
        raise ValueError(f"{table}: a department that sends plain JSON withdraws a row by its state, it does not delete")

    def repeated(self, table: str, key_column: str, row: Columns) -> list[Message]:
        """The row's last message once more, byte for byte."""
        return [self._last[table, row[key_column]]]

    def complete(self, day: dt.date) -> list[Message]:
        """The day is complete, behind its rows."""
        row = {"record_type": "feed_complete", "division": None, "through": day.isoformat()}
        return [Message(self.topic, b"", json.encode(row))]
