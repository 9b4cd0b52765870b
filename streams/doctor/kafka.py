"""The brokers: whether they answer, how they are set, which topics they have, what their clock says, under which pepper keys were made."""

import time
from collections.abc import Callable
from typing import Any

from confluent_kafka import TIMESTAMP_LOG_APPEND_TIME, KafkaException, Message, Producer
from confluent_kafka.admin import AdminClient, ConfigResource, ResourceType

from processors.person.state import DETAIL, HEAD, QUARANTINE
from schemas.topics import PEOPLE_CHANGELOG, PROBE
from streams.doctor.finding import Finding, State, contained, unseen
from streams.reading import TopicReader
from streams.settings import Settings
from streams.topics import declared, differences

ANSWER_SECONDS = 10.0
SKEW_SECONDS_MAX = 2.0
FIRST_KEYS = 200
PERSON_ROWS = (HEAD, DETAIL, QUARANTINE)
"""Kinds whose key goes on with a person key; the other rows of the state (what each feed told of time) have names of their own."""
PERSON_KEY_BYTES = 17
ABORT_SCAN = "transaction.abort.timed.out.transaction.cleanup.interval.ms"
Clock = Callable[[], float]


def admin_of(settings: Settings) -> AdminClient:
    """A client that says nothing by itself."""
    return AdminClient({"bootstrap.servers": settings.kafka_bootstrap, "log_level": 0, **settings.kafka_client})


def check(settings: Settings, clock: Clock = time.time) -> list[Finding]:
    """All of it; one finding alone where nobody answers."""
    admin = admin_of(settings)
    try:
        metadata = admin.list_topics(timeout=ANSWER_SECONDS)
    except KafkaException as error:
        remedy = "compare CANBAO_KAFKA_BOOTSTRAP, CANBAO_KAFKA_SECURITY_PROTOCOL, user, password and CANBAO_KAFKA_CA_FILE with the brokers'"
        return [Finding("Kafka", State.WRONG, f"{settings.kafka_bootstrap} does not answer ({error.args[0].name()})", remedy)]
    if settings.kafka_embedded:
        return [
            Finding(
                "Kafka",
                State.UNSEEN,
                "the demo's embedded broker answers; it has no settings, rights or clock to look at",
                "`canbao demo --kafka real` starts one that has",
            ),
            *contained("pepper version", lambda: [_pepper(settings)]),
        ]
    parts: dict[str, Callable[[], list[Finding]]] = {
        "Kafka": lambda: [_brokers(settings, metadata)],
        "broker settings": lambda: _broker_settings(settings, admin, metadata),
        "partitions": lambda: _leaders(metadata),
        "topics": lambda: _topics(settings),
        "clock": lambda: [_clock(settings, clock)],
        "pepper version": lambda: [_pepper(settings)],
    }
    return [finding for place, look in parts.items() for finding in contained(place, look)]


def _brokers(settings: Settings, metadata: Any) -> Finding:
    count = len(metadata.brokers)
    if settings.replication_factor > count:
        remedy = "lower CANBAO_REPLICATION_FACTOR or add brokers, before `canbao topics create`"
        return Finding("Kafka", State.WRONG, f"{count} broker(s), CANBAO_REPLICATION_FACTOR={settings.replication_factor}", remedy)
    return Finding("Kafka", State.OK, f"{count} broker(s) of cluster {metadata.cluster_id}")


def _broker_settings(settings: Settings, admin: AdminClient, metadata: Any) -> list[Finding]:
    resource = ConfigResource(ResourceType.BROKER, str(next(iter(metadata.brokers))))
    try:
        answer: Any = admin.describe_configs([resource], request_timeout=ANSWER_SECONDS)[resource].result()
    except KafkaException as error:
        return [unseen("broker settings", error, "DescribeConfigs on the cluster")]
    known = {name: entry.value for name, entry in answer.items()}
    found = []
    if known.get("auto.create.topics.enable") == "true":
        found.append(
            Finding("broker settings", State.WRONG, "auto.create.topics.enable=true", "set it to false: a misspelt name would make a topic")
        )
    if int(known.get("transaction.max.timeout.ms") or 0) < settings.transaction_ms:
        found.append(
            Finding("broker settings", State.WRONG, "transaction.max.timeout.ms is below CANBAO_TRANSACTION_MS", "raise it at the brokers")
        )
    if int(known.get(ABORT_SCAN) or 0) > 1_000:  # noqa: PLR2004 - one second, as docs/operating advises
        found.append(
            Finding("broker settings", State.ADVICE, f"{ABORT_SCAN}={known[ABORT_SCAN]}", "1000 makes the loss of a worker shorter")
        )
    return found or [Finding("broker settings", State.OK, "as advised")]


