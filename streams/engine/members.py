"""Who is in the group, on which machine, with which partitions; and who would get them if a machine were lost."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
from confluent_kafka import ConsumerGroupState

from streams.engine.spec import EngineSettings

_MACHINE = "@"


class Member(msgspec.Struct, frozen=True):
    """One worker of the group. `id` is the broker's name of it, `name` its instance; `places` are (input topic, partition).

    A static member that comes back within its session keeps the client id that it first joined with: `machine` may be an old one.
    """

    id: str
    name: str
    machine: str
    places: tuple[tuple[str, int], ...]


def client_id(settings: EngineSettings) -> str:
    """How a worker calls itself as a member: its name, and its machine where one is set."""
    return member_name(settings) + (f"{_MACHINE}{settings.machine}" if settings.machine else "")


def member_name(settings: EngineSettings) -> str:
    """A worker's name in its group, whichever machine it is on."""
    return f"canbao-{settings.instance}"


def members_of(group: Any) -> list[Member] | None:
    """The members of a described group; None while partitions change hands."""
    if group.state is not ConsumerGroupState.STABLE:
        return None
    return [
        Member(
            one.member_id,
            one.client_id.partition(_MACHINE)[0],
            _machine_of(one.client_id, one.host),
            tuple((place.topic, place.partition) for place in one.assignment.topic_partitions),
        )
        for one in group.members
    ]


def _machine_of(name: str, host: str) -> str:
    """The machine that a worker named, else the address that the broker sees."""
    _, named, machine = name.partition(_MACHINE)
    return machine if named else host


def heirs(members: Iterable[Member]) -> dict[tuple[str, int], str]:
    """Who would be given each partition if its owner's machine were lost: (input topic, partition) to the member's name.

    The assignor (librdkafka's cooperative-sticky, the same subscriptions everywhere) leaves every member what it has and gives what is
    free, last partition first, to whoever has least; among equals to the first by id. A wrong guess costs a restore from the start.
    """
    known = list(members)
    found = {}
    for lost in sorted({member.machine for member in known}):
        left = {member.id: member for member in known if member.machine != lost}
        load = {identity: len(member.places) for identity, member in left.items()}
        free = sorted((place for member in known if member.machine == lost for place in member.places), reverse=True)
        for place in free if left else ():
            _, heir = min((places, identity) for identity, places in load.items())
            load[heir] += 1
            found[place] = left[heir].name
    return found
