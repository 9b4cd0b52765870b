"""Stock Faust: an agent and a table in its RocksDB store, changelog and acknowledgement as Faust does them; at least once, its default.

Faust asks for topics in a form that Kafka 4 refuses (CreateTopics version 1), so the benchmark creates its changelog under the name that
Faust would give it.
"""

import os
import sys
from typing import Any

import faust

job = os.environ
app = faust.App(
    job["BENCH_GROUP"],
    broker=f"kafka://{job['BENCH_BOOTSTRAP']}",
    store="rocksdb://",
    datadir=job["BENCH_FOLDER"],
    topic_partitions=int(job["BENCH_PARTITIONS"]),
    topic_allow_declare=False,
    topic_disable_leader=True,
    consumer_auto_offset_reset="earliest",
)
source = app.topic(job["BENCH_SOURCE"], key_type=bytes, key_serializer="raw", value_serializer="json")
alerts = app.topic(job["BENCH_ALERTS"], key_type=bytes, key_serializer="raw", value_type=bytes, value_serializer="raw")
states = app.Table("states", key_type=bytes)


def apply(state: dict[str, Any], event: dict[str, Any]) -> bool:
    """Take an event into the state of its key; whether it is an alert."""
    state["n"] += 1
    state["last"] = event["seq"]
    state["total"] += event["amount"]
    state["pos"][event["source"]] = event["seq"]
    if event["period"] not in state["periods"]:
        state["periods"].append(event["period"])
    if state["n"] % 2:
        return False
    state["open"] = [event["period"]]
    return True


@app.agent(source)
async def persons(stream: Any) -> None:
    """One event at a time, as Faust's guide shows it."""
    async for key, event in stream.items():
        state = states.get(key) or {"n": 0, "last": 0, "total": 0.0, "periods": [], "pos": {}, "open": []}
        if apply(state, event):
            await alerts.send(key=key, value=b"%s:%d:%d" % (key, state["n"], event["seq"]))
        states[key] = state


if __name__ == "__main__":
    sys.argv = [sys.argv[0], "worker", "--loglevel", "warn", "--without-web"]
    app.main()
