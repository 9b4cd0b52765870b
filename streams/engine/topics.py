"""What the cluster says about a stage's topics, checked before anything is read."""

from __future__ import annotations

from typing import Any

import msgspec
from confluent_kafka import TopicCollection
from confluent_kafka.admin import AdminClient

from streams.engine.errors import RefusedError
from streams.engine.spec import EngineSettings, StageSpec


class Cluster(msgspec.Struct, frozen=True):
    """Cluster id, and partition count and id of each topic of the stage. An embedded broker has no topic ids."""

    cluster_id: str
    partitions: dict[str, int]
    topic_ids: dict[str, str]


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
    return Cluster(str(metadata.cluster_id), counts, _ids(settings, [name for name in names if name in counts]))


def _ids(settings: EngineSettings, names: list[str]) -> dict[str, str]:
    admin = AdminClient({"bootstrap.servers": settings.bootstrap, **settings.client})
    described = admin.describe_topics(TopicCollection(names), request_timeout=settings.timeouts.request_seconds)
    return {name: str(future.result().topic_id) for name, future in described.items()}


def check(cluster: Cluster, spec: StageSpec) -> None:
    """Refuse topics that are missing or not partitioned alike.

    Raises:
        RefusedError: names the topics and their counts.
    """
    missing = [name for name in topics_of(spec) if not cluster.partitions.get(name)]
    if missing:
        raise RefusedError(f"topics are missing: {', '.join(missing)}. Create them first: canbao topics create")
    for item in spec.inputs:
        together = [item.topic, *item.side_topics, *([item.changelog] if item.changelog else [])]
        counts = {name: cluster.partitions[name] for name in together}
        if len(set(counts.values())) > 1:
            raise RefusedError(f"these topics need the same number of partitions: {counts}")
