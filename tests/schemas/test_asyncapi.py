"""The AsyncAPI document: published topics only, whole references, read_committed said."""

import json
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.validators import validator_for

from schemas.asyncapi import document
from schemas.delivery import delivery_of, event_json
from schemas.messages import alert_message
from schemas.topics import load_topics
from schemas.wire import Writer, schema_text
from tests.schemas.samples import sample_alert

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((Path(__file__).parent / "asyncapi-3.0.0.json").read_text(encoding="utf-8"))


def references(node: Any) -> list[str]:
    """Every $ref in the document."""
    if isinstance(node, dict):
        return [value for key, value in node.items() if key == "$ref"] + [one for value in node.values() for one in references(value)]
    return [one for value in node for one in references(value)] if isinstance(node, list) else []


def test_every_reference_leads_somewhere() -> None:
    """Each $ref points at a part of the document."""
    whole = document("1")
    assert len(references(whole)) >= 6
    for reference in references(whole):
        part: Any = whole
        for step in reference.removeprefix("#/").split("/"):
            part = part[step]
        assert part


def test_it_is_what_the_topics_say() -> None:
    """Alerts, enrolments and decisions with their own schemas and isolation; nothing private or sealed."""
    channels = document("1")["channels"]
    assert set(channels) == {
        "canbao.alerts",
        "canbao.enrolments",
        "canbao.decisions",
        "canbao.decision-results",
        "canbao.quality",
        "webhook",
        "live",
    }
    declared = {topic.name: topic for topic in load_topics()}
    for name, channel in channels.items():
        if name not in declared:
            continue
        assert channel["x-isolation-level"] == "read_committed" == declared[name].isolation
        assert channel["x-personal-data"] == "PSEUDONYMOUS"
    quality = channels["canbao.quality"]
    assert (quality["address"], quality["x-personal-data"]) == ("canbao.quality.{feed}", "NONE")
    assert set(quality["parameters"]) == {"feed"}
    assert document("1")["components"]["messages"]["alert"]["payload"]["schema"] == json.loads(schema_text("alert"))


def test_the_consumers_page_names_real_things() -> None:
    """Files, settings and commands that docs/consuming.md names exist."""
    text = (ROOT / "docs/consuming.md").read_text(encoding="utf-8")
    for path in sorted((ROOT / "examples").rglob("*.*")):
        assert str(path.relative_to(ROOT)) in text or path.suffix == ".pyc"


def test_the_document_is_asyncapi() -> None:
    """The JSON Schema of AsyncAPI 3.0.0 (vendored, see its licence note) takes it; with a field bent it refuses."""
    check = validator_for(SCHEMA)(SCHEMA)
    whole = document("1")
    assert not list(check.iter_errors(whole))
    whole["channels"]["live"]["address"] = 7
    assert list(check.iter_errors(whole))


def test_the_event_is_as_its_schema_says() -> None:
    """A real event passes the schema in the document; without its revision it does not. Headers likewise."""
    components = document("1")["components"]
    schema = {**components["schemas"]["alert-event"], "components": components}
    check = Draft202012Validator(schema)
    one = delivery_of(sample_alert())
    event = json.loads(event_json(one.attributes, one.json))
    assert not list(check.iter_errors(event))
    del event["data"]["revision"]
    assert list(check.iter_errors(event))
    headers = {name: text.decode() for name, text in alert_message(Writer("alert"), sample_alert()).headers}
    assert not list(Draft202012Validator(components["messages"]["alert"]["headers"]).iter_errors(headers))
