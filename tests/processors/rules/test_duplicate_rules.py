"""What the tables of the duplicate family cannot say: which alert supersedes, evidence, limits, and when a rule asks again."""

from typing import Any

import pytest

from processors.person.person import Person
from processors.rules import r06_duplicate_pension as r06
from processors.rules import r08_duplicate_pension_enrolment as r08
from processors.rules import r10_duplicate_contribution as r10
from processors.rules.model import NOTHING, Moment
from processors.scenario.run import run_scenario
from schemas.alert import FIRST_LINE, Alert
from schemas.dates import day
from schemas.facts import AnyFact, Contribution
from schemas.kinds import ContribKind, PayerKind, Stage
from tests.processors.person.people import POLICY, at, fact, person

PAIR = [
    {"event": "BENEFIT_START", "at": "2024-01-05", "record": "A", "scheme": 170, "place": 370102, "start_month": 201504},
    {"event": "BENEFIT_START", "at": "2024-01-05", "record": "B", "scheme": 170, "place": 370202, "start_month": 202001},
    {"event": "BENEFIT_PAID", "at": "2024-02-10", "record": "A", "month": 202402, "amount": 200, "run": "A", "paid_on": "2024-02-10"},
    {"event": "BENEFIT_PAID", "at": "2024-02-10", "record": "B", "month": 202402, "amount": 213, "run": "B", "paid_on": "2024-02-10"},
]
BOTH = [
    {"event": "ENROL_START", "at": "2024-01-05", "scheme": 110, "record": "A", "place": 370102},
    {"event": "ENROL_START", "at": "2024-01-05", "scheme": 110, "record": "B", "place": 370202},
    {"event": "CONTRIB_BOOKED", "at": "2024-06-05", "month": 202405, "record": "A", "payer": "a", "bill": "A", "person_fen": 100},
    {"event": "CONTRIB_BOOKED", "at": "2024-06-06", "month": 202405, "record": "B", "payer": "b", "bill": "B", "person_fen": 200},
]
YEAR = [
    {"event": "ENROL_PAUSE", "at": "2024-01-05", "scheme": 170, "record": "R"},
    {"event": "ENROL_START", "at": "2024-01-05", "scheme": 110, "record": "A"},
    {"event": "CONTRIB_BOOKED", "at": "2024-06-05", "scheme": 170, "record": "R", "month": 202401, "months": 12, "person_fen": 1200},
    {"event": "CONTRIB_BOOKED", "at": "2024-06-06", "month": 202405, "record": "A", "payer": "a", "bill": "A", "person_fen": 100},
]


def published(steps: list[dict[str, Any]], **scenario: Any) -> list[Alert]:
    """Every revision that a history publishes."""
    run = run_scenario({"persons": {"person": {"birth": "1950-03-01", "name": "wang"}}, "steps": steps, **scenario}, POLICY)
    return run.alerts


def last(alerts: list[Alert], rule: str) -> Alert:
    """The last revision of a rule's alert."""
    return [alert for alert in alerts if alert.rule == rule][-1]


@pytest.mark.parametrize(
    ("rule", "steps", "renamed"),
    [
        ("R06", PAIR, {"event": "BENEFIT_START", "scheme": 170, "record": "B", "place": 370202}),
        ("R10", BOTH, {"event": "ENROL_START", "scheme": 110, "record": "B", "place": 370202}),
        ("R08", YEAR, {"event": "ENROL_PAUSE", "scheme": 170, "record": "R"}),
    ],
)
def test_a_frozen_finding_points_to_the_conflict(rule: str, steps: list[dict[str, Any]], renamed: dict[str, Any]) -> None:
    """An open duplicate whose records turn out to have two names is superseded by the R19 alert of that very pair."""
    alerts = published([*steps, {**renamed, "at": "2024-07-01", "name": "li"}])
    conflict = next(alert for alert in alerts if alert.rule == "R19" and len(alert.scope) == 2)
    gone = last(alerts, rule)
    assert (gone.premise, gone.superseded_by) == ("SUPERSEDED", conflict.alert_id)
    assert conflict.premise == "HOLDS"


