"""The raw form of a scenario step: a department's own record, wrapped as its connector would send it, through its feed's own intake."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from msgspec import json

from processors.identity.keys import KeyMaker
from processors.intake.compile import CompiledFeed, Raw, compile_feed
from processors.intake.outcome import Accepted, Outcome, Rejected, Skipped, SkipReason
from processors.intake.remembered import Remembered
from processors.scenario.fields import ScenarioError, misfit
from schemas.dates import date_of
from schemas.events import Message
from schemas.feed_file import load_feeds
from schemas.variant_characters import load_variants

TEST_PEPPER = b"canbao judge: makes ids stable, protects nothing"
LSN_STEP = 64


class RawRecords:
    """Reads raw steps: `{feed, record, table?, op?, transaction?}`; the before-image of a row is what an earlier step said of it."""

    def __init__(self) -> None:
        self._keys = KeyMaker(1, TEST_PEPPER, load_variants())
        self._feeds = load_feeds()
        self._code: dict[str, CompiledFeed] = {}
        self._memory: dict[str, Remembered] = {}
        self._rows: dict[tuple[str, str, bytes], Mapping[str, Any]] = {}
        self._transactions: dict[str, int] = {}

    def __call__(self, step: Mapping[str, Any], day: int, offset: int) -> list[Message]:
        """The messages that a record becomes; a ScenarioError names code and field where intake refuses it."""
        name = step["feed"]
        if name not in self._feeds:
            raise misfit("feed", name, ", ".join(self._feeds))
        code = self._code.setdefault(name, compile_feed(self._feeds[name], self._keys))
        memory = self._memory.setdefault(name, Remembered())
        raw = Raw(b"{}", self._value(step, code, day, offset), {}, 0, offset)
        outcome, _ = code.read(raw, day, 0, memory)
        return self._messages(name, outcome, memory)

    def _messages(self, feed: str, outcome: Outcome, memory: Remembered) -> list[Message]:
        if isinstance(outcome, Rejected):
            found = f"; found: {outcome.value_class}" if outcome.value_class else ""
            allowed = f"; allowed: {outcome.allowed}" if outcome.allowed else ""
            raise ScenarioError(f"intake of {feed} refuses it: {outcome.code}{found}{allowed}", f"record.{outcome.field or feed}")
        if isinstance(outcome, Skipped) and outcome.reason is SkipReason.STALE:
            return []
        if not isinstance(outcome, Accepted):
            raise ScenarioError(f"states nothing to the intake of {feed} ({type(outcome).__name__})", "record")
        memory.keep(outcome)
        return list(outcome.messages)

    def _value(self, step: Mapping[str, Any], code: CompiledFeed, day: int, offset: int) -> bytes:
        record = dict(step["record"])
        if not code.feed.wire.startswith("debezium"):
            return json.encode(record)
        table = step.get("table") or code.feed.tables[0].name
        spec = next((one for one in code.feed.tables if one.name == table), None)
        if spec is None:
            raise misfit("table", table, ", ".join(one.name for one in code.feed.tables))
        key = code.feed.feed, table, json.encode([record.get(column) for column in spec.key])
        before = self._rows.get(key)
        op = step.get("op") or ("u" if before else "c")
        self._rows[key] = record = {column.name: None for column in spec.columns} | (dict(before) if before else {}) | record
        source = {
            "connector": "postgresql",
            "name": code.feed.feed,
            "db": code.feed.feed,
            "schema": "public",
            "table": table,
            "txId": self._transactions.setdefault(step["transaction"], 1000 + offset) if "transaction" in step else 1000 + offset,
            "lsn": LSN_STEP * (offset + 1),
            "ts_ms": int(dt.datetime.combine(date_of(day), dt.time(2), dt.UTC).timestamp() * 1000),
            "snapshot": "true" if step.get("snapshot") else None,
        }
        after = None if op == "d" else record
        return json.encode({"before": before, "after": after, "source": source, "op": op, "ts_ms": source["ts_ms"]})
