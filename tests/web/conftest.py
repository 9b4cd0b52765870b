"""A workbench over a Redis-protocol server of its own, filled with alerts of every kind."""

import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from demo.servers.valkey import ValkeyServer, start_valkey
from schemas.alert import Alert, case_id
from schemas.dates import day
from schemas.enrolment import EnrolmentPlace, EnrolmentRow
from tests.schemas.samples import person_key, sample_alert
from tests.web.recorded import RecordedMending, RecordedVault
from tests.web.serving import Workbench, serving, write

RULES = (("R01", "B", "HIGH"), ("R06", "B", "CRITICAL"), ("R09", "C", "MEDIUM"), ("R11", "D", "LOW"), ("R24", "A", "HIGH"))
DIVISIONS = (370100, 370102, 370116, 370202)


def city_alerts(count: int = 160) -> list[Alert]:
    """Alerts of several rules, divisions, levels and days; every eighth has a second revision."""
    made = []
    for number in range(1, count + 1):
        rule, queue, severity = RULES[number % len(RULES)]
        division = DIVISIONS[number % len(DIVISIONS)]
        fields: dict[str, Any] = {
            "rule": rule,
            "queue": queue,
            "severity": severity,
            "handling_division": division,
            "involved_divisions": [370102] if division == 370116 else [],
            "level": "SIGNAL" if number % 3 == 0 else "ALERT",
            "due": 0 if number % 3 == 0 else day("2024-06-01") + number % 40,
            "detected_on": day("2024-05-01") + number % 30,
            "as_of": day("2024-06-10"),
            "amount_fen": (zlib.crc32(b"%d" % number) % 90) * 10_000,
            "case_id": case_id(person_key(number), "DEATH"),
        }
        made.append(sample_alert(number, **fields))
        if number % 8 == 0:
            more = {**fields, "amount_fen": fields["amount_fen"] + 100, "months": [202406, 202407, 202408]}
            made.append(sample_alert(number, revision=2, change="UPDATED", **more))
    return made


def public_rows(count: int = 20) -> list[EnrolmentRow]:
    """Public rows of the first people."""
    places = [EnrolmentPlace(170, 370100, "DRAWING", 202312, drawing=True), EnrolmentPlace(390, 370100, "PAYING", 202412)]
    return [EnrolmentRow(person_key(number), day("2024-06-01"), places) for number in range(1, count + 1)]


@pytest.fixture(scope="session")
def desk_valkey(server_folder: Path) -> Iterator[ValkeyServer]:
    """A server of the workbench's tests alone."""
    with start_valkey(server_folder / "desk", {"appendonly": "no"}) as server:
        write(server.url, city_alerts(), public_rows())
        yield server


@pytest.fixture(scope="session")
def workbench(desk_valkey: ValkeyServer) -> Iterator[Workbench]:
    """A running workbench, shared: write alerts of persons above 1000 only."""
    with serving(desk_valkey.url, vault=RecordedVault(), mending=RecordedMending()) as running:
        yield running
