"""The intake stage on a partition in memory: records in, what left."""

import json
from typing import Any

from schemas.events import Facts, decode
from schemas.topics import EVENTS
from streams.agents import intake as agent
from streams.agents.intake_io import Intake
from streams.engine.memory import MemoryPartition
from streams.engine.records import Outgoing, Record

NOW_MS = 1_795_500_000_000  # 2026-11-24
DEATH = "canbao.feed.death-certificate"
NUMBER = "379999194811200016"


def certificate(**changes: Any) -> dict[str, Any]:
    """A valid death certificate record."""
    row = {
        "record_type": "certificate",
        "certificate_no": "D-0001",
        "revision": 1,
        "certificate_state": "1",
        "id_no": NUMBER,
        "full_name": "王建国",
        "died_on": "2024-03-30",
        "issued_on": "2024-03-31",
        "hospital_division": "370102",
    }
    return row | changes


def feed(intake: Intake, partition: MemoryPartition, *values: object, now_ms: int = NOW_MS) -> list[Any]:
    """Hand records to the stage as the engine does; returns what comes again."""
    records: list[Record] = []
    for value in values:
        data = value if isinstance(value, bytes) else json.dumps(value, ensure_ascii=False).encode()
        records.append(partition.record(b"k", data, ahead=len(records), timestamp_ms=now_ms))
    batch = partition.hand(records, now_ms=now_ms)
    agent.work(intake, batch)
    return list(partition.apply(batch))


def sent(partition: MemoryPartition, topic: str) -> list[Outgoing]:
    """Messages that left for a topic."""
    return [one for one in partition.sent if one.topic == topic]


def facts(partition: MemoryPartition) -> list[Facts]:
    """Messages about persons."""
    messages = [decode(one.value) for one in sent(partition, EVENTS) if one.key is not None and one.value is not None]
    return [one for one in messages if isinstance(one, Facts)]
