"""The product on real Kafka: intake and people, each a process of its own; a backlog for throughput, then a steady rate for latency.

Latency is from handing a department's record to the producer until a read_committed consumer has the alert that it causes: two hops.
"""

import argparse
import datetime as dt
import os
import time
from collections.abc import Iterator
from pathlib import Path

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from msgspec import json

from bench.table import show
from demo.city.emit.departments import FEEDS
from demo.city.emit.wire import DebeziumFeed, Message
from demo.city.identity import AREA
from demo.stack import Stack, start, start_workers
from processors.identity.citizen import check_character
from schemas.dates import day_of
from schemas.events import FORMAT, Tick, encode
from schemas.messages import read_alert
from schemas.topics import ALERTS, EVENTS
from schemas.wire import Reader
from streams.settings import load_settings
from streams.topics import create_missing, declared

PARTITIONS = 8
TODAY = dt.date(2024, 6, 3)
WAIT_SECONDS = 900.0
ALERT_SECONDS = 30.0
ALERT = Reader("alert")
TICK_HERTZ = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """CPU time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK_HERTZ


def resident_mib(pid: int) -> float:
    """Resident memory of a process."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="utf-8").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20)


def number_of(person: int) -> str:
    """The identity number of one of the benchmark's persons."""
    birth = dt.date(1950, 1, 1) + dt.timedelta(person // 900)
    stem = f"{AREA}{birth:%Y%m%d}{person % 900 + 1:03d}"
    return stem + check_character(stem)


def rows_of(business: DebeziumFeed, persons: int, months: int) -> Iterator[Message]:
    """Each person: a drawing enrolment, a benefit record, months of payments; all from the business database."""
    number = 0
    for person in range(persons):
        who = {"aac001": f"37{person:08d}", "aac002": number_of(person), "aac003": "王某"}
        place = {"aab301": "370102", "valid_flag": "1", "zzz003": "20240101"}
        enrolment = {
            "id": person + 1,
            "aae140": "170",
            "aac008": "1",
            "aac031": "3",
            "aac060": "1",
            "payer_kind": "102",
            "aae030": "20150701",
        }
        yield from business.changed(TODAY, "enrolment", "id", who | enrolment | place, 1)
        record = {"id": person + 1, "aae140": "170", "benefit_kind": "1", "aae116": "1", "aae035": "20081201", "aic160": "200812"}
        yield from business.changed(TODAY, "benefit_record", "id", who | record | place, 1)
        for month in range(months):
            number += 1
            name = 202301 + month % 12 + month // 12 * 100
            paid = {
                "id": number,
                "aae140": "170",
                "aaa036": "100011",
                "eac064": str(name),
                "aae019": "213.00",
                "pay_state": "1",
                "paid_on": f"{name}15",
            }
            yield from business.changed(TODAY, "benefit_payment", "id", who | paid | {"run_id": f"R{name}"} | place, 1)


def cremation(person: int, day: dt.date) -> Message:
    """The record that makes an alert."""
    row = {
        "record_type": "cremation",
        "cremation_no": f"H{person}",
        "revision": 1,
        "record_state": "1",
        "id_type": "01",
        "id_no": number_of(person),
    }
    row |= {
        "full_name": "王某",
        "died_on": day.isoformat(),
        "cremated_on": day.isoformat(),
        "recorded_on": day.isoformat(),
        "home_division": "370102",
    }
    return Message("canbao.feed.cremation", f"H{person}".encode(), json.encode(row))


def settled(stack: Stack, group: str, topic: str, partitions: int) -> bool:
    """Whether a group has committed all of a topic."""
    consumer = Consumer({"bootstrap.servers": stack.kafka, "group.id": group, "enable.auto.commit": False})
    try:
        places = consumer.committed([TopicPartition(topic, number) for number in range(partitions)], timeout=10)
        ends = [consumer.get_watermark_offsets(place, timeout=10)[1] for place in places]
        return all(place.offset >= end - 1 for place, end in zip(places, ends, strict=True) if end)
    except KafkaException as error:
        if error.args[0].retriable() or error.args[0].name() == "NOT_COORDINATOR":
            return False
        raise
    finally:
        consumer.close()


def wait_for(stack: Stack, group: str, topic: str, partitions: int) -> None:
    """Until a group has read a topic to its end."""
    until = time.monotonic() + WAIT_SECONDS
    while not settled(stack, group, topic, partitions):
        stack.check()
        if time.monotonic() > until:
            raise TimeoutError(f"{group} did not reach the end of {topic}")
        time.sleep(0.25)


def throughput(stack: Stack, producer: Producer, persons: int, months: int) -> list[list[str]]:
    """Backlog through intake, then through people, one after the other so that each is measured alone."""
    records = 0
    for message in rows_of(DebeziumFeed("business", "canbao.feed.business", "public"), persons, months):
        producer.produce(message.topic, message.value, message.key)
        records += 1
        producer.poll(0)
    producer.flush()
    rows = []
    for role, group, topic, partitions in (
        ("intake", intake_group(), "canbao.feed.business", 1),
        ("people", "canbao-people", EVENTS, PARTITIONS),
    ):
        began = time.monotonic()
        start_workers(stack, [role])
        pid = stack.workers[role].pid
        wait_for(stack, group, topic, partitions)
        wall, cpu = time.monotonic() - began, cpu_seconds(pid)
        rate = f"{records / wall:,.0f}", f"{cpu / records * 1e6:.1f}"
        rows.append([role, f"{records:,}", f"{wall:.1f}", *rate, f"{resident_mib(pid):.0f}"])
    return rows


def intake_group() -> str:
    """The consumer group of the one intake of all feeds, the clerks' decisions among them."""
    return "canbao-intake-" + "-".join(sorted([*FEEDS, "decisions"]))


def latency(stack: Stack, producer: Producer, rate: int, seconds: int) -> list[float]:
    """Milliseconds from each record to the alert that it causes, at `rate` records a second."""
    reader = Consumer(
        {"bootstrap.servers": stack.kafka, "group.id": "bench", "auto.offset.reset": "latest", "isolation.level": "read_committed"}
    )
    places = [TopicPartition(ALERTS, number) for number in range(PARTITIONS)]
    reader.assign([TopicPartition(place.topic, place.partition, reader.get_watermark_offsets(place, timeout=10)[1]) for place in places])
    sent: list[float] = []
    taken: dict[int, float] = {}
    began = time.perf_counter()
    for number in range(rate * seconds):
        while time.perf_counter() < began + number / rate:
            _take(reader, 0.0005, taken)
        message = cremation(number, TODAY - dt.timedelta(2))
        sent.append(time.perf_counter())
        producer.produce(message.topic, message.value, message.key)
        producer.poll(0)
    producer.flush()
    until = time.perf_counter() + ALERT_SECONDS
    while len(taken) < len(sent) and time.perf_counter() < until:
        _take(reader, 0.001, taken)
    reader.close()
    return [(came - sent[number]) * 1000 for number, came in taken.items()]


def _take(reader: Consumer, seconds: float, taken: dict[int, float]) -> None:
    """Note when the alert of a record came: the record is its cause, by position."""
    message = reader.poll(seconds)
    if message is None or message.error() is not None:
        return
    came = time.perf_counter()
    for cause in read_alert(ALERT, message.value() or b"").cause_event_ids:
        feed, _, position = cause.partition("/")
        if feed == "cremation":
            taken.setdefault(int(position.rpartition("/")[2]), came)


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.pipeline")
    parser.add_argument("--persons", type=int, default=10_000)
    parser.add_argument("--months", type=int, default=6)
    parser.add_argument("--rate", type=int, default=500)
    parser.add_argument("--seconds", type=int, default=15)
    given = parser.parse_args()
    command = f"python -m bench.pipeline --persons {given.persons} --months {given.months} --rate {given.rate} --seconds {given.seconds}"
    with start("real", "", PARTITIONS) as stack:
        settings = load_settings({**stack.environment()})
        create_missing(settings, declared(settings))
        producer = Producer({"bootstrap.servers": stack.kafka, "linger.ms": 1, "queue.buffering.max.messages": 1_000_000})
        for partition in range(PARTITIONS):
            producer.produce(EVENTS, encode(Tick(FORMAT, day_of(TODAY))), partition=partition)
        producer.flush()
        rows = throughput(stack, producer, given.persons, given.months)
        show(
            "Product on real Kafka, backlog",
            command,
            ["stage", "records", "seconds", "records/s", "CPU µs a record (process, start included)", "RSS MiB"],
            rows,
        )
        found = sorted(latency(stack, producer, given.rate, given.seconds))
        if not found:
            raise RuntimeError("no alert arrived")
        points = [[f"{given.rate}/s", str(len(found)), *(f"{found[int(len(found) * share)]:.0f}" for share in (0.5, 0.9, 0.99))]]
        show("Department topic to alert topic, two hops", command, ["rate", "alerts", "p50 ms", "p90 ms", "p99 ms"], points)


if __name__ == "__main__":
    main()