@pytest.mark.parametrize(("rule", "steps"), [("R06", PAIR), ("R10", BOTH), ("R08", YEAR)])
def test_every_alert_is_a_lead_with_evidence_and_law(rule: str, steps: list[dict[str, Any]]) -> None:
    """First line, law, what to verify, legitimate reasons and positions of all facts that it rests on."""
    alert = last(published(steps), rule)
    assert alert.text.startswith(FIRST_LINE)
    assert alert.law
    assert alert.verify
    assert alert.legitimate
    assert len(alert.evidence) >= 2
    assert all(item.event_id and item.field for item in alert.evidence)
    for word in ("冒领", "骗保", "违法", "停发待遇"):
        assert word not in alert.text


def payment(number: int, month: int, **given: Any) -> Contribution:
    """One booked employee payment of its own bill."""
    base = {"scheme": 110, "month": month, "months": 1, "stage": Stage.BOOKED, "kind": ContribKind.NORMAL, "person_fen": 100}
    more = {"payer": b"firm", "payer_kind": PayerKind.EMPLOYER, "bill": str(number).encode(), "place": 370102}
    return fact(Contribution, f"C{number}", **(base | more | given))


def of(*facts: AnyFact) -> Person:
    """A person who knows these facts."""
    return person(*(("2024-01-05", one) for one in facts))


def test_findings_of_one_person_are_bounded() -> None:
    """However many months are paid twice, the newest `FINDINGS_MAX` are reported."""
    first = 24000
    facts = [payment(2 * n + twice, first + n) for n in range(r10.FINDINGS_MAX + 15) for twice in (0, 1)]
    findings = r10.evaluate(of(*facts), at("2024-01-05", "2024-01-04")).findings
    assert len(findings) == r10.FINDINGS_MAX
    assert findings[-1].months == [first + r10.FINDINGS_MAX + 14]


def test_a_signal_asks_again_by_calendar_then_by_horizon() -> None:
    """Before the settle day is over the calendar wakes; afterwards the horizon of the feed that books does."""
    someone = of(payment(1, 24292), payment(2, 24292))  # 202405, settles 2024-06-25
    (wake,) = r10.evaluate(someone, at("2024-06-25", "2024-06-24")).wakes
    assert (wake.clock, wake.day) == ("", day("2024-06-26"))
    late = Moment(day("2024-06-26"), {("test", 0): day("2024-06-24")}, POLICY)
    (wake,) = r10.evaluate(someone, late).wakes
    assert (wake.clock, wake.day) == ("test@0", day("2024-06-25"))
    settled = r10.evaluate(someone, Moment(day("2024-06-26"), {("test", 0): day("2024-06-25")}, POLICY))
    assert (settled.findings[0].level, settled.wakes) == ("ALERT", [])


def test_rules_answer_nothing_where_the_head_says_so() -> None:
    """One payment a month, one scheme, one record: nothing is found and nothing is asked again."""
    someone = of(payment(1, 24292), payment(2, 24293))
    assert r10.evaluate(someone, at("2024-07-01")) is NOTHING
    assert r08.evaluate(someone, at("2024-07-01")) is NOTHING
    assert r06.evaluate(someone, at("2024-07-01")) is NOTHING


def test_a_longer_bill_gives_its_part_of_the_month() -> None:
    """A year bill of 1 200.01 booked after a month of the same scheme: the part of one month, half up."""
    someone = of(
        payment(1, 24292, paid_on="2024-05-01"),
        payment(2, 24288, months=12, person_fen=120001, paid_on="2024-06-01", payer_kind=PayerKind.INDIVIDUAL, payer=b"self"),
    )
    (finding,) = r10.evaluate(someone, at("2024-07-01")).findings
    assert finding.amount_fen == 10000
    other = of(payment(1, 24292, paid_on="2024-05-01"), payment(2, 24291, months=2, person_fen=101, paid_on="2024-06-01"))
    assert r10.evaluate(other, at("2024-07-01")).findings[0].amount_fen == 51
