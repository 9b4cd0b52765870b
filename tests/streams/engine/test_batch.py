"""What a stage sees of its state, and what of its doings survives: batch, units, write set, derived index."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.engine.batch import MAX_VALUE_BYTES, Batch
from streams.engine.memory import MemoryPartition, MemoryRows
from streams.engine.records import BatchReason
from streams.engine.rows import after
from streams.engine.write_set import WriteSet, merged
from tests.streams.engine.toy import count

KEYS = st.binary(min_size=1, max_size=3).map(lambda raw: b"\x10" + raw)


def test_own_writes_are_seen_at_once_and_kept_by_the_commit() -> None:
    """Reads go through the write set; after `apply` the rows are committed and in the changelog once a key."""
    partition = MemoryPartition("events")
    batch = partition.hand()
    batch.put(b"\x10a", b"1")
    batch.put(b"\x10a", b"2")
    batch.put(b"\x10b", b"3")
    batch.delete(b"\x10b")
    assert batch.get_many([b"\x10a", b"\x10b"]) == [b"2", None]
    partition.apply(batch)
    assert partition.changelog == [(b"\x10a", b"2"), (b"\x10b", None)]
    assert partition.rows.values == {b"\x10a": b"2"}


def spoil(batch: Batch) -> None:
    """Do everything that a unit contains, then fail."""
    with batch.unit():
        batch.put(b"\x10a", b"9")
        batch.delete(b"\x10a")
        batch.put(b"\x10b", b"8")
        batch.produce("out", b"k", b"dropped")
        batch.set_header(b"dropped")
        raise ZeroDivisionError


def test_a_unit_that_raises_leaves_nothing() -> None:
    """Writes, messages, header and index of the unit are gone; what stood before it stays."""
    partition = MemoryPartition("events", derive=lambda key, value: [value + key])
    batch = partition.hand()
    batch.put(b"\x10a", b"1")
    batch.produce("out", b"k", b"kept")
    with pytest.raises(ZeroDivisionError):
        spoil(batch)
    assert batch.due(b"\xff", 10) == [b"1\x10a"]
    assert batch.header().stage == b""
    partition.apply(batch)
    assert partition.changelog == [(b"\x10a", b"1")]
    assert [message.value for message in partition.sent] == [b"kept"]


def test_retry_after_gives_everything_back() -> None:
    """A batch given back leaves no write, no message and no position; its records come again."""
    partition = MemoryPartition("alerts")
    records = [partition.record(b"k", b"v")]
    batch = partition.hand(records)
    batch.put(b"\x10a", b"1")
    batch.produce("out", None, b"x")
    batch.retry_after(2.0)
    assert partition.apply(batch) == records
    assert (partition.sent, partition.changelog, partition.positions["alerts"]) == ([], [], 0)
    assert partition.hand(records).get(b"\x10a") is None


def test_keep_first_returns_the_rest() -> None:
    """A stage that stops early gets the rest again, and the position stands behind what it took."""
    partition = MemoryPartition("feed")
    records = [partition.record(b"k", b"%d" % nth, ahead=nth) for nth in range(3)]
    batch = partition.hand(records)
    batch.keep_first(1)
    assert partition.apply(batch) == records[1:]
    assert partition.positions["feed"] == 1


def test_reserved_keys_and_large_values_are_refused() -> None:
    """The header key, local kinds and values above the limit are faults of the stage, named without the value."""
    batch = MemoryPartition("events").hand()
    for key in (b"", b"\x00", b"\xf0x", b"\xff"):
        with pytest.raises(ValueError, match="row key"):
            batch.put(key, b"")
    with pytest.raises(ValueError, match="65537 bytes"):
        batch.put(b"\x10a", bytes(MAX_VALUE_BYTES + 1))


def test_more_is_kept_until_an_idle_batch_ends_it() -> None:
    """Work left is remembered over records; an idle batch that does not ask again ends it."""
    partition = MemoryPartition("events")
    batch = partition.hand()
    batch.more = True
    partition.apply(batch)
    assert partition.hand(reason=BatchReason.TIMER).more
    batch = partition.hand(reason=BatchReason.IDLE)
    assert not batch.more
    partition.apply(batch)
    assert not partition.hand(reason=BatchReason.TIMER).more


@given(st.dictionaries(KEYS, st.binary(max_size=2)), st.lists(st.tuples(KEYS, st.none() | st.binary(max_size=2))), KEYS, KEYS)
def test_merged_walk_is_the_walk_after_the_commit(
    rows: dict[bytes, bytes], writes: list[tuple[bytes, bytes | None]], one: bytes, other: bytes
) -> None:
    """Walking rows and write set together gives what walking the rows gives once the write set is applied."""
    write_set = WriteSet()
    expected = dict(rows)
    for key, value in writes:
        write_set.set(key, value)
        if value is None:
            expected.pop(key, None)
        else:
            expected[key] = value
    start, stop = sorted((one, other))
    walked = list(merged(MemoryRows(rows), write_set, start, stop))
    assert walked == sorted((key, value) for key, value in expected.items() if start <= key < stop)


@given(st.lists(st.tuples(KEYS, st.none() | st.binary(max_size=2))), st.lists(st.tuples(KEYS, st.none() | st.binary(max_size=2))))
def test_roll_back_restores_the_write_set(before: list[tuple[bytes, bytes | None]], after_mark: list[tuple[bytes, bytes | None]]) -> None:
    """Rolling back to a mark leaves exactly what stood there, order of keys included."""
    write_set, wanted = WriteSet(), WriteSet()
    for key, value in before:
        write_set.set(key, value)
        wanted.set(key, value)
    mark = write_set.mark()
    for key, value in after_mark:
        write_set.set(key, value)
    write_set.roll_back(mark)
    assert dict(write_set.items()) == dict(wanted.items())
    assert list(write_set.walk(b"\x00", b"\xff")) == list(wanted.walk(b"\x00", b"\xff"))


@given(st.lists(st.tuples(KEYS, st.none() | st.binary(max_size=2), st.booleans()), max_size=30))
def test_the_derived_index_equals_a_recomputation(steps: list[tuple[bytes, bytes | None, bool]]) -> None:
    """Whatever is written, deleted, dropped in a unit or committed, the index is what `derive` gives for the rows."""
    partition = MemoryPartition("events", derive=lambda key, value: [value[:1] + key, value[1:] + key] if value else [])
    for key, value, raises in steps:
        batch = partition.hand()
        with contextlib.suppress(ZeroDivisionError), batch.unit():
            if value is None:
                batch.delete(key)
            else:
                batch.put(key, value)
            if raises:
                raise ZeroDivisionError
        partition.apply(batch)
    rows = {key: value for key, value in partition.rows.values.items() if key[0] < 0xF0}
    wanted = sorted({entry for key, value in rows.items() if value for entry in (value[:1] + key, value[1:] + key)})
    assert partition.hand().due(b"\xff" * 8, 1000) == wanted


def test_scan_ends_with_its_prefix() -> None:
    """A scan gives the rows of its prefix only, from `start` on, at most `limit`."""
    partition = MemoryPartition("events")
    batch = partition.hand()
    for key in (b"\x10\xff", b"\x10\xff\x01", b"\x11", b"\x10a"):
        batch.put(key, b"v")
    assert [key for key, _ in batch.scan(b"\x10", 9)] == [b"\x10a", b"\x10\xff", b"\x10\xff\x01"]
    assert [key for key, _ in batch.scan(b"\x10\xff", 9)] == [b"\x10\xff", b"\x10\xff\x01"]
    assert [key for key, _ in batch.scan(b"\x10", 1, start=b"\x10b")] == [b"\x10\xff"]
    with pytest.raises(ValueError, match="0xFF"):
        after(b"\xff\xff")


@given(st.lists(st.binary(min_size=1, max_size=1), max_size=40), st.lists(st.integers(1, 7), min_size=40, max_size=40))
def test_any_split_of_the_log_gives_the_same(keys: list[bytes], sizes: list[int]) -> None:
    """However records are cut into batches, messages, rows and positions are the same: nothing is decided per batch."""
    outcomes = []
    for cuts in (iter([1] * 40), iter(sizes), iter([40])):
        partition = MemoryPartition("events")
        waiting = [partition.record(key, b"x", ahead=nth) for nth, key in enumerate(keys)]
        while waiting:
            size = next(cuts)
            batch = partition.hand(waiting[:size])
            count(batch, "alerts")
            partition.apply(batch)
            waiting = waiting[size:]
        outcomes.append((partition.sent, partition.rows.values, dict(partition.positions)))
    assert outcomes[0] == outcomes[1] == outcomes[2]
