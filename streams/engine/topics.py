"""What the cluster says about a stage's topics, checked before anything is read."""

from __future__ import annotations

from typing import Any

import msgspec
import structlog
from confluent_kafka import KafkaException, TopicCollection
from confluent_kafka.admin import AdminClient, ConfigResource, ResourceType

from streams.engine.errors import RefusedError
from streams.engine.spec import EngineSettings, StageSpec

log = structlog.get_logger("canbao.engine")

ABORT_SCAN = "transaction.abort.timed.out.transaction.cleanup.interval.ms"
ABORT_SCAN_MS = 1_000


class Cluster(msgspec.Struct, frozen=True):
    """Cluster id, partition count and id of each topic of the stage, settings of its changelogs. An embedded broker has no ids and settings."""

    cluster_id: str
    partitions: dict[str, int]
    topic_ids: dict[str, str]
    changelogs: dict[str, dict[str, str]] = {}

    def keeps_tombstones_seconds(self, changelog: str, at_most: float) -> float:
        """How long a changelog keeps tombstones, by its own setting, never more than `at_most`."""
        kept = self.changelogs.get(changelog, {}).get("delete.retention.ms")
        return min(at_most, int(kept) / 1000) if kept is not None else at_most


def topics_of(spec: StageSpec) -> list[str]:
    """Every topic the stage reads or keeps state in."""
    inputs = [topic for item in spec.inputs for topic in (item.topic, *item.side_topics)]
    return [*inputs, *(item.changelog for item in spec.inputs if item.changelog), *spec.tables]


def describe(producer: Any, settings: EngineSettings, spec: StageSpec) -> Cluster:
    """Ask the cluster; an embedded broker makes a topic when a producer asks for it."""
    seconds = settings.timeouts.request_seconds
    names = topics_of(spec)
    if settings.embedded:
        counts = {name: len(producer.list_topics(name, timeout=seconds).topics[name].partitions) for name in names}
        return Cluster("embedded", counts, {})
    metadata = producer.list_topics(timeout=seconds)
    counts = {name: len(metadata.topics[name].partitions) for name in names if name in metadata.topics}
    admin = AdminClient({"bootstrap.servers": settings.bootstrap, **settings.client})
    ids = _ids(admin, settings, [name for name in names if name in counts])
    changelogs = [item.changelog for item in spec.inputs if item.changelog in counts]
    resources = [ConfigResource(ResourceType.TOPIC, name) for name in changelogs]
    brokers = [ConfigResource(ResourceType.BROKER, str(broker)) for broker in list(metadata.brokers)[:1]]
    _warn(_settings_of(admin, settings, brokers))
    return Cluster(str(metadata.cluster_id), counts, ids, _settings_of(admin, settings, resources))


def _settings_of(admin: AdminClient, settings: EngineSettings, resources: list[ConfigResource]) -> dict[str, dict[str, str]]:
    """Settings by resource name; none of a resource that this user may not describe."""
    if not resources:
        return {}
    found = {}
    for resource, future in admin.describe_configs(resources, request_timeout=settings.timeouts.request_seconds).items():
        try:
            found[str(resource.name)] = {name: str(entry.value) for name, entry in future.result().items()}
        except KafkaException as error:
            log.warning("settings could not be read", topic=resource.name, error=error.args[0].name())
    return found


def _warn(brokers: dict[str, dict[str, str]]) -> None:
    """Say when the broker's own timing makes the loss of a worker last longer than it need."""
    for known in brokers.values():
        scan_ms = known.get(ABORT_SCAN)
        if scan_ms is not None and int(scan_ms) > ABORT_SCAN_MS:
            log.warning("broker setting makes the loss of a worker last longer", reason=f"{ABORT_SCAN}={scan_ms}, advised {ABORT_SCAN_MS}")


def _ids(admin: AdminClient, settings: EngineSettings, names: list[str]) -> dict[str, str]:
    described = admin.describe_topics(TopicCollection(names), request_timeout=settings.timeouts.request_seconds)
    return {name: str(future.result().topic_id) for name, future in described.items()}


def check(cluster: Cluster, spec: StageSpec) -> None:
    """Refuse topics that are missing, not partitioned alike, or a changelog that loses rows by age or size.

    Raises:
        RefusedError: names the topics and their counts or setting.
    """
    missing = [name for name in topics_of(spec) if not cluster.partitions.get(name)]
    if missing:
        raise RefusedError(f"topics are missing: {', '.join(missing)}. Create them first: canbao topics create")
    for item in spec.inputs:
        together = [item.topic, *item.side_topics, *([item.changelog] if item.changelog else [])]
        counts = {name: cluster.partitions[name] for name in together}
        if len(set(counts.values())) > 1:
            raise RefusedError(f"these topics need the same number of partitions: {counts}")
    for name, known in cluster.changelogs.items():
        policy = known.get("cleanup.policy")
        if policy is not None and policy != "compact":
            raise RefusedError(f"changelog {name} has cleanup.policy={policy}, which forgets state: set cleanup.policy=compact")
