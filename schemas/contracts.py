"""Which Avro contract the values of a topic have, as the list of topics and the feeds' files say; its subject in a registry is `<topic>-value`."""

from collections.abc import Iterable

from schemas.feed_file import Feed
from schemas.topics import FEED_PLACE, FEED_TOPIC, Topic, feed_topic_name, load_topics


def contract_of(name: str) -> str:
    """The contract of what canbao writes to a topic.

    Raises:
        LookupError: `schemas/topics.yaml` declares no Avro values for it.
    """
    for topic in load_topics():
        if topic.contract and _fits(topic, name):
            return topic.contract
    raise LookupError(f"{name}: schemas/topics.yaml declares no Avro contract for it")


def contracts(feeds: Iterable[Feed]) -> dict[str, str]:
    """Topic → contract, of every topic in use that has one: canbao's own, and what the given feeds send as one of our contracts."""
    listed, found = list(feeds), dict[str, str]()
    for topic in load_topics():
        if topic.status == "RESERVED":
            continue
        if topic.name == FEED_TOPIC:
            found |= {feed.topic: feed.codec for feed in listed if feed.codec}
        elif topic.contract:
            names = [feed_topic_name(topic, feed) for feed in listed] if FEED_PLACE in topic.name else [topic.name]
            found |= dict.fromkeys(names, topic.contract)
    return found


def _fits(topic: Topic, name: str) -> bool:
    head, place, tail = topic.name.partition(FEED_PLACE)
    return name.startswith(head) and name.endswith(tail) if place else name == head
