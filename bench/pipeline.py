"""The product on real Kafka: intake and people, each a process of its own; a backlog for throughput, then a steady rate for latency (`hops`)."""

import argparse
import os
import time
from pathlib import Path

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition

from bench import hops
from bench.records import TODAY, Register
from bench.table import show
from demo.city.emit.departments import FEEDS
from demo.stack import Stack, start, start_workers
from schemas.dates import day_of
from schemas.events import FORMAT, Tick, encode
from schemas.topics import EVENTS
from streams.settings import load_settings
from streams.topics import create_missing, declared

PARTITIONS = 8
WAIT_SECONDS = 900.0
TICK_HERTZ = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """CPU time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK_HERTZ


def resident_mib(pid: int) -> float:
    """Resident memory of a process."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="utf-8").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20)


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


def throughput(stack: Stack, producer: Producer, register: Register, persons: int, months: int) -> list[list[str]]:
    """Backlog through intake, then through people, one after the other so that each is measured alone."""
    records = 0
    for message in register.history(persons, months):
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


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.pipeline")
    parser.add_argument("--persons", type=int, default=10_000)
    parser.add_argument("--months", type=int, default=6)
    parser.add_argument("--rate", type=int, default=500)
    parser.add_argument("--seconds", type=int, default=15, help="how long latency is measured, after the warm-up")
    parser.add_argument("--warm-seconds", type=int, default=40, help="how long the same goes on before, uncounted")
    parser.add_argument("--deaths-every", type=int, default=10, help="one record in so many is a death with its alert, the others payments")
    given = parser.parse_args()
    plan = hops.Plan(given.rate, given.seconds, given.warm_seconds, given.deaths_every, given.persons, given.months)
    if fault := plan.fault():
        parser.error(fault)
    command = f"python -m bench.pipeline --persons {given.persons} --months {given.months} --rate {given.rate} --seconds {given.seconds}"
    command += f" --warm-seconds {given.warm_seconds} --deaths-every {given.deaths_every}"
    with start("real", "", PARTITIONS) as stack:
        settings = load_settings({**stack.environment()})
        create_missing(settings, declared(settings))
        producer = Producer({"bootstrap.servers": stack.kafka, "linger.ms": 1, "queue.buffering.max.messages": 1_000_000})
        for partition in range(PARTITIONS):
            producer.produce(EVENTS, encode(Tick(FORMAT, day_of(TODAY))), partition=partition)
        producer.flush()
        register = Register()
        rows = throughput(stack, producer, register, given.persons, given.months)
        show(
            "Product on real Kafka, backlog",
            command,
            ["stage", "records", "seconds", "records/s", "CPU µs a record (process, start included)", "RSS MiB"],
            rows,
        )
        cells = hops.steady(stack, producer, register, plan, PARTITIONS)
        show("Department topic to alert topic, two hops", command, hops.HEAD, [cells])


if __name__ == "__main__":
    main()
