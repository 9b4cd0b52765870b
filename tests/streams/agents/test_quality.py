"""What a department is told of its own records: which one, which field, why; once, and never a value."""

import json
from pathlib import Path
from typing import Any

import pytest

from schemas.dates import day
from schemas.errors import Code
from schemas.topics import quality_topic
from schemas.wire import Reader
from streams.agents import intake as agent
from streams.agents.intake_io import Intake
from streams.engine.memory import MemoryPartition
from streams.registry import RegistryDownError
from tests.streams.agents.intaking import DEATH, NOW_MS, certificate, feed, sent

WRONG = "379999194811200017"
UNKNOWN_WAY = Path(__file__).parents[2] / "processors/intake/samples/business/certification_way_unknown.json"


def told(partition: MemoryPartition, name: str) -> list[dict[str, Any]]:
    """What the department of a feed is told."""
    return [Reader("data_quality").decode(one.value or b"") for one in sent(partition, quality_topic(name))]


def test_the_department_is_told_which_record_and_field_but_no_value(intake: Intake) -> None:
    """One event a refused record, on the record's own partition, with position, code, field and day."""
    partition = MemoryPartition(DEATH)
    feed(intake, partition, certificate(), certificate(certificate_no="D-0002", id_no=WRONG), b"garbage")
    first, second = told(partition, "death_certificate")
    assert first == {
        "feed": "death_certificate",
        "code": Code.NUMBER_CHECKSUM,
        "effect": "REFUSED",
        "field": "id_no",
        "meaning": "身份号码校验位错误",
        "topic": DEATH,
        "partition": 0,
        "offset": 1,
        "last_offset": 1,
        "count": 1,
        "day": day("2026-11-24"),
    }
    assert (second["code"], second["offset"], second["field"]) == (Code.NOT_DECODABLE, 2, "")
    messages = sent(partition, quality_topic("death_certificate"))
    assert {(one.partition, one.headers) for one in messages} == {(0, ())}
    assert all(WRONG.encode() not in (one.value or b"") for one in messages)


def test_codes_that_no_table_knows_are_told_once_a_batch_and_field(intake: Intake) -> None:
    """CB-313: the records are kept, the department gets field, first and last position and how many; not the code itself."""
    partition = MemoryPartition("canbao.feed.business")
    record = json.loads(UNKNOWN_WAY.read_text(encoding="utf-8"))["value"]
    later = json.loads(json.dumps(record))
    later["source"]["lsn"] += 1
    feed(intake, partition, record, b"garbage", later)
    spans = [(one["code"], one["effect"], one["offset"], one["last_offset"], one["count"]) for one in told(partition, "business")]
    assert spans == [(Code.NOT_DECODABLE, "REFUSED", 1, 1, 1), (Code.CODE_UNKNOWN, "KEPT_AS_UNKNOWN", 0, 2, 2)]
    assert told(partition, "business")[1]["field"].isidentifier()


def test_a_batch_that_is_given_back_tells_nothing(intake: Intake, monkeypatch: pytest.MonkeyPatch) -> None:
    """The department is told in the batch's own transaction, so once, however often the registry made the batch wait."""
    partition = MemoryPartition(DEATH)
    batch = partition.hand([partition.record(b"k", b"garbage")], now_ms=NOW_MS)

    def down(*_arguments: object) -> None:
        raise RegistryDownError("HTTP 503")

    monkeypatch.setattr("streams.agents.intake_io.Pass.finish", down)
    agent.work_or_wait(intake, batch)
    partition.apply(batch)
    assert told(partition, "death_certificate") == []
