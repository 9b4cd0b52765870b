"""The audit topic on real Kafka: one chain over restarts, entries together, fencing, the commands, and refusal when it is down."""

import asyncio
from pathlib import Path

import pytest
from confluent_kafka import Producer
from typer.testing import CliRunner

from schemas.audit import AuditDownError, AuditEntry, Deed
from schemas.events import FORMAT, Facts, Identity, encode
from schemas.roles import Role
from schemas.topics import AUDIT, EVENTS
from streams.audit import KafkaAudit
from streams.audit_reading import check_topic, read_audit
from streams.cli.audit import app
from streams.embedded_broker import EmbeddedBroker
from streams.settings import Settings
from streams.topics import create_missing, declared
from tests.servers.fixtures import Broker

SOMEBODY = bytes((1, *range(16)))


def reading(person: bytes = SOMEBODY) -> AuditEntry:
    """A clerk reads a person."""
    return AuditEntry(deed=Deed.PERSON_READ, actor="li.na", role=Role.CLERK, division=370102, persons=[person], reason="case 17")


def nothing(_done: int, _total: int) -> None:
    """No bar."""


@pytest.fixture
def settings(own_kafka: Broker, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A cluster with all topics, which the commands find too."""
    monkeypatch.setenv("CANBAO_KAFKA_BOOTSTRAP", own_kafka.bootstrap)
    made = Settings(kafka_bootstrap=own_kafka.bootstrap, events_partitions=2)
    create_missing(made, declared(made))
    return made


async def many(audit: KafkaAudit, count: int) -> None:
    """Readers at the same moment."""
    await asyncio.gather(*(asyncio.wrap_future(audit.submit(reading())) for _ in range(count)))


@pytest.mark.kafka
@pytest.mark.logs_errors("fenced by a newer instance", "old epoch")
def test_chains_and_commands(settings: Settings, tmp_path: Path) -> None:
    """Two lives of one writer are one chain; a second life fences the first, which goes on only after it; the commands answer; damage shows."""
    with KafkaAudit(settings, "page-0") as first:
        first(reading())
        asyncio.run(many(first, 300))
        with KafkaAudit(settings, "page-0") as second, KafkaAudit(settings, "page-1") as other:
            second(reading())
            other(reading())
        first(reading())
    check = check_topic(settings, {}, nothing)
    assert (check.findings, check.records, check.heads["page-0"][0]) == ([], 304, 303)

    run = CliRunner().invoke
    anchors = tmp_path / "anchors.jsonl"
    assert run(app, ["anchor", "--file", str(anchors)]).exit_code == 0
    told = run(app, ["verify", "--anchors", str(anchors)])
    assert told.exit_code == 0, told.output
    assert "305 records, 3 chains, 3 anchors met, 0 breaks" in told.output

    producer = Producer({"bootstrap.servers": settings.kafka_bootstrap})
    facts = Facts(FORMAT, SOMEBODY, SOMEBODY, b"", "card", 0, 7, "B-7", 0, 0, 0, Identity(0, 0, 18), [])
    producer.produce(EVENTS, encode(facts), SOMEBODY)
    producer.produce(AUDIT, b"\x01" + bytes(40), b"page-0", partition=0)
    producer.flush(30)
    told = run(app, ["who", "--batch", "card", "B-7", "--reason", "INC-1", "--keys", str(tmp_path / "keys")])
    assert told.exit_code == 0, told.output
    assert "1 persons, 304 audit records, 1 accounts" in told.output
    assert (tmp_path / "keys").read_text(encoding="utf-8") == SOMEBODY.hex() + "\n"
    for batch, persons in (("B-8", 0), ("0:5-7", 1), ("0:8-9", 0), ("1:5-7", 0)):
        assert f"{persons} persons" in run(app, ["who", "--batch", "card", batch, "--reason", "INC-1"]).output
    asked = list(read_audit(settings, lambda one: one.entry.deed is Deed.INCIDENT_ASKED, nothing))
    assert [(one.record.entry.objects, one.record.entry.count) for one in asked][:3] == [
        (["card", "B-7"], 1),
        (["card", "B-8"], 0),
        (["card", "0:5-7"], 1),
    ]
    told = run(app, ["verify"])
    assert told.exit_code == 1
    assert "UNREADABLE" in told.output


@pytest.mark.embedded
def test_the_embedded_broker_takes_it_too() -> None:
    """The demo audits like everybody."""
    broker = EmbeddedBroker()
    try:
        here = Settings(kafka_bootstrap=broker.bootstrap, kafka_embedded=True)
        with KafkaAudit(here, "page-0") as audit:
            audit(reading())
            audit(reading())
        assert [one.record.sequence for one in read_audit(here, lambda _record: True, nothing)] == [1, 2]
    finally:
        broker.stop()


def test_nothing_is_done_that_cannot_be_audited() -> None:
    """Where the topic does not answer the entry is refused, not kept for later."""
    nowhere = Settings(kafka_bootstrap="127.0.0.1:1")
    audit = KafkaAudit(nowhere, "page-0")
    with pytest.raises(AuditDownError):
        audit(reading())
    audit.close()
