"""Who takes part in an outage: a department that goes on reporting, and a watch over the workers' probes."""

import threading
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from confluent_kafka import KafkaError, Message, Producer

from processors.identity.citizen import check_character
from schemas.events import FORMAT, Tick, encode
from schemas.topics import EVENTS
from schemas.wire import Writer

TOPIC, CONTRACT = "canbao.feed.canonical", "canonical_event"
DIVISION = 370116
PERSONS_PER_SECOND = 20
TURN_SECONDS = 0.05
FLUSH_SECONDS = 120.0
LIVE = 200
PROBE_SECONDS = 0.5
PROBE_WAIT_SECONDS = 5.0
"""As long as Kubernetes waits for an answer (deploy/k8s)."""


def number_of(person: int) -> str:
    """An identity number for each of the first 270 000 persons; no two are alike."""
    day, nth = divmod(person, 1_000)
    month, day = divmod(day, 27)
    digits = f"379999{1940 + month // 12:04d}{month % 12 + 1:02d}{day + 1:02d}{nth:03d}"
    return digits + check_character(digits)


def reports(person: int) -> Iterable[tuple[str, dict[str, Any]]]:
    """What is reported of a person: a pension, a cremation while it runs, and of every second person that the cremation was another's."""
    common = {
        "source_system": "civil.funeral",
        "source_org": DIVISION,
        "subject_ids": [{"type": "01", "value": number_of(person), "country": "CHN"}],
        "recorded_on": 19854,
    }
    pension = {"scheme": "170", "person_no": str(person), "division": str(DIVISION), "benefit_kind": "1"}
    death = {"death_date": "2024-05-10", "certificate_no": f"D-{person}"}
    steps = [("B", "BENEFIT_START", "CREATED", 1, pension), ("C", "CREMATED", "CREATED", 1, death)]
    if person % 2:
        steps.append(("C", "CREMATED", "ANNULLED", 2, death))
    for chain, event, change, number, after in steps:
        named = {"event_id": f"{chain}-{person}-{number}", "event_type": event, "change_type": change, "chain_id": f"{chain}-{person}"}
        yield named["chain_id"], {**common, **named, "source_seq": number, "valid_from": 19853, "after": after}


class Department(threading.Thread):
    """Reports persons at a steady rate until stopped. What the broker does not take waits here: a department gives up nothing either."""

    def __init__(self, bootstrap: str, writer: Writer) -> None:
        super().__init__(name="department", daemon=True)
        self._producer = Producer(
            {"bootstrap.servers": bootstrap, "enable.idempotence": True, "message.timeout.ms": 0, "linger.ms": 5, "log_level": 0}
        )
        self._writer = writer
        self.persons = 0
        self.sent = 0
        self.offsets: Counter[int] = Counter()
        self.refused: list[str] = []
        self.ended = threading.Event()

    def run(self) -> None:
        """Report in bursts of a twentieth of a second."""
        while not self.ended.wait(TURN_SECONDS):
            for _ in range(int(PERSONS_PER_SECOND * TURN_SECONDS)):
                self._report(self.persons)
                self.persons += 1
            self._producer.poll(0)

    def finish(self) -> None:
        """Report no more; everything is on the broker."""
        self.ended.set()
        self.join()
        assert self._producer.flush(FLUSH_SECONDS) == 0
        assert not self.refused, self.refused[:3]

    def first_day(self, day: int, partitions: int) -> None:
        """The tick without which nothing is judged."""
        for partition in range(partitions):
            self._producer.produce(EVENTS, encode(Tick(FORMAT, day)), partition=partition)
        assert self._producer.flush(FLUSH_SECONDS) == 0

    def _report(self, person: int) -> None:
        for chain, event in reports(person):
            self._producer.produce(TOPIC, self._writer.encode(event), chain.encode(), on_delivery=self._landed)
            self.sent += 1

    def _landed(self, error: KafkaError | None, message: Message) -> None:
        if error is None:
            self.offsets[int(message.offset() or 0)] += 1
        else:
            self.refused.append(str(error))


class Probes(threading.Thread):
    """Asks each worker's /livez twice a second, as Kubernetes does every ten. `answers`: what each said, how often; 0: nothing in time."""

    def __init__(self, ports: Mapping[str, int]) -> None:
        super().__init__(name="probes", daemon=True)
        self._ports = dict(ports)
        self.answers: dict[str, Counter[int]] = {name: Counter() for name in ports}
        self.oldest: dict[str, float] = dict.fromkeys(ports, 0.0)
        """The longest time since a turn of the engine that each told."""
        self.ended = threading.Event()

    def run(self) -> None:
        """Ask until stopped."""
        while not self.ended.wait(PROBE_SECONDS):
            for name, port in self._ports.items():
                status, age = livez(port)
                self.answers[name][status] += 1
                self.oldest[name] = max(self.oldest[name], age)

    def finish(self) -> None:
        """Ask no more."""
        self.ended.set()
        self.join()


def livez(port: int) -> tuple[int, float]:
    """The status of /livez, 0 where nobody answers in time, and the seconds since the engine's last turn."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/livez", timeout=PROBE_WAIT_SECONDS) as answer:
            status, text = answer.status, answer.read()
    except urllib.error.HTTPError as error:
        status, text = error.code, error.read()
    except OSError:
        return 0, 0.0
    return status, float(msgspec.json.decode(text)["age_seconds"])
