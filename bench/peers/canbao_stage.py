"""Our engine: one agent over its batches, state as msgpack rows, alerts on the partition that the event came from."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
from faust.types import StreamT

from bench.peers.workload import Event, State
from streams.app import App, run
from streams.engine.batch import Batch
from streams.engine.service import Engine
from streams.engine.spec import EngineSettings, Input, StageSpec

PERSON = b"\x10"
"""Kind of the rows: PERSON + key holds the state of a key."""
read_event = msgspec.json.Decoder(Event).decode
read_state = msgspec.msgpack.Decoder(State).decode
write_state = msgspec.msgpack.Encoder().encode


def apply(state: State, event: Event) -> bool:
    """Take an event into the state of its key; whether it is an alert."""
    state.n += 1
    state.last = event.seq
    state.total += event.amount
    state.pos[event.source] = event.seq
    if event.period not in state.periods:
        state.periods.append(event.period)
    if state.n % 2:
        return False
    state.open = [event.period]
    return True


def take(batch: Batch, alerts: str) -> None:
    """All records of a batch: states are read once a key and written once a key."""
    keys = list({record.key: None for record in batch.records if record.key is not None})
    rows = batch.get_many([PERSON + key for key in keys])
    states = {key: read_state(row) if row else State() for key, row in zip(keys, rows, strict=True)}
    for record in batch.records:
        if record.key is None or record.value is None:
            continue
        state, event = states[record.key], read_event(record.value)
        if apply(state, event):
            batch.produce(alerts, record.key, b"%s:%d:%d" % (record.key, state.n, event.seq), partition=batch.partition)
    for key, state in states.items():
        batch.put(PERSON + key, write_state(state))


def application() -> App:
    """The stage as a Faust application, told by its environment what to read."""
    job, folder = os.environ, Path(os.environ["BENCH_FOLDER"])
    app = App(job["BENCH_GROUP"], folder)
    spec = StageSpec("bench", job["BENCH_GROUP"], (Input(job["BENCH_SOURCE"], job["BENCH_CHANGELOG"], keyed=True),))
    engine = Engine(app, spec, EngineSettings(job["BENCH_BOOTSTRAP"], f"{job['BENCH_GROUP']}-0", folder))

    @app.agent(engine.batches, sink=[engine.done])
    async def agent(batches: StreamT[Batch]) -> AsyncIterator[Batch]:
        async for batch in batches:
            take(batch, job["BENCH_ALERTS"])
            yield batch

    return app


if __name__ == "__main__":
    run(application(), log_level="WARNING")
