"""Throughput: a backlog from its first event to the commit of its last, and whether the alerts are right."""

import time
from collections import Counter

import msgspec
from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from bench.peers.running import PARTITIONS, Job, Progress, cpu_seconds, started
from bench.peers.workload import events_of, expected_alerts, fill
from demo.servers.process import ServerError, ServerProcess

LOOK_SECONDS = 0.05


class Mark(msgspec.Struct, frozen=True):
    """A peer's progress at one moment: events committed, seconds and CPU seconds since its process was started."""

    events: int
    seconds: float
    cpu_seconds: float


class Found(msgspec.Struct, frozen=True):
    """Alerts that a read_committed reader has: different right ones, repeated ones, ones that should not be."""

    right: int
    twice: int
    wrong: int


def backlog(job: Job, command: list[str], events: int, keys: int, limit_seconds: float) -> list[str]:
    """Cells: events, events/s, events per CPU-second whole and warm, alerts."""
    job.create()
    fill(job.bootstrap, job.source, events, keys)
    with started(job, command) as process:
        marks = watch(process, job, events, limit_seconds)
    first, half, last = marks[0], next(mark for mark in marks if mark.events * 2 >= marks[-1].events), marks[-1]
    cells = [f"{last.events:,}", _rate(last, first, "seconds"), f"{last.events / last.cpu_seconds:,.0f}", _rate(last, half, "cpu_seconds")]
    if last.events < events:
        return [*cells, f"stopped after {limit_seconds:.0f} s at {last.events:,} of {events:,} events"]
    return [*cells, said(read_alerts(job, events, keys), expected_alerts(events, keys))]


def _rate(last: Mark, since: Mark, unit: str) -> str:
    spent = getattr(last, unit) - getattr(since, unit)
    return f"{(last.events - since.events) / spent:,.0f}" if last.events > since.events and spent > 0 else "-"


def watch(process: ServerProcess, job: Job, events: int, limit_seconds: float) -> list[Mark]:
    """Marks from the first commit on, until all is committed or time is up.

    Raises:
        ServerError: the peer ended by itself, or committed nothing.
    """
    began, progress, marks = time.monotonic(), Progress(job), list[Mark]()
    while time.monotonic() - began < limit_seconds:
        if not process.running:
            raise ServerError(f"{job.group} ended by itself\n{process.log_tail()}")
        done = progress.events()
        if done > (marks[-1].events if marks else 0):
            marks.append(Mark(done, time.monotonic() - began, cpu_seconds(process.pid)))
        if done >= events:
            break
        time.sleep(LOOK_SECONDS)
    progress.close()
    if not marks:
        raise ServerError(f"{job.group} committed nothing within {limit_seconds:.0f} s\n{process.log_tail()}")
    return marks


def read_alerts(job: Job, events: int, keys: int) -> Found:
    """All alerts, each held against what its key may have."""
    settings = {"bootstrap.servers": job.bootstrap, "group.id": f"{job.group}-check", "isolation.level": "read_committed"}
    reader = Consumer({**settings, "enable.partition.eof": True, "enable.auto.commit": False})
    reader.assign([TopicPartition(job.alerts, number, 0) for number in range(PARTITIONS)])
    seen, ends = Counter[bytes](), set[int | None]()
    while len(ends) < PARTITIONS:
        for message in reader.consume(10_000, 1.0):
            error = message.error()
            if error is None:
                seen[(message.value() or b"").rpartition(b":")[0]] += 1
            elif error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 - the client's name for it
                ends.add(message.partition())
            else:
                raise KafkaException(error)
    reader.close()
    wrong = sum(count for alert, count in seen.items() if not _due(alert, events, keys))
    return Found(sum(_due(alert, events, keys) for alert in seen), sum(seen.values()) - len(seen), wrong)


def _due(alert: bytes, events: int, keys: int) -> bool:
    """Whether `key:n` is an alert that the workload causes."""
    key, _, count = alert.partition(b":")
    return int(count) % 2 == 0 and 0 < int(count) <= events_of(int(key), events, keys)


def said(found: Found, expected: int) -> str:
    """The cell of the alerts: right ones of those expected, then every fault by name."""
    faults = {"lost": expected - found.right, "twice": found.twice, "wrong": found.wrong}
    told = [f"**{count:,} {name}**" for name, count in faults.items() if count]
    return f"{found.right:,} of {expected:,}" + "".join(f", {one}" for one in told)
