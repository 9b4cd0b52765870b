"""A stage that knows nothing of insurance: counts events per key and alerts on every second one. Also the process that tests start."""

import json
import os
from pathlib import Path
from typing import Any

import msgspec

from streams.app import App, run
from streams.engine.service import Engine
from streams.engine.spec import EngineSettings, Input, Limits, StageSpec, Timeouts

COUNT = b"\x10"
"""Kind of the rows: COUNT + key holds the number of events of that key."""


def count(batch: Any, alerts: str) -> None:
    """One event a record: its key is counted, every second event of a key is an alert `key:count`."""
    for record in batch.records:
        seen = int(batch.get(COUNT + record.key) or 0) + 1
        batch.put(COUNT + record.key, b"%d" % seen)
        if seen % 2 == 0:
            batch.produce(alerts, record.key, b"%s:%d" % (record.key, seen))


class Job(msgspec.Struct):
    """What a test asks of a toy process, in the environment variable TOY as JSON."""

    bootstrap: str
    instance: str
    folder: str
    source: str = "toy"
    changelog: str | None = "toy-changelog"
    alerts: str = "toy-alerts"
    group: str = "toy"
    misdeed: str = ""
    static_member: bool = True
    embedded: bool = False
    session_ms: int = 6000
    transaction_ms: int = 6000
    hand_over_seconds: float = 15.0
    batch_records: int = 500
    timer_seconds: float = 1.0
    request_seconds: float = 2.0
    blocked_after_ms: int = 30_000
    unanswered_after_ms: int = 20_000
    side_topic: str = ""
    machine: str = ""
    standby_partitions: int = 0


def settings_of(job: Job) -> EngineSettings:
    """Short time-outs, so that tests of loss are quick."""
    timeouts = Timeouts(
        heartbeat_ms=min(500, job.session_ms // 4),
        session_ms=job.session_ms,
        transaction_ms=job.transaction_ms,
        message_ms=job.transaction_ms,
        request_seconds=job.request_seconds,
        hand_over_seconds=job.hand_over_seconds,
        watchdog_margin_seconds=1.0,
        blocked_after_ms=job.blocked_after_ms,
        unanswered_after_ms=job.unanswered_after_ms,
    )
    return EngineSettings(
        job.bootstrap,
        job.instance,
        Path(job.folder),
        timeouts,
        static_member=job.static_member,
        embedded=job.embedded,
        cache_bytes=8 << 20,
        write_buffer_bytes=8 << 20,
        machine=job.machine,
        standby_partitions=job.standby_partitions,
    )


def toy(job: Job) -> App:
    """The application: ten lines, and what a misdeed adds."""
    from tests.streams.engine.misdeeds import contain, misbehave  # noqa: PLC0415 - only the process needs it

    app = App(f"{job.group}-{job.instance}", Path(job.folder))
    side = (job.side_topic,) if job.side_topic else ()
    limits = Limits(batch_records=job.batch_records, timer_seconds=job.timer_seconds)
    spec = StageSpec(job.group, job.group, (Input(job.source, job.changelog, side_topics=side, keyed=True),), limits=limits)
    engine = Engine(app, spec, settings_of(job))

    @app.agent(engine.batches, sink=[engine.done])
    async def counts(batches: Any) -> Any:
        async for batch in batches:
            with contain(job):
                count(batch, job.alerts)
            if await misbehave(job, batch):
                continue
            yield batch

    return app


if __name__ == "__main__":
    run(toy(msgspec.json.decode(json.dumps(json.loads(os.environ["TOY"])), type=Job)))
