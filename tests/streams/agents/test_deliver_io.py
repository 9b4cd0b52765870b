"""What the deliver agent does with a batch besides writing it: decoding, waiting, counting."""

from typing import Any

import pytest

from schemas import metrics as m
from schemas.delivery import delivery_of
from schemas.messages import alert_message
from schemas.wire import NotAvroError, Reader, UnknownSchemaError, Writer
from sinks.metrics import Metrics
from sinks.redis import RedisModel, Written
from streams.agents.deliver_io import Target, decode, delivered, failed
from streams.engine.records import Record
from tests.schemas.samples import sample_alert

MESSAGE = alert_message(Writer("alert"), sample_alert())
VALUE = MESSAGE.value


class FakeBatch:
    """Partition and records, which is all that is looked at."""

    def __init__(self, *values: bytes | None, offset: int = 0) -> None:
        self.partition = 3
        self.records = [Record("canbao.alerts", 3, offset + place, b"k", value, MESSAGE.headers, 0) for place, value in enumerate(values)]


@pytest.fixture
def target() -> Target:
    """A target whose server is never asked."""
    return Target("redis", RedisModel("redis://127.0.0.1:1/0", 100), Reader("alert"), Metrics())


def counted(target: Target, metric: m.Metric) -> float:
    """Sum of a counter's series."""
    lines = target.metrics.text().decode().splitlines()
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(metric.name))


def test_garbage_is_counted_and_its_neighbours_go_on(target: Target) -> None:
    """Between two alerts garbage and a tombstone: both alerts are there, the garbage is counted, the tombstone is not."""
    batch: Any = FakeBatch(VALUE, b"garbage", None, VALUE)
    assert decode(target, batch.records) == [delivery_of(sample_alert())] * 2
    assert counted(target, m.UNDECODABLE) == 1


def test_an_unknown_schema_is_not_garbage(target: Target) -> None:
    """A schema that is not known yet makes the batch wait; nothing is counted as lost."""
    batch: Any = FakeBatch(b"\0\0\0\0\7" + VALUE[10:])
    with pytest.raises(UnknownSchemaError):
        decode(target, batch.records)
    assert counted(target, m.UNDECODABLE) == 0
    assert not issubclass(UnknownSchemaError, NotAvroError)


def test_waiting_doubles_to_a_bound_and_starts_anew(target: Target) -> None:
    """1, 2, 4 … at most 30 seconds, by partition; a success starts again at one."""
    batch: Any = FakeBatch(VALUE)
    assert [failed(target, batch, TimeoutError()) for _ in range(7)] == [1, 2, 4, 8, 16, 30, 30]
    other: Any = FakeBatch(VALUE)
    other.partition = 4
    assert failed(target, other, TimeoutError()) == 1
    delivered(target, batch, Written(1, 0))
    assert failed(target, batch, TimeoutError()) == 1
    assert counted(target, m.SINK_FAILURES) == 9


@pytest.mark.parametrize(("offset", "empty", "times"), [(0, True, 0), (5, True, 1), (5, False, 0)])
def test_an_emptied_target_is_told_from_a_new_one(target: Target, offset: int, empty: bool, times: int) -> None:
    """Empty at the start of the topic is a first start; empty behind earlier alerts is a loss to say."""
    target.model.found_empty = empty
    batch: Any = FakeBatch(VALUE, offset=offset)
    delivered(target, batch, Written(1, 0))
    assert counted(target, m.SINK_EMPTIED) == times
