"""Who takes part in a delivery run: the load, a consumer that reads with the shipped sample, a clerk who takes her list."""

import random
import runpy
import threading
from collections import Counter

import httpx
import redis
from confluent_kafka import Producer

from schemas.alert import Alert
from schemas.messages import alert_message
from schemas.topics import ALERTS
from schemas.wire import Writer
from tests.schemas.samples import sample_alert
from tests.streams.delivering import PARTITIONS, ROOT

REVISIONS_PER_SECOND = 200
CASES = 400
DIVISION = 370116
PAGES = 20
"""More than all cases fill."""
SAMPLE = runpy.run_path(str(ROOT / "examples/redis_reader.py"))


class Load(threading.Thread):
    """Sends revisions at a steady rate until stopped; `newest` has the last of each alert."""

    def __init__(self, bootstrap: str, seed: int) -> None:
        super().__init__(name="load", daemon=True)
        self._producer = Producer({"bootstrap.servers": bootstrap, "enable.idempotence": True, "linger.ms": 5})
        self._writer = Writer("alert")
        self._pick = random.Random(seed)
        self._revisions: Counter[int] = Counter()
        self.newest: dict[str, Alert] = {}
        self.sent = 0
        self.ended = threading.Event()

    def run(self) -> None:
        """Send in bursts of a twentieth of a second; every fifth revision heals its alert, the next opens it again."""
        while not self.ended.wait(0.05):
            for _ in range(REVISIONS_PER_SECOND // 20):
                self._send(self._pick.randrange(1, CASES + 1))
            self._producer.poll(0)
        self._producer.flush(60)

    def _send(self, number: int) -> None:
        self._revisions[number] += 1
        revision = self._revisions[number]
        premise = "HEALED" if self._pick.random() < 0.2 else "HOLDS"
        change = "HEALED" if premise == "HEALED" else "UPDATED" if revision > 1 else "OPENED"
        alert = sample_alert(number, revision=revision, change=change, premise=premise)
        key, value, headers = alert_message(self._writer, alert)
        self._producer.produce(ALERTS, value, key, partition=alert.person_key[-1] % PARTITIONS, headers=list(headers))
        self.newest[alert.alert_id.hex()] = alert
        self.sent += 1


class Consumer(threading.Thread):
    """The shipped sample, reading one division's stream; what it did is kept, as a consumer keeps it."""

    def __init__(self, url: str) -> None:
        super().__init__(name="consumer", daemon=True)
        self._url = url
        self._known: dict[str, object] = {}
        self.done: Counter[tuple[str, int]] = Counter()
        self.repeats = 0
        self.ended = threading.Event()

    def run(self) -> None:
        """Read on whenever Redis is there."""
        while not self.ended.is_set():
            try:
                with redis.Redis.from_url(self._url, decode_responses=True, socket_timeout=10) as client:
                    for alert in SAMPLE["entries"](client, str(DIVISION), "chaos", "one", self.ended.is_set, idle_ms=500):
                        self._take(alert)
            except (redis.RedisError, OSError):
                self.ended.wait(0.1)

    def _take(self, alert: dict[str, object]) -> None:
        if SAMPLE["take"](self._known, alert) == "repeat":
            self.repeats += 1
        else:
            self.done[str(alert["alert_id"]), int(str(alert["revision"]))] += 1


class Clerk(threading.Thread):
    """Signed in once; takes her list again and again. `answers`: how often each status, and how often nobody answered."""

    def __init__(self, address: str) -> None:
        super().__init__(name="clerk", daemon=True)
        self._client = httpx.Client(base_url=address, timeout=30)
        self._client.post("/signin/demo", data={"role": "supervisor", "division": "370100"})
        self.answers: Counter[str] = Counter()
        self.ended = threading.Event()

    def run(self) -> None:
        """Five times a second."""
        while not self.ended.wait(0.2):
            try:
                self.answers[str(self._client.get("/api/v1/alerts").status_code)] += 1
            except httpx.TransportError:
                self.answers["away"] += 1

    def shown(self) -> tuple[int, dict[str, int]]:
        """The number of open alerts that the workbench names, and the revision of each that its list shows."""
        rows, after, total = dict[str, int](), "", -1
        for _ in range(PAGES):
            answer = self._client.get("/api/v1/alerts", params={"limit": 200, "after": after})
            if answer.status_code != httpx.codes.OK:
                return -1, {}
            page = answer.json()
            rows |= {row["alert_id"]: row["revision"] for row in page["alerts"]}
            total, after = page["total"], page["following"] or ""
            if not after:
                return total, rows
        raise AssertionError(f"the list has more than {PAGES} pages for {CASES} cases")
