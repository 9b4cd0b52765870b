"""Topics on a cluster: what is declared, what is missing, what differs."""

from collections.abc import Iterable
from typing import Any

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic, ResourceType

from schemas.feed_file import load_feeds
from schemas.topics import Wanted, wanted
from streams.settings import Settings, SettingsError

ANSWER_SECONDS = 5.0
SECONDS = 30.0


def declared(settings: Settings, targets: Iterable[str] = ()) -> list[Wanted]:
    """Every topic in use, those of all feeds and of the given webhook targets included."""
    return wanted(settings.events_partitions, load_feeds().values(), targets)


def refuse_embedded(settings: Settings) -> None:
    """SettingsError on the demo's embedded broker: it never answers what an administrator asks."""
    if settings.kafka_embedded:
        raise SettingsError(
            "CANBAO_KAFKA_EMBEDDED: must be false for this; the demo's embedded broker makes topics by itself and has no settings, users, "
            "rights or webhook targets to look at or change; `canbao demo --kafka real` starts a broker that has"
        )


def create_missing(settings: Settings, topics: list[Wanted]) -> list[str]:
    """Create what is not there; returns the names created. Creating what another process has just made is no error."""
    refuse_embedded(settings)
    admin = _admin(settings)
    there = admin.list_topics(timeout=ANSWER_SECONDS).topics
    new = [NewTopic(one.name, one.partitions, settings.replication_factor, config=one.config) for one in topics if one.name not in there]
    created = []
    for name, done in (admin.create_topics(new, operation_timeout=SECONDS) if new else {}).items():
        try:
            done.result()
        except KafkaException as error:
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise
            continue
        created.append(name)
    return created


def differences(settings: Settings, topics: list[Wanted]) -> list[str]:
    """One line for each topic that is missing, has another partition count or another setting than declared."""
    refuse_embedded(settings)
    admin = _admin(settings)
    there = admin.list_topics(timeout=ANSWER_SECONDS).topics
    lines = [f"{one.name}: is missing; `canbao topics create` makes it" for one in topics if one.name not in there]
    present = [one for one in topics if one.name in there]
    for one in present:
        count = len(there[one.name].partitions)
        if count != one.partitions:
            lines.append(f"{one.name}: {count} partitions, declared {one.partitions}; another count needs a re-key, not an alteration")
    return lines + [line for one in present for line in _config_lines(one, _config(admin, one.name))]


def _config_lines(topic: Wanted, actual: dict[str, str]) -> list[str]:
    return [
        f"{topic.name}: {name} is {actual.get(name, '(unknown)')}, declared {value}"
        for name, value in topic.config.items()
        if actual.get(name) != value
    ]


def _config(admin: AdminClient, name: str) -> dict[str, str]:
    resource = ConfigResource(ResourceType.TOPIC, name)
    found: Any = admin.describe_configs([resource], request_timeout=SECONDS)[resource].result()
    return {entry.name: entry.value for entry in found.values()}


def _admin(settings: Settings) -> AdminClient:
    return AdminClient({"bootstrap.servers": settings.kafka_bootstrap, "log_level": 0, **settings.kafka_client})
