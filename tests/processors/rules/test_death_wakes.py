"""When the rules of the death family ask to be woken: the day by which their answer will change by time alone, then the horizon they lack."""

from typing import Any

import pytest

from processors.person.apply import apply_fact
from processors.person.person import Person
from processors.rules import r01a_stop_check as r01a
from processors.rules import r02_contrib_or_enrol_after_death as r02
from processors.rules import r03_dead_not_cancelled as r03
from processors.rules import r17_card_mismatch as r17
from processors.rules import undo_check
from processors.rules.model import CALENDAR, Judgement, Wake
from schemas.dates import day, month
from schemas.facts import AnyFact, BenefitRecord, Card, Contribution, DeathClaim, Enrolment, Hukou
from schemas.kinds import (
    BenefitKind,
    BenefitState,
    CardState,
    ContribKind,
    DeathOrigin,
    EnrolState,
    FactStatus,
    Level,
    PayerKind,
    Scheme,
    Source,
    Stage,
)
from tests.processors.person.people import REF, at, fact, person

KNOWN = "2024-05-10"


def dead(*more: AnyFact, **given: Any) -> Person:
    """A hospital's claim of 2024-05-06, known 2024-05-10, and what else is given."""
    claim = fact(DeathClaim, "claim", **({"origin": DeathOrigin.MEDICAL, "died_on": "2024-05-06", "source": Source.HEALTH} | given))
    return person((KNOWN, claim), *((KNOWN, one) for one in more))


def calendar(on: str) -> list[Wake]:
    """One calendar wake."""
    return [Wake(CALENDAR, day(on))]


def horizon(feed: str, on: str) -> list[Wake]:
    """One horizon wake of a whole feed."""
    return [Wake(f"{feed}@0", day(on))]


def levels(judgement: Judgement) -> list[Level]:
    """Levels of what was found."""
    return [finding.level for finding in judgement.findings]


RECORD = fact(BenefitRecord, "r", record=b"r", benefit=BenefitKind.PENSION, scheme=170, state=BenefitState.PAYABLE)
BOOKED = fact(
    Contribution,
    "c",
    scheme=Scheme.PENSION_EMP,
    month=month(202406),
    months=1,
    bill=b"b",
    payer=b"f",
    stage=Stage.BOOKED,
    kind=ContribKind.NORMAL,
    payer_kind=PayerKind.EMPLOYER,
    person_fen=30000,
    paid_on="2024-06-18",
)
ENROLLED = fact(Enrolment, "e", scheme=Scheme.PENSION_EMP, record=b"e", state=EnrolState.PAYING)
HOME = fact(Hukou, "h", place=370102)
CARD = fact(Card, "k", card=b"k", state=CardState.ACTIVE, issued_on="2015-01-01", city=370100)


def test_a_signal_wakes_when_its_window_ends() -> None:
    """Seven days after the claim, and never again."""
    assert r01a.evaluate(dead(RECORD), at("2024-05-16")).wakes == calendar("2024-05-17")
    settled = r01a.evaluate(dead(RECORD), at("2024-05-17"))
    assert (settled.wakes, levels(settled)) == ([], [Level.ALERT])


@pytest.mark.parametrize(
    ("on", "through", "wakes", "level"),
    [
        ("2024-07-25", "2024-07-24", calendar("2024-07-26"), Level.SIGNAL),
        ("2024-07-26", "2024-07-24", horizon("business", "2024-07-25"), Level.SIGNAL),
        ("2024-07-26", "2024-07-25", [], Level.ALERT),
    ],
)
def test_a_contribution_settles_by_tick_and_horizon(on: str, through: str, wakes: list[Wake], level: Level) -> None:
    """The tick after the settle day, and the booking feed complete through it."""
    found = r02.evaluate(dead(BOOKED), at(on, through))
    assert (found.wakes, levels(found)) == (wakes, [level])


@pytest.mark.parametrize(
    ("on", "through", "wakes", "found"),
    [
        ("2024-06-09", "2024-06-08", calendar("2024-06-10"), 0),
        ("2024-06-10", "2024-06-08", horizon("business", "2024-06-09"), 0),
        ("2024-06-10", "2024-06-09", [], 1),
    ],
)
def test_an_enrolment_is_late_on_the_day_after_the_limit(on: str, through: str, wakes: list[Wake], found: int) -> None:
    """Absence of an end is judged no further than the booking feed is complete."""
    judgement = r02.evaluate(dead(ENROLLED), at(on, through))
    assert (judgement.wakes, len(judgement.findings)) == (wakes, found)


def test_medical_schemes_wait_for_the_medical_feed() -> None:
    """310 and 390 are booked by the medical platform."""
    enrolled = fact(Enrolment, "e", scheme=Scheme.MED_RES, record=b"e", state=EnrolState.PAYING)
    assert r02.evaluate(dead(enrolled), at("2024-06-10", "2024-06-08")).wakes == horizon("medical", "2024-06-09")


@pytest.mark.parametrize(
    ("on", "through", "wakes", "found"),
    [
        ("2024-07-08", "2024-07-07", calendar("2024-07-09"), 0),
        ("2024-07-09", "2024-07-07", horizon("household", "2024-07-08"), 0),
        ("2024-07-09", "2024-07-08", [], 1),
        ("2024-07-09", "", horizon("household", "2024-07-08"), 0),
    ],
)
def test_an_open_registration_is_judged_on_day_sixty(on: str, through: str, wakes: list[Wake], found: int) -> None:
    """Sixty days after the claim became known, as far as the household feed is complete."""
    judgement = r03.evaluate(dead(HOME), at(on, through))
    assert (judgement.wakes, len(judgement.findings)) == (wakes, found)


@pytest.mark.parametrize(
    ("on", "through", "wakes", "found"),
    [
        ("2024-11-01", "2024-10-31", calendar("2024-11-02"), 0),
        ("2024-11-02", "2024-10-31", horizon("card", "2024-11-01"), 0),
        ("2024-11-02", "2024-11-01", [], 1),
    ],
)
def test_a_dead_persons_card_is_judged_after_180_days(on: str, through: str, wakes: list[Wake], found: int) -> None:
    """180 days after the death, as far as the card feed is complete."""
    judgement = r17.evaluate(dead(CARD), at(on, through))
    assert (judgement.wakes, len(judgement.findings)) == (wakes, found)


def test_a_missing_card_waits_for_the_card_feed() -> None:
    """The card feed must have reached the day on which the enrolment became known."""
    someone = person((KNOWN, ENROLLED))
    assert r17.evaluate(someone, at(KNOWN, "2024-05-09")).wakes == horizon("card", KNOWN)
    assert len(r17.evaluate(someone, at("2024-05-11", KNOWN)).findings) == 1


def test_an_unresumed_record_is_asked_again_every_month() -> None:
    """The months to pay back grow while the record stays suspended."""
    suspended = fact(
        BenefitRecord,
        "r",
        record=b"r",
        benefit=BenefitKind.PENSION,
        scheme=170,
        state=BenefitState.SUSPENDED,
        reason=1299,
        changed_on="2024-05-11",
    )
    someone = dead(suspended)
    withdrawn = fact(
        DeathClaim, "claim", origin=DeathOrigin.MEDICAL, died_on="2024-05-06", source=Source.HEALTH, status=FactStatus.WITHDRAWN, sequence=9
    )
    apply_fact(someone, withdrawn, REF, day("2024-05-12"))
    assert undo_check.evaluate(someone, at("2024-05-12")).wakes == calendar("2024-06-01")
