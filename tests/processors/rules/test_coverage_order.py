"""Cover histories: any order of arrival and any speed of the sweep ends in the same lapses, missing enrolments and medical duplicates."""

import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from processors.person.apply import apply_fact
from processors.person.exemptions import spells_of
from processors.person.families import MEDICAL, PENSION, Family
from processors.person.gaps import cover_of, gaps_of
from processors.person.payers import Basis
from processors.person.person import Person
from processors.person.state import stored_ref
from processors.rules.model import Moment
from processors.scenario.run import person_key
from processors.scenario.short import Rows, facts_of
from schemas.dates import day, day_in_month, month
from schemas.events import FORMAT, Facts, Identity
from tests.processors.test_order import FEEDS, POLICY, START, control, days_after, holding, per_person, play

PERSON = {"birth": "1988-05-01", "sex": "M", "division": 370102}
IDENTITY = Identity(day("1988-05-01"), 1, 18)
MONTHS = st.integers(202306, 202312) | st.integers(202401, 202405)
SPELLS = st.sampled_from([("2024-02-05", "2024-04-10"), ("2024-01-20", None), ("2023-09-01", "2024-06-30"), ("2024-05-01", "2024-08-15")])


def _given(**fields: Any) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({key: value if isinstance(value, st.SearchStrategy) else st.just(value) for key, value in fields.items()})


def _dated(event: str) -> st.SearchStrategy[dict[str, Any]]:
    return SPELLS.map(lambda spell: {"event": event, "from_day": spell[0], "to_day": spell[1], "row": event + spell[0]})


STEP: st.SearchStrategy[dict[str, Any]] = st.one_of(
    _given(
        event="CONTRIB_BOOKED",
        scheme=st.sampled_from([110, 310, 310]),
        month=MONTHS,
        months=st.sampled_from([1, 1, 3]),
        payer=st.sampled_from(["e1", "e2"]),
        person_fen=8000,
        employer_fen=16000,
    ),
    _given(event="CONTRIB_PAID", scheme=310, month=MONTHS, payer="me", payer_kind="INDIVIDUAL", person_fen=9000),
    _given(
        event="CONTRIB_BOOKED",
        scheme=st.sampled_from([170, 390]),
        month=st.sampled_from([202301, 202401]),
        months=12,
        payer="me",
        payer_kind="INDIVIDUAL",
        person_fen=38000,
        place=st.sampled_from([370102, 370203]),
        record=st.sampled_from(["r", "s"]),
    ),
    _given(
        event="REFUND_POSTED", scheme=310, month=MONTHS, payer="e1", refund=st.sampled_from(["a", "b"]), person_fen=8000, employer_fen=16000
    ),
    _given(
        event="ENROL_START",
        scheme=st.sampled_from([310, 390]),
        record=st.sampled_from(["r", "s"]),
        place=st.sampled_from([370102, 370203]),
        from_day=st.sampled_from(["2015-01-01", "2024-03-01"]),
        retired=st.sampled_from([0, 0, 1]),
    ),
    _given(
        event="ENROL_PAUSE", scheme=310, record="r", reason=st.sampled_from([6301, 6304, 6307]), to_day="2024-02-28", from_day="2015-01-01"
    ),
    _given(event="ENROL_END", scheme=110, record="p", reason=st.sampled_from([6405, 6404]), to_day="2024-02-28", from_day="2015-01-01"),
    _given(event="HUKOU_IN", row="h", place=370105, from_day="1988-05-01", cancel_reason="NONE"),
    _given(event="HUKOU_CANCELLED", row="h", cancel_reason=st.sampled_from(["MILITARY", "MOVED_OUT"]), to_day="2024-03-08"),
    _given(event="HUKOU_IN", row="h2", place=370105, from_day="2024-06-10"),
    _given(event="PAYROLL_REPORTED", month=st.integers(202402, 202405), employer="91370100MA3C000250", wage_fen=500000),
    _given(event="NATIONAL_MATCH_RESULT", scheme=110, state=st.sampled_from(["NONE", "PAYING"]), queried_on="2024-06-20"),
    _given(
        event="ENROL_START",
        scheme=390,
        record=st.sampled_from(["s", "t"]),
        place=st.sampled_from([370102, 370203]),
        from_day="2024-01-01",
        entitle_from=st.sampled_from(["2024-01-01", "2024-08-01"]),
        entitle_to="2024-12-31",
        person_type=st.sampled_from(["ORDINARY", "STUDENT"]),
    ),
    _given(event="ENROL_START", scheme=310, record="r", place=370102, from_day="2015-01-01", retired=1),
    _given(event="BENEFIT_START", scheme=210, benefit="UNEMPLOYMENT", record="u", start_month=202403, end_month=202404),
    _given(event="TRANSFER_OUT", scheme=110, booked_on="2024-03-05", cancelled=st.sampled_from([0, 1])),
    _dated("CUSTODY"),
    _dated("STUDENT_START"),
)
HISTORY = st.lists(STEP, min_size=2, max_size=14)


