"""Simulated days: records of a day, completeness behind them, wait for intake, the next day's tick. Never more than the broker keeps."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import NoReturn

from confluent_kafka import Producer

from demo.city.city import City, day_number
from demo.city.emit.departments import Day, days_of
from demo.city.emit.wire import Message
from demo.city.generate import generate
from demo.stack import Stack
from demo.watch import Watch, until
from schemas.events import FORMAT, Tick, encode
from schemas.topics import EVENTS

LAG_BYTES_MAX = 2 << 20
"""What a group may lag a partition on the embedded broker, which keeps 5 MiB."""
SAMPLE_PERSONS = 300
"""A city of so many is made to tell how much one of thousands would write: that is in proportion within a few per cent."""
DAYS_BEHIND_MAX = 3
DAY_SECONDS = 60.0
FIRST_DAY_SECONDS = 180.0
"""With the start of the workers, on a busy machine."""
FLUSH_SECONDS = 30.0
RECORD_OVERHEAD_BYTES = 80

Turn = Callable[[Day | None], None]
"""Called while waiting: show progress, see whether all processes live."""


class CityTooLargeError(ValueError):
    """The embedded broker could not hold what a group has not read yet."""


def largest_lag(days: Sequence[Day]) -> int:
    """The most bytes of one feed's partition within the days that may wait unread."""
    sizes = [Counter[str]() for _ in days]
    for size, day in zip(sizes, days, strict=True):
        for message in day.messages:
            size[message.topic] += len(message.key) + len(message.value or b"") + RECORD_OVERHEAD_BYTES
    first = max(sizes[0].values(), default=0)
    window = (sum(sizes[start : start + DAYS_BEHIND_MAX + 1], Counter()) for start in range(1, len(sizes)))
    return max(first, *(max(counted.values(), default=0) for counted in window))


def refuse_hopeless(persons: int, months: int, seed: int) -> None:
    """Raise `CityTooLargeError` before anything is started where a small city of this kind says that it is at least twice too large."""
    if persons > SAMPLE_PERSONS:
        per_person = largest_lag(all_days(generate(SAMPLE_PERSONS, months, seed))) / SAMPLE_PERSONS
        if per_person * persons > 2 * LAG_BYTES_MAX:
            _refuse(int(per_person * persons), persons)


def refuse_too_large(days: Sequence[Day], persons: int) -> None:
    """Raise `CityTooLargeError` with a hint if the embedded broker can't carry this city."""
    lag = largest_lag(days)
    if lag > LAG_BYTES_MAX:
        _refuse(lag, persons)


def _refuse(lag: int, persons: int) -> NoReturn:
    fits = persons * LAG_BYTES_MAX // lag // 50 * 50
    raise CityTooLargeError(
        f"{persons} persons write up to {lag / (1 << 20):.1f} MiB into one partition before it is read; the embedded broker holds "
        f"{LAG_BYTES_MAX >> 20} MiB. Take --persons {fits} or fewer, or give a real broker: --kafka real, --kafka HOST:PORT"
    )


def drive(stack: Stack, watch: Watch, days: Sequence[Day], turn: Turn) -> Iterator[Day]:
    """Play all days; yields each when intake has it. Ends when the people stage has nothing left to do on the day after the last."""
    producer = Producer(
        {
            "bootstrap.servers": stack.kafka,
            "linger.ms": 1,
            "acks": "all",
            "message.timeout.ms": int(FLUSH_SECONDS * 1000),
            "log_level": 0,  # as of Watch
        }
    )
    refused: list[str] = []
    for day in days:
        number = day_number(day.day)
        _produce(producer, [*_ticks(number, stack.partitions), *((message, 0) for message in day.messages)], refused)
        for _ in until(FIRST_DAY_SECONDS if day is days[0] else DAY_SECONDS, f"{day.day}: intake"):
            if watch.intake_through() >= number and watch.people_through() >= number - DAYS_BEHIND_MAX:
                break
            watch.poll()
            turn(None)
        turn(day)
        yield day
    last = day_number(days[-1].day) + 1
    _produce(producer, list(_ticks(last, stack.partitions)), refused)
    for _ in until(DAY_SECONDS, "the last sweep"):
        if watch.people_done(last):
            break
        watch.poll()
        turn(None)


def all_days(city: City) -> list[Day]:
    """The whole city on the wire."""
    return list(days_of(city))


def _ticks(day: int, partitions: int) -> Iterator[tuple[Message, int]]:
    for number in range(partitions):
        yield Message(EVENTS, b"", encode(Tick(FORMAT, day))), number


def _produce(producer: Producer, messages: Sequence[tuple[Message, int]], refused: list[str]) -> None:
    for message, partition in messages:
        producer.produce(
            message.topic,
            message.value,
            message.key or None,
            partition,
            on_delivery=lambda error, _sent: refused.append(str(error)) if error else None,
        )
        producer.poll(0)
    left = producer.flush(FLUSH_SECONDS)
    if left or refused:
        raise RuntimeError(f"the broker did not take {left + len(refused)} records: {', '.join(refused[:3])}")
