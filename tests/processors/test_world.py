"""The rows in which a partition's world is kept: a province fits, and rows of the release before are read."""

from msgspec import msgpack

from processors.intake.horizons import MOST_DIVISIONS
from processors.stage import PeopleStage, derive
from processors.world import PENDING_MAX, Control, swept, take_horizon
from processors.world_rows import FEED_ROW_MAX_BYTES, WORLD_KEY, Root, feed_key, read_root, read_world
from schemas.events import FORMAT, Horizon
from schemas.feed_file import load_feeds
from schemas.policy import load_policy
from streams.engine.batch import MAX_VALUE_BYTES, Batch
from streams.engine.memory import MemoryPartition

FEEDS = sorted(load_feeds())
PARTS = 24
"""Source partitions of a large feed."""


def begun(partition: MemoryPartition) -> tuple[PeopleStage, Batch]:
    """A stage that takes the partition over."""
    stage, batch = PeopleStage(load_policy(), {}, strict=True), partition.hand()
    stage.load(batch)
    return stage, batch


def test_a_province_fits() -> None:
    """Every feed with as many divisions as intake lets through, one of them with 24 source partitions; the next owner knows the same."""
    partition = MemoryPartition("canbao.events", derive=derive, derived_kinds=b"\x10")
    stage, batch = begun(partition)
    world = stage.world
    for feed in FEEDS:
        parts = PARTS if feed == "card" else 1
        for division in range(370_000, 370_000 + MOST_DIVISIONS):
            for part in range(parts):
                take_horizon(world, Horizon(FORMAT, feed, division, part, parts, 19_000 + part))
        while world.pending:
            swept(world)
    stage.save(batch)
    partition.apply(batch)
    heir, _ = begun(partition)
    assert heir.world == world
    assert len(heir.now.horizons) == len(FEEDS) * MOST_DIVISIONS
    assert set(heir.now.horizons.values()) == {19_000}
    assert max(len(value) for value in partition.rows.values.values()) < FEED_ROW_MAX_BYTES * 0.6


def test_the_longest_queue_of_control_records_fits() -> None:
    """As many as may wait, each the first of its division, the first one half swept."""
    clock = f"{max(FEEDS, key=len)}@370102"
    wider = [f"{max(FEEDS, key=len)}@370100", f"{max(FEEDS, key=len)}@0"]
    waiting = [Control(1 << 31, clock, 20_000, wider, b"x" * 60 if not n else b"") for n in range(PENDING_MAX)]
    assert len(msgpack.encode(Root(pending=waiting))) < MAX_VALUE_BYTES


def test_a_world_of_the_release_before_is_read_and_split() -> None:
    """One row with everything becomes the same world; written next, each feed has its row and the root has none of it."""
    old = Root(
        as_of=20_000,
        numbered=7,
        vector={"card@370102": {0: 19_999, 1: 19_998}, "tax@0": {0: 19_990}},
        partitions={"card@370102": 2, "tax@0": 1},
        pending=[Control(7, "card@370102", 19_998, [])],
        base_as_of=20_000,
        base={"card@370102": 19_997, "tax@0": 19_990},
        codec=2,
    )
    partition = MemoryPartition("canbao.events", derive=derive, derived_kinds=b"\x10")
    partition.rows.values[WORLD_KEY] = msgpack.encode(msgpack.decode(msgpack.encode(old))[:-1])  # the release before had no `feeds`
    stage, batch = begun(partition)
    assert stage.now.as_of == 20_000
    assert stage.now.horizons == {("card", 370102): 19_998, ("tax", 0): 19_990}
    stage.sweep(batch, 100)
    partition.apply(batch)
    root = read_root(partition.rows.get(WORLD_KEY))
    assert (root.vector, root.partitions, root.base, root.pending, root.codec, root.feeds) == ({}, {}, {}, [], 3, ["card", "tax"])
    assert partition.rows.get(feed_key("tax")) is not None
    world = read_world(partition.rows.get)
    assert world.base == {"card@370102": 19_998, "tax@0": 19_990}
    assert world.vector == old.vector


def test_what_one_owner_changes_no_other_sees_before_it_is_written() -> None:
    """Rows that were read are shared between batches and partitions: a marker that is dropped with its transaction leaves no trace."""
    partition = MemoryPartition("canbao.events", derive=derive, derived_kinds=b"\x10")
    stage, batch = begun(partition)
    for part in range(2):
        stage.handle(batch, Horizon(FORMAT, "card", 370_102, part, 2, 19_000))
    partition.apply(batch)
    dropped, batch = begun(partition)
    for part in range(2):
        dropped.handle(batch, Horizon(FORMAT, "card", 370_102, part, 2, 19_500))
    assert dropped.now.horizons == {("card", 370_102): 19_500}
    partition.state.writes.clear()
    heir, _ = begun(partition)
    assert heir.now.horizons == {("card", 370_102): 19_000}


def test_only_the_row_of_the_feed_is_written() -> None:
    """A slice of the sweep rewrites the root; a marker rewrites its feed's row beside it."""
    partition = MemoryPartition("canbao.events", derive=derive, derived_kinds=b"\x10")
    stage, batch = begun(partition)
    for feed in ("card", "tax_payroll"):
        stage.handle(batch, Horizon(FORMAT, feed, 0, 0, 1, 19_000))
    while stage.sweeping:
        stage.sweep(batch, 100)
    partition.apply(batch)
    stage, batch = begun(partition)
    stage.handle(batch, Horizon(FORMAT, "card", 0, 0, 1, 19_001))
    assert {key for key, _ in batch.outcome().changed} == {WORLD_KEY, feed_key("card")}
