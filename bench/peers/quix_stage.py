"""Quix Streams with exactly-once: a stateful step of a streaming data frame. Runs in an environment of its own, so it imports nothing of ours."""

import os
from typing import Any

from quixstreams import Application

COMMIT_SECONDS = 0.1
"""Kafka Streams' default under exactly-once; Quix's own, 5 s, is meant for throughput alone and would be the latency."""


def apply(event: dict[str, Any], state: Any) -> str | None:
    """Take an event into the state of its key; the alert, if it is one."""
    held = state.get("state") or {"n": 0, "last": 0, "total": 0.0, "periods": [], "pos": {}, "open": []}
    held["n"] += 1
    held["last"] = event["seq"]
    held["total"] += event["amount"]
    held["pos"][event["source"]] = event["seq"]
    if event["period"] not in held["periods"]:
        held["periods"].append(event["period"])
    alert = None
    if held["n"] % 2 == 0:
        held["open"] = [event["period"]]
        alert = f"{event['person_id']}:{held['n']}:{event['seq']}"
    state.set("state", held)
    return alert


def main() -> None:
    """Build the frame and run it until SIGTERM."""
    job = os.environ
    app = Application(
        broker_address=job["BENCH_BOOTSTRAP"],
        consumer_group=job["BENCH_GROUP"],
        auto_offset_reset="earliest",
        commit_interval=COMMIT_SECONDS,
        state_dir=job["BENCH_FOLDER"],
        processing_guarantee="exactly-once",
        loglevel="WARNING",
    )
    source = app.topic(job["BENCH_SOURCE"], value_deserializer="json", key_deserializer="bytes")
    alerts = app.topic(job["BENCH_ALERTS"], value_serializer="string", key_serializer="bytes")
    frame = app.dataframe(source).apply(apply, stateful=True)
    frame.filter(lambda alert: alert is not None).to_topic(alerts)
    app.run()


if __name__ == "__main__":
    main()
