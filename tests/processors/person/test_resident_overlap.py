"""Months in the employee and in the resident pension at once, and what is to come back."""

from typing import Any

import pytest

from processors.person.person import Person
from processors.person.resident_overlap import (
    drawing_months,
    employee_months,
    has_moved,
    overlap_of,
    paying_both,
    refund_covers,
    refunded_fen,
    resident_payments,
    rounded_refund_fen,
)
from schemas.dates import day, month
from schemas.facts import AnyFact, BenefitPayment, BenefitRecord, ContribRefund, Contribution, Enrolment
from schemas.kinds import BenefitKind, BenefitState, ContribKind, EnrolState, ItemClass, PayerKind, PayLeg, Scheme, Stage
from tests.processors.person.people import fact, person

ON = "2025-05-01"
JAN = month(202401)


def paid(row: str, scheme: int, number: int, person_fen: int, **given: Any) -> Contribution:
    """A booked payment of one month by the person."""
    base = {"scheme": scheme, "month": number, "months": 1, "person_fen": person_fen, "stage": Stage.BOOKED, "kind": ContribKind.NORMAL}
    more = {"payer": b"self", "payer_kind": PayerKind.INDIVIDUAL, "bill": row.encode(), "paid_on": "2024-03-10", "place": 370102}
    return fact(Contribution, row, **(base | more | given))


def year(row: str = "R", person_fen: int = 30000, **given: Any) -> Contribution:
    """The resident payment of 2024."""
    return paid(row, Scheme.PENSION_RES, JAN, person_fen, **({"months": 12} | given))


def job(row: str, number: int, **given: Any) -> Contribution:
    """One employee month."""
    return paid(row, Scheme.PENSION_EMP, number, 40000, **given)


def back(row: str, number: int, months: int, person_fen: int) -> ContribRefund:
    """A paid refund of the resident payment."""
    given = {"scheme": Scheme.PENSION_RES, "month": number, "months": months, "person_fen": person_fen}
    return fact(ContribRefund, row, **(given | {"state": PayLeg.PAID, "bill": b"R", "payer": b"self"}))


def of(*facts: AnyFact) -> Person:
    """A person who knows these facts."""
    return person(*((ON, one) for one in facts))


def test_overlap_is_what_both_cover() -> None:
    """Five shared months of twelve: 125.00, in one part of one year."""
    someone = of(year(), *(job(f"E{n}", JAN + n) for n in range(7, 14)))
    years = paying_both(someone, employee_months(someone), 16)
    assert list(years) == [2024]
    assert overlap_of(years[2024]) == [JAN + n for n in range(7, 12)]
    assert rounded_refund_fen(years[2024]) == 12500


def test_the_refund_is_rounded_once_over_all_payments() -> None:
    """Three parts of a third of a fen make one fen."""
    someone = of(year("R", 100), year("S", 100), year("T", 100), *(job(f"E{n}", JAN + n) for n in range(4)))
    parts = paying_both(someone, employee_months(someone), 16)[2024]
    assert len(parts) == 3
    assert rounded_refund_fen(parts) == 100
    one = of(year("R", 50), job("E", JAN))
    assert rounded_refund_fen(paying_both(one, employee_months(one), 16)[2024]) == 4


def test_only_booked_covering_payments_of_both_sides_count() -> None:
    """TREASURY is not booked; an adjustment covers nothing; a subsidy is no premium, a premium by the government is one."""
    someone = of(
        job("E1", JAN, stage=Stage.TREASURY),
        job("E2", JAN + 1, kind=ContribKind.BASE_ADJUST),
        paid("E3", Scheme.PENSION_CIVIL, JAN + 2, 40000),
        year("G", 0, item=11, public_fen=100, payer_kind=PayerKind.GOVERNMENT),
        year("H", 0, item=0, public_fen=100, payer_kind=PayerKind.GOVERNMENT),
        year("S", 0, item=5, public_fen=100, payer_kind=PayerKind.GOVERNMENT, kind=ContribKind.SUBSIDY),
        year("T", 100, stage=Stage.TREASURY),
    )
    assert list(employee_months(someone)) == [JAN + 2]
    assert {entry.bill for entry in resident_payments(someone)} == {b"G", b"H"}


@pytest.mark.parametrize(
    ("refunds", "covers"),
    [
        ([], False),
        ([(JAN + 7, 5, 12500)], True),
        ([(JAN + 7, 5, 12490)], True),
        ([(JAN + 7, 5, 12510)], True),
        ([(JAN + 7, 5, 12489)], False),
        ([(JAN + 7, 5, 12511)], False),
        ([(JAN + 7, 4, 12500)], False),
        ([(JAN, 5, 12500)], False),
        ([(0, 5, 12500)], False),
        ([(JAN + 7, 2, 5000), (JAN + 9, 3, 7500)], True),
    ],
)
def test_refund_covers_by_months_and_amount(refunds: list[tuple[int, int, int]], covers: bool) -> None:
    """Its months hold the overlap and it differs by at most 0.10."""
    someone = of(year(), *(job(f"E{n}", JAN + n) for n in range(7, 12)), *(back(f"B{n}", *refund) for n, refund in enumerate(refunds)))
    parts = paying_both(someone, employee_months(someone), 16)[2024]
    assert refund_covers(parts, 10) is covers
    assert refunded_fen(parts) == sum(fen for _, _, fen in refunds)


