"""The AsyncAPI document: published topics only, whole references, read_committed said."""

import json
from pathlib import Path
from typing import Any

from schemas.asyncapi import document
from schemas.topics import load_topics
from schemas.wire import schema_text

ROOT = Path(__file__).parents[2]


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
    assert set(channels) == {"canbao.alerts", "canbao.enrolments", "canbao.decisions", "canbao.decision-results"}
    declared = {topic.name: topic for topic in load_topics()}
    for name, channel in channels.items():
        assert channel["x-isolation-level"] == "read_committed" == declared[name].isolation
        assert channel["x-personal-data"] == "PSEUDONYMOUS"
    assert document("1")["components"]["messages"]["alert"]["payload"]["schema"] == json.loads(schema_text("alert"))


def test_the_consumers_page_names_real_things() -> None:
    """Files, settings and commands that docs/consuming.md names exist."""
    text = (ROOT / "docs/consuming.md").read_text(encoding="utf-8")
    for name in ("examples/kafka_reader.py", "examples/redis_reader.py"):
        assert name in text
        assert (ROOT / name).is_file()
        assert len((ROOT / name).read_text().splitlines()) <= 60
