"""Follow canbao's live stream over server-sent events, and go on after any break exactly where it was.

    pip install httpx
    python sse_reader.py https://canbao.example.cn/alerts/stream TOKEN

An alert is a lead to verify, never an order to stop a payment. `newest` and the last id are kept in memory here; a real reader keeps
both in its database, the id after the work: a crash in between repeats the alert, and the repeat is recognised.
"""

import json
import sys
import time
from collections.abc import Iterator

import httpx

WAIT_SECONDS = 3.0
QUIET = httpx.Timeout(10.0, read=60.0)  # the stream says something every 15 seconds


def events(url: str, token: str, cursor: str = "") -> Iterator[tuple[str, str, str]]:
    """(id, event, data) for ever, at least once; without a cursor from the oldest that is kept."""
    while True:
        headers = {"Authorization": f"Bearer {token}", **({"Last-Event-ID": cursor} if cursor else {})}
        try:
            with httpx.stream("GET", url, params={"from": "start"}, headers=headers, timeout=QUIET) as answer:
                answer.raise_for_status()
                fields: dict = {}
                for line in answer.iter_lines():
                    name, _, value = line.partition(": ")
                    fields |= {name: value} if line else {}
                    if not line and "data" in fields:
                        cursor = fields.get("id", cursor)
                        yield cursor, fields["event"], fields["data"]
                    fields = fields if line else {}
        except httpx.TransportError:
            time.sleep(WAIT_SECONDS)  # the connection broke, or the server ended it: its life is fifteen minutes


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
    newest: dict = {}
    for _, event, data in events(*sys.argv[1:3]):
        if event == "gap":  # the stream was cut behind our cursor: read the whole list of the division anew
            print("gap", data, flush=True)
            continue
        found = json.loads(data)["data"]
        print(take(newest, found), found["level"], found["alert_id"], found["revision"], found["rule"], found["title"], flush=True)