def _leaders(metadata: Any) -> list[Finding]:
    without = sorted(
        f"{name}-{number}" for name, topic in metadata.topics.items() for number, one in topic.partitions.items() if one.leader < 0
    )
    behind = sorted(
        f"{name}-{number}"
        for name, topic in metadata.topics.items()
        for number, one in topic.partitions.items()
        if len(one.isrs) < len(one.replicas)
    )
    found = []
    if without:
        found.append(
            Finding("partitions", State.WRONG, f"without a leader: {', '.join(without[:5])}", "bring the broker back that holds them")
        )
    if behind:
        found.append(
            Finding("partitions", State.ADVICE, f"replicas behind: {', '.join(behind[:5])}", "look at the brokers that are missing")
        )
    return found


def _topics(settings: Settings) -> list[Finding]:
    topics = declared(settings)
    try:
        lines = differences(settings, topics)
    except KafkaException as error:
        return [unseen("topics", error, "DescribeConfigs on topics canbao.*")]
    remedy = "`canbao topics create` makes what is missing; a setting is altered with kafka-configs.sh; a partition count never"
    found = [Finding("topics", State.WRONG, line, remedy) for line in lines]
    return found or [Finding("topics", State.OK, f"{len(topics)} topics as declared")]


def _clock(settings: Settings, clock: Clock) -> Finding:
    """A record whose time the broker writes, against our clock in the middle of the round trip."""
    stamped: list[tuple[float, float]] = []
    refused: list[str] = []

    def told(error: Any, message: Message) -> None:
        kind, at_ms = message.timestamp()
        if error is not None:
            refused.append(error.name())
        elif kind == TIMESTAMP_LOG_APPEND_TIME:
            stamped.append((at_ms / 1000, clock()))

    producer = Producer(
        {"bootstrap.servers": settings.kafka_bootstrap, "log_level": 0, "message.timeout.ms": 10_000, **settings.kafka_client}
    )
    producer.produce(PROBE, b"", b"clock", on_delivery=told)
    producer.flush(ANSWER_SECONDS)  # connections are made, the next round trip is short
    stamped.clear()
    sent = clock()
    producer.produce(PROBE, b"", b"clock", on_delivery=told)
    producer.flush(ANSWER_SECONDS)
    if not stamped:
        why = refused[0] if refused else "the broker gave no time"
        return Finding(
            "clock", State.UNSEEN, f"the probe was not written ({why})", f"topic {PROBE} must be there, with Write for this principal"
        )
    broker, answered = stamped[0]
    skew = (sent + answered) / 2 - broker
    if abs(skew) > SKEW_SECONDS_MAX + (answered - sent) / 2:
        side = "ahead of" if skew > 0 else "behind"
        return Finding(
            "clock",
            State.WRONG,
            f"this machine is {abs(skew):.1f} s {side} the broker",
            "mend time synchronisation (chronyc tracking) on both",
        )
    return Finding("clock", State.OK, f"within {abs(skew) + (answered - sent) / 2:.1f} s of the broker's")


def _pepper(settings: Settings) -> Finding:
    """The version byte of person keys in the state, against the setting. A row's key is its kind, then the person key."""
    try:
        with TopicReader(settings, PEOPLE_CHANGELOG) as reader:
            versions = _versions(reader)
    except KafkaException as error:
        return unseen("pepper version", error, f"Read on {PEOPLE_CHANGELOG}, as the role cli has")
    if not versions:
        return Finding("pepper version", State.UNSEEN, "no person is known yet", "")
    if versions != {settings.pepper_version}:
        said = f"keys were made under version {', '.join(map(str, sorted(versions)))}, CANBAO_PEPPER_VERSION={settings.pepper_version}"
        return Finding(
            "pepper version", State.WRONG, said, "set the version and the pepper that belong together (docs/operating/secrets.md)"
        )
    return Finding("pepper version", State.OK, f"{settings.pepper_version}, as in the state")


def _versions(reader: TopicReader) -> set[int]:
    """Version bytes of the first keys."""
    found: set[int] = set()
    seen = 0
    for chunk in reader.whole():
        for message in chunk:
            key = message.key()
            if isinstance(key, bytes) and key.startswith(PERSON_ROWS) and len(key) >= 1 + PERSON_KEY_BYTES:
                found.add(key[1])
                seen += 1
        if seen >= FIRST_KEYS:
            break
    return found
