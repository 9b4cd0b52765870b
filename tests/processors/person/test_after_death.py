"""Contributions that lie after a death: which, which months, to the fen."""

from typing import Any

import pytest

from processors.person.after_death import After, contributing, late_entries, late_part, paid_day
from processors.person.death import Death, death_of
from processors.person.entries import Entry, entries_of
from schemas.dates import day, month
from schemas.facts import Contribution, DeathClaim, Enrolment
from schemas.kinds import ContribKind, DeathOrigin, EnrolState, FactStatus, PayerKind, Scheme, Source, Stage
from tests.processors.person.people import at, fact, person


def death(died_on: str = "2024-05-06", other: str = "") -> Death:
    """A death of 2024-05-06, perhaps dated otherwise by a second source."""
    claims = [fact(DeathClaim, "m", origin=DeathOrigin.MEDICAL, died_on=died_on)]
    if other:
        claims.append(fact(DeathClaim, "p", origin=DeathOrigin.POLICE, died_on=other))
    found = death_of(person(*(("2024-05-10", claim) for claim in claims)), at("2024-05-10"))
    assert found is not None
    return found


def entry(yyyymm: int = 202406, **given: Any) -> Entry:
    """One booked entry of 300.00 by an employer."""
    values = {
        "scheme": Scheme.PENSION_EMP,
        "month": month(yyyymm),
        "months": 1,
        "bill": b"bill",
        "payer": b"firm",
        "stage": Stage.BOOKED,
        "kind": ContribKind.NORMAL,
        "payer_kind": PayerKind.EMPLOYER,
        "person_fen": 30000,
        "paid_on": "2024-06-18",
        "source": Source.BUSINESS,
    } | given
    (one,) = entries_of([fact(Contribution, "c", **values)], [])
    return one


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, After.CONTRIBUTION),
        ({"yyyymm": 202405}, None),
        ({"yyyymm": 202404, "kind": ContribKind.RETRO}, After.RETRO),
        ({"yyyymm": 202404, "kind": ContribKind.RETRO, "paid_on": "2024-05-06"}, None),
        ({"yyyymm": 202404, "kind": ContribKind.ARREARS, "payer_kind": PayerKind.INDIVIDUAL}, None),
        ({"yyyymm": 202404, "payer_kind": PayerKind.INDIVIDUAL}, After.RETRO),
        ({"yyyymm": 202405, "payer_kind": PayerKind.INDIVIDUAL, "paid_on": "2024-05-20"}, None),
        ({"yyyymm": 202405, "payer_kind": PayerKind.INDIVIDUAL, "paid_on": "2024-06-01"}, After.RETRO),
        ({"yyyymm": 202406, "paid_on": "2024-05-01"}, After.CONTRIBUTION),
        ({"yyyymm": 202401, "months": 12, "paid_on": "2024-05-06"}, None),
        ({"yyyymm": 202401, "months": 12, "paid_on": "2024-05-07"}, After.CONTRIBUTION),
        ({"yyyymm": 202501, "months": 12, "paid_on": "2024-05-06"}, None),
        ({"yyyymm": 202501, "months": 12, "paid_on": "2024-05-06", "scheme": Scheme.MED_RES}, After.YEAR_NOT_BEGUN),
        ({"yyyymm": 202501, "months": 12, "paid_on": "2024-05-07", "scheme": Scheme.MED_RES}, After.CONTRIBUTION),
        ({"yyyymm": 202401, "months": 12, "paid_on": "2023-11-06", "scheme": Scheme.MED_RES}, None),
        ({"yyyymm": 202405, "months": 12, "paid_on": "2024-05-01", "scheme": Scheme.MED_RES}, None),
        ({"kind": ContribKind.BASE_ADJUST}, None),
        ({"kind": ContribKind.UNKNOWN}, None),
    ],
)
def test_what_lies_after_a_death(given: dict[str, Any], expected: After | None) -> None:
    """Each line of the sheet on one entry."""
    found = late_part(entry(**given), death())
    assert (found.after if found else None) is expected


def test_only_booked_own_money_counts() -> None:
    """Treasury alone, public money alone and reversed rows are not found."""
    entries = [entry(stage=Stage.TREASURY), entry(person_fen=0, public_fen=10000, payer_kind=PayerKind.GOVERNMENT), entry(reversed=1)]
    assert late_entries(entries, death()) == []
    assert len(late_entries([entry()], death())) == 1


def test_the_share_of_a_year_is_rounded_once() -> None:
    """500.00 for twelve months, seven after the death, six of them after the latest date."""
    year = entry(202401, months=12, person_fen=50000)
    found = late_part(year, death(other="2024-06-02"))
    assert found is not None
    assert (found.months[0], found.months[-1]) == (month(202406), month(202412))
    assert (found.amount_fen, found.certain_fen) == (29167, 25000)


def test_back_pay_names_its_own_months() -> None:
    """Back-pay before the death counts whole, and none of it is certain to be after the death."""
    found = late_part(entry(202404, kind=ContribKind.RETRO), death())
    assert found is not None
    assert (found.months, found.amount_fen, found.certain_fen) == ((month(202404),), 30000, 0)


def test_the_payment_day() -> None:
    """The earliest payment day; without one the settlement month, without that the day of knowledge."""
    assert paid_day(entry()) == day("2024-06-18")
    rows = [fact(Contribution, f"r{number}", paid_on=f"2024-06-1{number}") for number in (8, 3)]
    several = entry()
    several.facts = rows
    assert paid_day(several) == day("2024-06-13")
    assert paid_day(entry(paid_on=0, settled_month=month(202407))) == day("2024-07-01")
    assert paid_day(entry(paid_on=0, known_on="2024-07-03")) == day("2024-07-03")


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"state": EnrolState.PAYING}, True),
        ({"state": EnrolState.DRAWING}, False),
        ({"state": EnrolState.PAUSED}, False),
        ({"state": EnrolState.ENDED}, False),
        ({"state": EnrolState.PAYING, "retired": 1}, False),
        ({"state": EnrolState.PAYING, "status": FactStatus.ENDED}, False),
        ({"state": EnrolState.PAYING, "scheme": Scheme.MED_EMP}, False),
    ],
)
def test_which_records_contribute(given: dict[str, Any], found: bool) -> None:
    """Active, not drawing, not retired, of this scheme."""
    row = fact(Enrolment, "e", **({"scheme": Scheme.PENSION_EMP, "record": b"r"} | given))
    assert bool(contributing(person(("2024-01-01", row)), Scheme.PENSION_EMP)) is found


def test_the_latest_row_of_a_record_speaks() -> None:
    """A record reported twice has ended when its latest row says so."""
    old = fact(Enrolment, "a", scheme=Scheme.PENSION_EMP, record=b"r", state=EnrolState.PAYING, changed_on="2020-01-01")
    new = fact(Enrolment, "b", scheme=Scheme.PENSION_EMP, record=b"r", state=EnrolState.ENDED, changed_on="2024-05-20")
    assert contributing(person(("2024-06-01", new), ("2024-06-01", old)), Scheme.PENSION_EMP) == []
