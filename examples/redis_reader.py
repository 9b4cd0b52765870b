"""Read one division's alerts from its Redis Stream, as a member of a consumer group: several readers share the work.

    pip install redis
    python redis_reader.py redis://localhost:6379/0 370116 GROUP MEMBER

An alert is a lead to verify, never an order to stop a payment. What a member took and did not acknowledge (it crashed) is taken over
by another after a minute. The stream repeats a revision only after Redis was rebuilt, so a reader keeps what it has done.
"""

import json
import sys
from collections.abc import Callable, Iterator

import redis

IDLE_MS = 60_000


def entries(
    client: redis.Redis, division: str, group: str, member: str, stop: Callable[[], bool], idle_ms: int = IDLE_MS
) -> Iterator[dict]:
    """Every revision, at least once; acknowledged when the next one is asked for."""
    stream = f"canbao:stream:{division}"
    try:
        client.xgroup_create(stream, group, id="0", mkstream=True)
    except redis.ResponseError as error:
        if "BUSYGROUP" not in str(error):  # the group is there already
            raise
    while not stop():
        taken = client.xautoclaim(stream, group, member, idle_ms, count=100)[1]
        fresh = client.xreadgroup(group, member, {stream: ">"}, count=100, block=500)
        for identifier, fields in [*taken, *_entries(fresh, stream)]:
            if fields:  # an entry that was trimmed away meanwhile has none
                yield json.loads(fields["json"])
            client.xack(stream, group, identifier)


def _entries(answer: object, stream: str) -> list:
    """Entries of one stream, in the answer of RESP2 or RESP3."""
    found = answer.get(stream, []) if isinstance(answer, dict) else [one for _, part in answer or [] for one in part]
    return found[0] if found and isinstance(found[0], list) else found


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
    url, place, name, me = sys.argv[1:5]
    seen: dict = {}
    for found in entries(redis.Redis.from_url(url, decode_responses=True), place, name, me, stop=lambda: False):
        print(take(seen, found), found["level"], found["alert_id"], found["revision"], found["rule"], found["title"], flush=True)