def messages_of(steps: list[dict[str, Any]], name: str = "a", first_offset: int = 0) -> list[Facts]:
    """The messages of a history; versions follow the order given, not the order of arrival."""
    rows, key = Rows({}), person_key(name)
    found = []
    for offset, step in enumerate(steps, start=first_offset):
        feed, facts = facts_of(step, PERSON, rows)
        found.append(Facts(FORMAT, key, key, b"", feed, 0, offset, "", 0, 0, 0, IDENTITY, facts))
    return found


@settings(max_examples=30, deadline=None)
@given(HISTORY, st.randoms(use_true_random=False))
def test_arrival_order_does_not_matter(steps: list[dict[str, Any]], shuffler: random.Random) -> None:
    """The same facts in another order of arrival leave the same alerts once windows have closed."""
    facts = messages_of(steps)
    other = list(facts)
    shuffler.shuffle(other)
    straight, _ = play([*control(START), *facts, *days_after(130)])
    shuffled, _ = play([*control(START), *other, *days_after(130)])
    assert holding(straight) == holding(shuffled)


@settings(max_examples=25, deadline=None)
@given(HISTORY, st.integers(0, 1 << 30))
def test_sweep_speed_does_not_matter(steps: list[dict[str, Any]], seed: int) -> None:
    """Revisions are byte-equal whether the sweep drains at once or crawls: every answer that time changes has its wake."""
    shuffler = random.Random(seed)
    number = START
    log = [*control(START)]
    for message in messages_of(steps):
        log.append(message)
        if shuffler.random() < 0.4:
            number += shuffler.choice([1, 3, 20])
            log += control(number)
    log += [message for step in (1, 9, 30, 60, 200) for message in control(number + step)]
    drained, _ = play(log)
    crawling, _ = play(log, random.Random(seed))
    assert per_person(drained) == per_person(crawling)


@settings(max_examples=30, deadline=None)
@given(HISTORY)
def test_a_day_is_never_late(steps: list[dict[str, Any]]) -> None:
    """What wakes bring about day by day is what asking afresh on the last day finds: no wake is forgotten."""
    facts = messages_of(steps)
    daily, _ = play([*control(START), *facts, *days_after(100)])
    last = START + 100 - 1
    nudge = {"event": "PAYROLL_REPORTED", "income_kind": 2, "month": 202001, "employer": "x", "wage_fen": 1}
    other = {"event": "LIFE_CERTIFIED", "seen_on": "2024-07-01"}
    fresh, _ = play([*control(START), *facts, *days_after(100), *messages_of([nudge, other], first_offset=1000)])
    assert holding(daily) == holding(fresh), f"judged on day {last}"


def _naive_gaps(paid: set[int], as_of: int) -> dict[int, list[int]]:
    """Month by month, as a clerk would: first missing month to the months missing and settled."""
    found: dict[int, list[int]] = {}
    first = 0
    number = min(paid, default=0)
    while number and day_in_month(number + 1, 25) < as_of:
        if number in paid:
            first = 0
        elif number > min(paid):
            first = first or number
            found.setdefault(first, []).append(number)
        number += 1
    return found


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from([PENSION, MEDICAL]),
    st.sets(st.integers(month(202301), month(202406)), min_size=1, max_size=18),
    st.integers(day("2024-02-01"), day("2024-12-31")),
)
def test_gaps_of_an_employer_are_those_that_a_clerk_counts(family: Family, paid: set[int], as_of: int) -> None:
    """Single months by one employer: bitset arithmetic finds what counting month by month finds."""
    steps = [
        {
            "event": "CONTRIB_BOOKED",
            "scheme": family.schemes[0],
            "month": number // 12 * 100 + number % 12 + 1,
            "person_fen": 1,
            "employer_fen": 1,
        }
        for number in sorted(paid)
    ]
    person = Person(person_key("n"), lambda _: None)
    person.head.birth_day, person.head.sex = IDENTITY.birth_day, 1
    for message in messages_of(steps):
        for fact in message.facts:
            apply_fact(person, fact, stored_ref("business"), as_of)
    now = Moment(as_of, {(feed, 0): as_of - 1 for feed in FEEDS}, POLICY, {})
    gaps = gaps_of(person, family, cover_of(person, family, spells_of(person, now), now), now)
    aged = [number for number in _naive_gaps(paid, as_of) if any(number < later <= month_before(as_of) for later in paid)]
    assert all(gap.basis is Basis.MONTH and not gap.excuse for gap in gaps)
    found = {gap.first: gap.months for gap in gaps if gap.months}
    assert found == {first: months for first, months in _naive_gaps(paid, as_of).items() if first not in aged}


def month_before(as_of: int) -> int:
    """The month a year before that of a day."""
    number = month(202001)
    while day_in_month(number + 1, 1) <= as_of:
        number += 1
    return number - 12
