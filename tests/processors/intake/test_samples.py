"""Every feed's sample records: what each becomes, or the exact fault it has."""

import json
from pathlib import Path
from typing import Any

import pytest

from processors.identity.kinds import Document, Identifier
from processors.identity.recognise import recognise
from processors.intake.outcome import Accepted, Marker, Rejected, Skipped
from schemas.dates import date_of
from schemas.fact_text import fact_fields, kind_of
from schemas.feed_file import load_feeds
from schemas.kinds import FactStatus, Kind
from tests.processors.intake.recorded import AS_OF, HERE, KEYS, person, shipped

SAMPLES = sorted((HERE / "samples").glob("*/*.json"))


def key_of(written: str) -> bytes:
    """The person key that a sample's expectation names: a number, or PASSPORT:number."""
    if written.startswith("PASSPORT:"):
        found = recognise(written.removeprefix("PASSPORT:"), Document.PASSPORT, "", AS_OF)
        assert isinstance(found, Identifier)
        return KEYS.person_key(found)
    return person(written)


def stated(outcome: Accepted) -> list[tuple[bytes, str, str, dict[str, str]]]:
    """(person, kind, status, fields) of every fact, in order."""
    return [
        (message.person, kind_of(fact).name, FactStatus(fact.status).name, dict(fact_fields(fact)))
        for message in outcome.messages
        for fact in message.facts
    ]


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_sample(path: Path) -> None:
    """The record becomes the facts, the fault, the skip or the marker that its file states."""
    sample: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    outcome = shipped(path.parent.name).read(
        None if sample["value"] is None else sample["value"], key=sample["key"], headers=sample.get("headers")
    )
    if "fault" in sample:
        assert isinstance(outcome, Rejected)
        assert (outcome.code, outcome.field) == (sample["fault"]["code"], sample["fault"]["field"])
    elif "skipped" in sample:
        assert outcome == Skipped(sample["skipped"])
    elif "complete" in sample:
        assert isinstance(outcome, Marker)
        through = str(date_of(outcome.through)) if outcome.through else ""
        assert {"division": outcome.division, "through": through, "xmin": outcome.xmin, "xmax": outcome.xmax} == sample["complete"]
    else:
        assert isinstance(outcome, Accepted), outcome
        check_statement(sample, outcome)


def check_statement(sample: dict[str, Any], outcome: Accepted) -> None:
    """Facts in order, with the fields that the sample names; notes; what the message says."""
    found = stated(outcome)
    wanted = sample["states"]
    assert [one[:3] for one in found] == [(key_of(one["person"]), one["kind"], one["status"]) for one in wanted]
    for (_, _, _, fields), want in zip(found, wanted, strict=True):
        assert {name: fields.get(name, "") for name in want["fields"]} == want["fields"]
    assert outcome.notes == sample.get("notes", [])
    message = outcome.messages[-1]
    assert message.snapshot == sample.get("snapshot", 0)
    assert message.identity.id_form == sample.get("form", message.identity.id_form)
    if "recorded_on" in sample:
        assert str(date_of(message.recorded_on)) == sample["recorded_on"]


def test_every_table_has_a_sample() -> None:
    """A table that a feed file adds needs a sample record."""
    with_sample: set[tuple[str, str]] = set()
    for path in SAMPLES:
        value = json.loads(path.read_text(encoding="utf-8"))["value"] or {}
        by_event = {event: spec.name for spec in load_feeds()[path.parent.name].tables for event in spec.events}
        name = value.get("record_type") or value.get("source", {}).get("table") or by_event.get(value.get("event_type", ""))
        with_sample.add((path.parent.name, str(name)))
    tables = {(feed.feed, spec.name) for feed in load_feeds().values() for spec in feed.tables}
    assert tables - with_sample == set()


def test_every_kind_of_the_feeds_has_a_sample() -> None:
    """Each kind of fact that some feed states is seen in a sample."""
    seen = {one["kind"] for path in SAMPLES for one in json.loads(path.read_text(encoding="utf-8")).get("states", [])}
    wanted = {fact.kind for feed in load_feeds().values() for spec in feed.tables for fact in spec.facts} | {Kind.IDENTITY.name}
    assert wanted - seen == set()
