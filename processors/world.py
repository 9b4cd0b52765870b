"""What one events partition knows besides its persons: the day, how far each feed is complete, and control records not yet swept.

A tick or horizon only changes this and joins `pending`; the sweep then asks the persons whose wakes it made due, in slices. A person who
gets a message first is asked under the pending control records in log order before the message is applied, so neither the split of the log
nor the speed of the sweep changes any revision.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache, partial

from msgspec import Struct, field

from processors.rules.model import CALENDAR, MINUS_INFINITY, Moment, Numbers, Wake
from schemas.events import Horizon, Tick

PENDING_MAX = 500
Then = Callable[[], Moment]
"""The Moment of a place in the log, made only where somebody is judged there: it copies every horizon of a province."""


class Control(Struct, array_like=True):
    """One tick or horizon advance: what it changes, and how far its sweep has come."""

    number: int
    clock: str  # CALENDAR, or feed@division
    day: int  # the new day or horizon; wakes of this clock up to it are due
    wider: list[str]  # clocks that this horizon's first appearance may concern as well
    cursor: bytes = b""  # last due-index entry swept


class World(Struct):
    """The state of one partition (its rows: `world_rows`). `vector` is what is known now, `base` what held before the oldest pending record."""

    as_of: int = 0
    numbered: int = 0
    vector: dict[str, dict[int, int]] = field(default_factory=dict)  # feed@division -> source partition -> through
    partitions: dict[str, int] = field(default_factory=dict)  # feed@division -> how many source partitions
    pending: list[Control] = field(default_factory=list)
    base_as_of: int = 0
    base: dict[str, int] = field(default_factory=dict)
    touched: set[str] = field(default_factory=set)  # feeds whose row is to be written

    def horizons(self) -> dict[str, int]:
        """Effective horizons: the minimum over all source partitions of a feed, nothing while one is missing."""
        return {clock: through for clock in self.vector if (through := self.horizon(clock)) is not None}

    def horizon(self, clock: str) -> int | None:
        """The effective horizon of one clock, None while there is none."""
        parts = self.vector.get(clock, {})
        return min(parts.values()) if parts and len(parts) >= self.partitions[clock] else None


def moment(as_of: int, horizons: Mapping[str, int], policy: Numbers, topics: Mapping[str, str]) -> Moment:
    """The Moment of a place in the log."""
    return Moment(as_of, {_key(clock): through for clock, through in horizons.items()}, policy, topics)


@lru_cache(maxsize=8_192)
def _key(clock: str) -> tuple[str, int]:
    feed, _, division = clock.partition("@")
    return feed, int(division)


def take_tick(world: World, tick: Tick) -> bool:
    """The day turns. False where the day is not new."""
    if tick.day <= world.as_of:
        return False
    world.as_of = tick.day
    _append(world, CALENDAR, tick.day, [])
    return True


def take_horizon(world: World, horizon: Horizon) -> bool:
    """A feed is complete further than before. False where nothing advanced."""
    clock = f"{horizon.feed}@{horizon.division}"
    before = world.horizon(clock)
    parts = world.vector.get(clock, {})
    through = max(parts.get(horizon.partition, MINUS_INFINITY), horizon.through)
    world.vector[clock] = {**parts, horizon.partition: through}  # never changed in place: a row that was read is shared
    world.partitions[clock] = max(horizon.partitions, world.partitions.get(clock, 1))
    world.touched.add(horizon.feed)
    after = world.horizon(clock)
    if after is None or (before is not None and after <= before):
        return False
    wider = _wider(horizon) if before is None else []
    _append(world, clock, after, wider)
    return True


def _wider(horizon: Horizon) -> list[str]:
    """Clocks under which persons of this division waited until this one appeared."""
    city = horizon.division // 100 * 100
    return [f"{horizon.feed}@{place}" for place in sorted({city, 0} - {horizon.division})]


def _append(world: World, clock: str, day: int, wider: list[str]) -> None:
    world.numbered += 1
    world.pending.append(Control(world.numbered, clock, day, wider))


def moments(world: World, policy: Numbers, topics: Mapping[str, str]) -> Iterator[tuple[Control, Then]]:
    """Each pending control record with the Moment of its place in the log, in log order; it is to be asked for before the next one is."""
    as_of, horizons = world.base_as_of, dict(world.base)
    for control in world.pending:
        as_of = _advance(control, as_of, horizons)
        yield control, partial(moment, as_of, horizons, policy, topics)


def swept(world: World) -> None:
    """The oldest pending control record is done: it becomes part of the base."""
    control = world.pending.pop(0)
    world.base_as_of = _advance(control, world.base_as_of, world.base)
    if control.clock != CALENDAR:
        world.touched.add(control.clock.partition("@")[0])


def _advance(control: Control, as_of: int, horizons: dict[str, int]) -> int:
    if control.clock == CALENDAR:
        return control.day
    horizons[control.clock] = control.day
    return as_of


def is_due(wake_clock: str, wake_day: int, control: Control) -> bool:
    """Whether a control record makes a wake due."""
    if wake_clock == control.clock:
        return wake_day <= control.day
    return wake_clock in control.wider


def is_future(wake: Wake, now: Moment) -> bool:
    """A rule may only ask for a time that has not come."""
    if wake.clock == CALENDAR:
        return wake.day > now.as_of
    return wake.day > now.horizons.get(_key(wake.clock), MINUS_INFINITY)


# due index: clock, 0x00, day as four ordered bytes, person key


def due_entry(clock: str, day: int, person: bytes) -> bytes:
    """The index entry of one wake."""
    return _prefix(clock) + (day + (1 << 31)).to_bytes(4, "big") + person


def due_range(clock: str, day: int | None) -> tuple[bytes, bytes]:
    """(start, end) of the index entries of a clock up to a day; None = all days."""
    prefix = _prefix(clock)
    if day is None:
        return prefix, prefix + b"\xff" * 5
    return prefix, prefix + (day + 1 + (1 << 31)).to_bytes(4, "big")


@lru_cache(maxsize=1024)
def _prefix(clock: str) -> bytes:
    return b"\x01" + clock.encode() + b"\x00" if clock else b"\x00"


def due_person(entry: bytes) -> bytes:
    """The person of an index entry."""
    return entry[-17:]
