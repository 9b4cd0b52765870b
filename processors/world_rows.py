"""The rows in which a partition's world is kept: one that changes with every slice of the sweep, and one a feed, which only its markers change.

A feed's row holds all its divisions: some 120 bytes each at 24 source partitions, so that a province of 250 fits far below what a row may have.
"""

from collections.abc import Callable
from functools import lru_cache

from msgspec import Struct, field, msgpack

from processors.person.state import CODEC, CONTROL
from processors.rows import Rows
from processors.world import Control, World

WORLD_KEY = CONTROL + b"world"
SPLIT = 3
"""Codec of a partition whose world has a row for each feed; before it, one row held all. Rows of persons are the same."""

FEED_ROW_MAX_BYTES = 60_000
"""Of a feed's row, once each division is in its base: below what the engine lets through, so that a sweep can always be written."""
_BASE_BYTES = 10

Get = Callable[[bytes], bytes | None]


class Root(Struct, array_like=True):
    """The row that every slice of the sweep writes. `vector`, `partitions` and `base` have content in a row of the earlier codec only."""

    as_of: int = 0
    numbered: int = 0
    vector: dict[str, dict[int, int]] = field(default_factory=dict)
    partitions: dict[str, int] = field(default_factory=dict)
    pending: list[Control] = field(default_factory=list)
    base_as_of: int = 0
    base: dict[str, int] = field(default_factory=dict)
    codec: int = 0  # of all rows of the partition; 0 = written before it was kept
    feeds: list[str] = field(default_factory=list)  # that have a row


class FeedRow(Struct, array_like=True):
    """What is known of one feed; by division, as in World."""

    vector: dict[int, dict[int, int]] = field(default_factory=dict)
    partitions: dict[int, int] = field(default_factory=dict)
    base: dict[int, int] = field(default_factory=dict)


_encode = msgpack.Encoder().encode
_decode_root = msgpack.Decoder(Root).decode
_decode_feed = msgpack.Decoder(FeedRow).decode


class WorldFullError(ValueError):
    """A feed has more divisions and source partitions than its row can hold."""


class StateCodecError(ValueError):
    """The partition's rows were written by another release, which this one cannot read."""


def feed_key(feed: str) -> bytes:
    """Key of a feed's row."""
    return WORLD_KEY + b"/" + feed.encode()


def read_root(raw: bytes | None) -> Root:
    """The row of a partition's day and pending control records, or a new one.

    Raises:
        StateCodecError: the partition's rows have another codec.
    """
    if raw is None:
        return Root(codec=SPLIT)
    root = _decode_root(raw)
    if root.codec not in {CODEC, SPLIT}:
        raise StateCodecError(
            f"the people changelog has rows of codec {root.codec}, this release reads {CODEC} and {SPLIT}: run the release that wrote them, "
            "or empty the changelog and read the events again"
        )
    return root


def read_world(get: Get) -> World:
    """The partition's world, from its rows or new; one of the earlier codec is written as rows of its feeds when it is written next.

    Raises:
        StateCodecError: its rows have another codec.
    """
    root = read_root(get(WORLD_KEY))
    world = World(root.as_of, root.numbered, root.vector, root.partitions, root.pending, root.base_as_of, root.base)
    world.touched = {clock.partition("@")[0] for clock in (*root.vector, *root.base)}
    for feed in root.feeds:
        raw = get(feed_key(feed))
        if raw is not None:
            known = _known(feed, raw)
            world.vector |= known.vector
            world.partitions |= known.partitions
            world.base |= known.base
    return world


@lru_cache(maxsize=128)
def _known(feed: str, raw: bytes) -> World:
    """A feed's row by clock. Kept, because it is read for each batch and equal in most partitions; nobody changes what is in it."""
    row = _decode_feed(raw)
    return World(
        vector={f"{feed}@{division}": parts for division, parts in row.vector.items()},
        partitions={f"{feed}@{division}": count for division, count in row.partitions.items()},
        base={f"{feed}@{division}": through for division, through in row.base.items()},
    )


def write_world(rows: Rows, world: World) -> None:
    """Write what changed: the root, and the rows of feeds that were touched.

    Raises:
        WorldFullError: a feed does not fit into its row.
    """
    known, swept = _by_feed(tuple(world.vector)), _by_feed(tuple(world.base))
    for feed in sorted(world.touched):
        row = FeedRow()
        for division, clock in known.get(feed, ()):
            row.vector[division], row.partitions[division] = world.vector[clock], world.partitions[clock]
        for division, clock in swept.get(feed, ()):
            row.base[division] = world.base[clock]
        value = _encode(row)
        if len(value) + _BASE_BYTES * (len(row.vector) - len(row.base)) > FEED_ROW_MAX_BYTES:
            raise WorldFullError(f"{feed} has {len(row.vector)} divisions: too many for a row")
        rows.put(feed_key(feed), value)
    world.touched.clear()
    feeds = sorted({*known, *swept})
    rows.put(WORLD_KEY, _encode(Root(world.as_of, world.numbered, {}, {}, world.pending, world.base_as_of, {}, SPLIT, feeds)))


@lru_cache(maxsize=32)
def _by_feed(clocks: tuple[str, ...]) -> dict[str, list[tuple[int, str]]]:
    """Clocks with their divisions, by feed. Kept, because each write asks and a new clock is rare; nobody changes what is in it."""
    found: dict[str, list[tuple[int, str]]] = {}
    for clock in clocks:
        feed, _, division = clock.partition("@")
        found.setdefault(feed, []).append((int(division), clock))
    return found
