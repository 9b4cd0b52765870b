"""Read canbao's alerts from Kafka: keep the newest revision of each, act on what holds, take back what was withdrawn.

    python kafka_reader.py BOOTSTRAP GROUP alert.avsc

An alert is a lead to verify, never an order to stop a payment. `isolation.level=read_committed` is a condition of the contract.
`newest` is a dictionary here; a real consumer keeps it in its database. Give the alert.avsc of the release that writes.
"""

import io
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from confluent_kafka import Consumer
from fastavro import parse_schema, schemaless_reader

SINGLE_OBJECT_HEAD, REGISTRY_HEAD = 10, 5  # C3 01 and a fingerprint, or with a Schema Registry 0 and a schema id


def alerts(bootstrap: str, group: str, schema_file: str, stop: Callable[[], bool]) -> Iterator[dict]:
    """Every revision, at least once, in order per alert."""
    schema = parse_schema(json.loads(Path(schema_file).read_text(encoding="utf-8")))
    settings = {"bootstrap.servers": bootstrap, "group.id": group, "isolation.level": "read_committed"}
    consumer = Consumer({**settings, "auto.offset.reset": "earliest", "enable.auto.commit": False})
    consumer.subscribe(["canbao.alerts"])
    try:
        while not stop():
            message = consumer.poll(0.5)
            if message is None or message.error() or message.value() is None:  # on errors the client reconnects by itself
                continue
            head = REGISTRY_HEAD if message.value()[:1] == b"\0" else SINGLE_OBJECT_HEAD
            yield schemaless_reader(io.BytesIO(message.value()[head:]), schema)
            consumer.commit(message)  # after the work: a crash in between repeats the message, and the repeat is recognised
    finally:
        consumer.close()


def take(newest: dict, alert: dict) -> str:
    """'repeat': nothing to do; 'open' and 'update': it holds, verify it (a SIGNAL is not for action yet); 'withdraw': undo what you did."""
    version = (alert["revision"], alert["handling_version"])
    known, held = newest.get(alert["alert_id"], ((0, 0), False))
    if version <= known:
        return "repeat"
    holds = alert["premise"] == "HOLDS"  # else RETRACTED: it was never true; HEALED, SUPERSEDED: it is settled
    newest[alert["alert_id"]] = version, holds
    return ("update" if held else "open") if holds else "withdraw"


if __name__ == "__main__":
    seen: dict = {}
    for found in alerts(*sys.argv[1:4], stop=lambda: False):
        print(take(seen, found), found["level"], found["alert_id"].hex(), found["revision"], found["rule"], found["title"], flush=True)