def test_premium_by_the_government_is_never_settled_by_money() -> None:
    """Nothing is due and nothing came back: without a refund the overlap stands."""
    someone = of(year("G", 0, item=11, public_fen=100, payer_kind=PayerKind.GOVERNMENT), job("E", JAN))
    assert not refund_covers(paying_both(someone, employee_months(someone), 16)[2024], 10)


def test_the_year_ends_before_drawing() -> None:
    """Months from the start of the own resident pension are not covered; another scheme's or another person's start changes nothing."""
    own = {"scheme": Scheme.PENSION_RES, "own": 1, "start_month": JAN + 6, "benefit": BenefitKind.PENSION}
    for given, covered in ((own, 6), (own | {"own": 0}, 12), (own | {"scheme": Scheme.PENSION_EMP}, 12), (own | {"start_month": 0}, 12)):
        someone = of(year(), job("E", JAN), fact(BenefitRecord, "B", record=b"B", **given))
        ((part,),) = paying_both(someone, employee_months(someone), 16).values()
        assert part.covered == covered


@pytest.mark.parametrize(
    ("state", "reason", "moved"),
    [
        (EnrolState.ENDED, 6407, True),
        (EnrolState.ENDED, 1407, True),
        (EnrolState.ENDED, 6401, False),
        (EnrolState.PAUSED, 6407, False),
    ],
)
def test_moved_over_only_by_joining_the_employee_pension(state: int, reason: int, moved: bool) -> None:
    """6407 of the payment's own record, or of all where the record is unknown."""
    row = fact(Enrolment, "E", scheme=Scheme.PENSION_RES, record=b"RES", state=state, reason=reason)
    other = fact(Enrolment, "F", scheme=Scheme.PENSION_RES, record=b"OTHER", state=EnrolState.PAYING)
    for record, facts, expected in ((b"RES", (row, other), moved), (b"", (row, other), False), (b"", (row,), moved), (b"", (), False)):
        someone = of(year(record=record), *facts)
        assert has_moved(someone, resident_payments(someone)[0]) is expected


def test_drawing_months_by_payment_or_by_standing() -> None:
    """Paid months count whatever the state; a payable record counts from its start, a drawing enrolment where there is no record."""
    employee = employee_months(of(*(job(f"E{n}", JAN + n) for n in range(6))))
    base = {"record": b"B", "scheme": Scheme.PENSION_RES, "own": 1, "benefit": BenefitKind.PENSION, "start_month": JAN + 3}
    leg = fact(BenefitPayment, "P", record=b"B", month=JAN + 1, item=1, item_class=ItemClass.BASIC, amount_fen=5, leg=PayLeg.PAID, run=b"r")
    payable = fact(BenefitRecord, "B", **(base | {"state": BenefitState.PAYABLE}))
    assert list(drawing_months(of(payable, leg), employee)) == [JAN + 1, JAN + 3, JAN + 4, JAN + 5]
    assert list(drawing_months(of(fact(BenefitRecord, "B", **(base | {"state": BenefitState.SUSPENDED})), leg), employee)) == [JAN + 1]
    moved = fact(BenefitRecord, "B", **(base | {"state": BenefitState.ENDED, "reason": 1407}))
    assert list(drawing_months(of(moved, leg), employee)) == []
    enrolled = fact(Enrolment, "E", scheme=Scheme.PENSION_RES, state=EnrolState.DRAWING, changed_on="2024-05-02")
    assert list(drawing_months(of(enrolled), employee)) == [JAN + 4, JAN + 5]
    assert list(drawing_months(of(enrolled, moved), employee)) == []


def test_the_year_begins_with_the_sixteenth_birthday() -> None:
    """From the month of the birthday; an unknown birthday leaves the whole year."""
    someone = of(year(), *(job(f"E{n}", JAN + n) for n in range(12)))
    someone.head.birth_day = day("2008-05-20")
    ((part,),) = paying_both(someone, employee_months(someone), 16).values()
    assert (part.months[0], part.covered) == (JAN + 4, 8)
    someone.head.birth_day = 0
    ((part,),) = paying_both(someone, employee_months(someone), 16).values()
    assert (part.months[0], part.covered) == (JAN, 12)


def test_a_fen_left_is_still_a_payment() -> None:
    """A premium counts while a fen of it is there, and not when all is refunded."""
    assert len(resident_payments(of(year("R", 1)))) == 1
    assert len(resident_payments(of(year(), back("B", JAN, 12, 29999)))) == 1
    assert resident_payments(of(year(), back("B", JAN, 12, 30000))) == []


def test_the_latest_booking_dates_a_payment() -> None:
    """Two instalments of one bill: the last arrival says when it was paid."""
    someone = of(year("R1", 100, bill=b"R"), year("R2", 100, bill=b"R", paid_on="2024-06-20"), job("E", JAN))
    ((part,),) = paying_both(someone, employee_months(someone), 16).values()
    assert part.paid_on == day("2024-06-20")


def test_drawing_begins_with_the_first_of_two_records() -> None:
    """The earliest start counts."""
    base = {"scheme": Scheme.PENSION_RES, "own": 1, "benefit": BenefitKind.PENSION, "state": BenefitState.PAYABLE}
    records = [fact(BenefitRecord, name, record=name.encode(), start_month=JAN + n, **base) for n, name in ((4, "A"), (2, "B"))]
    employee = employee_months(of(*(job(f"E{n}", JAN + n) for n in range(6))))
    assert list(drawing_months(of(*records), employee)) == [JAN + 2, JAN + 3, JAN + 4, JAN + 5]
