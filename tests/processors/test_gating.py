"""Asking only what a change touches answers as asking everything would.

After each event the person's wakes and alerts are held against every rule asked anew about everything: nothing may be left to publish.
"""

import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from demo.city.city import day_number
from demo.city.emit.departments import days_of
from demo.city.generate import generate
from demo.offline import OfflineRun
from processors.judging import judge
from processors.person.ledger_months import entries_in
from processors.person.person import Person
from processors.person.standing import standing_of
from processors.questions import EVERYTHING, REQUIRED, woken
from processors.rows import MemoryRows
from processors.stage import PeopleStage, derive
from schemas.dates import bits_of, months_of
from schemas.events import FORMAT, Facts, Message, Tick
from schemas.policy import load_policy
from tests.processors.histories import STEP, messages_of
from tests.processors.test_order import START, control, copied

POLICY = load_policy()


def left_over(stage: PeopleStage, rows: MemoryRows, key: bytes) -> list[Any]:
    """What asking every rule about everything would still change: revisions, and wakes where they differ."""
    person = Person(key, rows.get)
    wakes = list(person.head.wakes)
    if not stage.world.as_of or any(wake.rule == "*" for wake in wakes):
        return []
    for line in person.head.schemes:
        months = months_of(bits_of(line.cover))[-3:]
        assert entries_in(person, line.scheme, months) == [one for one in person.entries(line.scheme) if any(map(one.in_month, months))]
    for known in person.head.open:
        known.basis = b""  # so that the content itself is compared
    everything = woken(EVERYTHING, person.head.flags & REQUIRED)
    assert not person.head.standing & ~standing_of(person)
    left: list[Any] = list(judge(person, stage.now, everything, "").published)
    return left if person.head.wakes == wakes else [*left, wakes, person.head.wakes]


def play(log: list[Message]) -> None:
    """Handle a log; after each message and each sweep nothing may be left over about anybody met so far."""
    stage, rows, met = PeopleStage(POLICY, {}, strict=True), MemoryRows(derive), set()
    for message in log:
        stage.handle(rows, copied(message))
        while stage.sweeping:
            stage.sweep(rows, 1000)
        if isinstance(message, Facts):
            met.add(message.person)
        for key in met if isinstance(message, Tick) else {message.person} & met if isinstance(message, Facts) else ():
            assert left_over(stage, rows, key) == [], message


@settings(max_examples=80, deadline=None)
@given(st.lists(STEP, min_size=2, max_size=14), st.integers(0, 1 << 30))
def test_random_histories(steps: list[dict[str, Any]], seed: int) -> None:
    """Histories near the gates of every rule, days turning in between."""
    chance, number, log = random.Random(seed), START, [*control(START)]
    for message in messages_of(steps):
        log.append(message)
        if chance.random() < 0.3:
            number += chance.choice([1, 1, 7, 30])
            log += control(number)
    play([*log, *control(number + 1), *control(number + 45)])


def test_a_city() -> None:
    """Every event of a city full of cases: hand-overs, lapses, deaths, late and repeated records."""
    offline = OfflineRun()
    stage, rows = offline.stage, offline.rows
    for day in days_of(generate(150, 12, 7)):
        number = day_number(day.day)
        messages = [
            Tick(FORMAT, number),
            *(event for message in day.messages for event in offline.departments[message.topic].read(message, number)),
        ]
        for message in messages:
            stage.handle(rows, message)
            while stage.sweeping:
                stage.sweep(rows, 1000)
            if isinstance(message, Facts):
                assert left_over(stage, rows, message.person) == [], message
