"""One place says which topic has which Avro contract: writers, the registry's check and the documents read it."""

import pytest

from schemas.contracts import contract_of, contracts
from schemas.feed_file import load_feeds
from schemas.topics import DEAD_LETTERS, EVENTS, load_topics, quality_topic
from schemas.wire import HOME

FEEDS = load_feeds()


def test_every_contract_is_declared_and_every_declared_one_has_its_schema() -> None:
    """No schema without a topic, no topic without a schema; departments' topics in forms of their own have none."""
    found = contracts(FEEDS.values())
    assert set(found.values()) == {path.stem for path in HOME.glob("*.avsc")}
    assert {quality_topic(feed) for feed in FEEDS} <= set(found)
    assert found["canbao.feed.canonical"] == "canonical_event"
    assert "canbao.feed.household" not in found
    assert not {topic.name for topic in load_topics() if topic.status == "RESERVED"} & set(found)


def test_a_writer_gets_the_contract_that_is_compared() -> None:
    """What a worker registers is what doctor looks for."""
    own = {topic: name for topic, name in contracts(FEEDS.values()).items() if not topic.startswith("canbao.feed.")}
    assert {topic: contract_of(topic) for topic in own} == own
    assert (own[DEAD_LETTERS], own[quality_topic("tax_payroll")]) == ("dead_letter", "data_quality")


@pytest.mark.parametrize("name", [EVENTS, "canbao.alert", "canbao.alerts.more", "canbao.feed.household"])
def test_a_topic_without_a_contract_has_no_writer(name: str) -> None:
    """Another encoding, no such topic."""
    with pytest.raises(LookupError, match=name):
        contract_of(name)
