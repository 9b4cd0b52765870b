"""What a standby asks of the cluster: whose heir this worker is, and from where to where the changelogs reach."""

from __future__ import annotations

import concurrent.futures
import time
from collections.abc import Callable, Collection
from typing import Any

import msgspec
from confluent_kafka import TopicCollection, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from streams.engine.folders import Place
from streams.engine.members import Member, client_id, heirs, member_name, members_of
from streams.engine.spec import EngineSettings, StageSpec

_CLIENT_SECONDS = 3_600.0
"""The longest time-out that the client knows. A request to a group's coordinator must never meet it: the client aborts the process when a
coordinator comes back after its request has timed out (librdkafka issue 4605, docs/decisions/0010-the-coordinator-that-came-back.md)."""


class Found(msgspec.Struct, frozen=True):
    """Changelog partitions that this worker is the heir of; how many machines there are."""

    places: tuple[Place, ...]
    machines: int


class Lookout:
    """One admin client. `between` is called while an answer is awaited: others wait for us meanwhile.

    A question that was not answered in time stays open in the client: after any error, TimeoutError too, ask another Lookout.
    """

    def __init__(self, spec: StageSpec, settings: EngineSettings, between: Callable[[], None]) -> None:
        self._group = spec.group
        self._changelogs = {item.topic: item.changelog for item in spec.inputs if item.changelog}
        self._name = member_name(settings)
        self._machine = settings.machine
        self._seconds = settings.timeouts.request_seconds
        self._between = between
        self._admin = AdminClient(
            {"bootstrap.servers": settings.bootstrap, "client.id": client_id(settings), "log_level": 0, **settings.client}
        )

    def look(self) -> Found | None:
        """Who is the heir of what; None while partitions change hands."""
        asked = self._admin.describe_consumer_groups([self._group], request_timeout=_CLIENT_SECONDS)
        described = members_of(self._answer(asked[self._group]))
        if described is None or sum(member.name == self._name for member in described) != 1:
            return None
        members = [self._corrected(member) for member in described]
        ours = sorted(place for place, heir in heirs(members).items() if heir == self._name)
        places = tuple((self._changelogs[topic], partition) for topic, partition in ours if topic in self._changelogs)
        return Found(places, len({member.machine for member in members}))

    def _corrected(self, member: Member) -> Member:
        """Where we are we know better than the broker."""
        ours = self._machine and member.name == self._name
        return msgspec.structs.replace(member, machine=self._machine) if ours else member

    def topic_ids(self, topics: Collection[str]) -> dict[str, str]:
        """The ids of these topics as they are now."""
        asked = self._admin.describe_topics(TopicCollection(sorted(topics)), request_timeout=self._seconds)
        return {name: str(self._answer(future).topic_id) for name, future in asked.items()}

    def ends(self, places: Collection[Place]) -> dict[Place, tuple[int, int]]:
        """First offset and high watermark of each partition, read_uncommitted as in a take-over."""
        wanted = [TopicPartition(topic, partition) for topic, partition in sorted(places)]
        first = self._offsets(wanted, OffsetSpec.earliest())  # type: ignore[no-untyped-call] # the client has no types there
        last = self._offsets(wanted, OffsetSpec.latest())  # type: ignore[no-untyped-call] # as above
        return {place: (first[place], last[place]) for place in places}

    def _offsets(self, wanted: list[TopicPartition], which: OffsetSpec) -> dict[Place, int]:
        asked = self._admin.list_offsets(dict.fromkeys(wanted, which), request_timeout=self._seconds)
        return {(place.topic, place.partition): self._answer(future).offset for place, future in asked.items()}

    def _answer(self, future: concurrent.futures.Future[Any]) -> Any:
        until = time.monotonic() + self._seconds
        while not concurrent.futures.wait([future], 0.05).done:
            if time.monotonic() > until:
                raise TimeoutError
            self._between()
        return future.result()
