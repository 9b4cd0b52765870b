"""What a pension record really paid, and who wins a pair."""

from typing import Any

import pytest

from processors.person.drawing import Drawing, drawings_of
from processors.person.pension_pair import has_ended, pairs_of
from processors.person.person import Person
from schemas.dates import month
from schemas.facts import AnyFact, BenefitPayment, BenefitRecord, BenefitRecovery, Enrolment, Transfer
from schemas.kinds import BenefitKind, BenefitState, EnrolState, ItemClass, PayLeg, RecoveryKind, Scheme, Source
from tests.processors.person.people import fact, person

ON = "2024-05-01"
JAN = month(202401)


def record(name: str, scheme: int = Scheme.PENSION_RES, **given: Any) -> BenefitRecord:
    """An own pension record, payable."""
    base = {"record": name.encode(), "scheme": scheme, "benefit": BenefitKind.PENSION, "own": 1, "state": BenefitState.PAYABLE}
    return fact(BenefitRecord, f"R{name}", **(base | given))


def leg(name: str, row: str, number: int, amount_fen: int, **given: Any) -> BenefitPayment:
    """A paid basic item."""
    base = {"record": name.encode(), "month": number, "item": 100011, "item_class": ItemClass.BASIC, "leg": PayLeg.PAID}
    return fact(BenefitPayment, row, **(base | {"amount_fen": amount_fen, "run": row.encode(), "paid_on": ON} | given))


def back(name: str, row: str, number: int, amount_fen: int, kind: int = RecoveryKind.RETURNED, **given: Any) -> BenefitRecovery:
    """Money that came back, booked."""
    base = {"record": name.encode(), "month": number, "amount_fen": amount_fen, "recovery": kind, "state": PayLeg.PAID}
    return fact(BenefitRecovery, row, **(base | {"booked_on": ON} | given))


def of(*facts: AnyFact) -> Person:
    """A person who knows these facts."""
    return person(*((ON, one) for one in facts))


def only(*facts: AnyFact) -> Drawing:
    """The one drawing of these facts."""
    (drawing,) = drawings_of(of(*facts))
    return drawing


def test_amounts_by_class_and_month() -> None:
    """Basic, account and top-up add to a month, everything else does not."""
    drawing = only(
        record("A"),
        leg("A", "1", JAN, 10000),
        leg("A", "2", JAN, 2000, item_class=ItemClass.ACCOUNT),
        leg("A", "3", JAN, 300, item_class=ItemClass.TOP_UP),
        leg("A", "4", JAN, 7, item_class=ItemClass.FUNERAL),
        leg("A", "5", JAN, 7, item_class=ItemClass.UNKNOWN),
        leg("A", "6", JAN + 1, 500, leg=PayLeg.PENDING),
    )
    assert (drawing.sum_fen([JAN]), drawing.basic_fen([JAN, JAN + 1]), list(drawing.months)) == (12300, 10000, [JAN])


def test_one_payment_reported_twice_counts_once() -> None:
    """Payment identity is month, item and run; without a run its day. Another run of the month is another payment."""
    same = only(record("A"), leg("A", "1", JAN, 100, run=b"run"), leg("A", "2", JAN, 100, run=b"run"), leg("A", "3", JAN, 50, run=b"more"))
    assert same.sum_fen([JAN]) == 150
    undated = only(record("A"), leg("A", "1", JAN, 100, run=b""), leg("A", "2", JAN, 100, run=b""))
    assert undated.sum_fen([JAN]) == 100


def test_returned_money_never_arrived() -> None:
    """A return takes from its month, from the class that it equals first; a month left empty is not drawn."""
    legs = leg("A", "1", JAN, 100), leg("A", "2", JAN, 40, item_class=ItemClass.ACCOUNT)
    assert list(only(record("A"), *legs, back("A", "9", JAN, 140)).months) == []
    part = only(record("A"), *legs, back("A", "9", JAN, 40))
    assert (part.basic_fen([JAN]), part.sum_fen([JAN])) == (100, 100)
    rest = only(record("A"), *legs, back("A", "9", JAN, 120))
    assert (rest.basic_fen([JAN]), rest.sum_fen([JAN])) == (0, 20)


def test_recovered_counts_each_report_once() -> None:
    """Refund, offset and write-off of the months, or without month; two systems reporting one refund are one, two by one system are two."""
    refund = RecoveryKind.REFUND
    drawing = only(
        record("A"),
        leg("A", "1", JAN, 1000),
        back("A", "a", JAN, 10, refund, source=Source.BUSINESS),
        back("A", "b", JAN, 10, refund, source=Source.TAX),
        back("A", "c", JAN, 20, refund, source=Source.BUSINESS),
        back("A", "d", JAN, 20, refund, source=Source.BUSINESS),
        back("A", "e", 0, 300, RecoveryKind.OFFSET),
        back("A", "f", JAN + 5, 4000, RecoveryKind.WRITE_OFF),
        back("A", "g", JAN, 50000, refund, state=PayLeg.PENDING),
        back("A", "h", JAN, 7),
    )
    assert drawing.recovered_fen([JAN]) == 10 + 20 + 20 + 300
    assert drawing.recovered_fen([JAN, JAN + 5]) == 4350


def test_a_late_award_in_one_row_is_spread() -> None:
    """The first row pays all months since AIC160: known by its amount, or by the booking right before while nothing else is known."""
    start: dict[str, Any] = {"start_month": JAN, "changed_on": "2024-04-20"}
    first = leg("A", "1", JAN + 3, 401, paid_on="2024-05-10")
    alone = only(record("A", **start), first)
    assert alone.lumped
    assert [paid.basic_fen for paid in alone.months.values()] == [100, 100, 100, 101]
    by_amount = only(record("A", start_month=JAN), first, leg("A", "2", JAN + 4, 100))
    assert list(by_amount.months) == [JAN, JAN + 1, JAN + 2, JAN + 3, JAN + 4]


@pytest.mark.parametrize(
    ("given", "second"),
    [
        ({"start_month": JAN, "changed_on": "2024-04-20"}, 401),  # the next month is as high: months between were not paid
        ({"start_month": month(201501), "changed_on": "2015-02-01"}, 0),  # an old record whose history is not here
        ({"start_month": JAN, "changed_on": "2024-06-20"}, 0),  # booked after the payment
        ({"start_month": JAN, "changed_on": "2024-01-20"}, 0),  # booked in time
        ({"start_month": JAN}, 0),  # no booking day
        ({"start_month": 0, "changed_on": "2024-04-20"}, 0),
        ({"start_month": JAN + 3, "changed_on": "2024-04-20"}, 0),
    ],
)
def test_no_lump_without_reason(given: dict[str, Any], second: int) -> None:
    """A later start of payments alone spreads nothing."""
    legs = [leg("A", "1", JAN + 3, 401, paid_on="2024-05-10")] + ([leg("A", "2", JAN + 4, second)] if second else [])
    drawing = only(record("A", **given), *legs)
    assert not drawing.lumped
    assert min(drawing.months) == JAN + 3


@pytest.mark.parametrize(
    "given",
    [
        {"state": BenefitState.SUSPENDED, "reason": 1299},
        {"state": BenefitState.ENDED, "reason": 1407},
        {"reason": 1301},
        {"changed_on": "2024-05-02"},  # after the row became known: it dates something else
    ],
)
def test_a_later_booking_dates_no_award(given: dict[str, Any]) -> None:
    """AAE035 is the day of the present state: of a suspension, a resumption or an end it tells nothing about the award."""
    first = leg("A", "1", JAN + 3, 401, paid_on="2024-05-10")
    assert only(record("A", start_month=JAN, changed_on="2024-04-20"), first).lumped
    assert not only(record("A", **{"start_month": JAN, "changed_on": "2024-04-20", **given}), first).lumped


def test_only_own_pensions_draw() -> None:
    """A survivor benefit and another's pension are no drawing of the person."""
    assert drawings_of(of(record("A", own=0), record("B", benefit=BenefitKind.SURVIVOR))) == []


def test_two_resident_records_keep_the_first_place() -> None:
    """The place of first drawing stays, by start month, else by the first month paid; equal starts leave the choice open."""
    legs = leg("A", "1", JAN, 100), leg("B", "2", JAN, 200), leg("B", "3", JAN - 1, 200)
    (pair,) = pairs_of(someone := of(record("A"), record("B"), *legs), drawings_of(someone))
    assert (pair.clear and pair.clear.record.record, pair.months, pair.recoverable_fen) == (b"A", [JAN], 100)
    equal = of(record("A", start_month=JAN), record("B", start_month=JAN), *legs[:2])
    (pair,) = pairs_of(equal, drawings_of(equal))
    assert (pair.clear, pair.keep, pair.recoverable_fen, pair.least_fen) == (None, None, 0, 100)


def test_employee_pension_beside_resident_clears_the_resident() -> None:
    """110 stays, of 170 the basic part is asked back."""
    someone = of(
        record("A", Scheme.PENSION_EMP),
        record("B"),
        leg("A", "1", JAN, 300000),
        leg("B", "2", JAN, 100),
        leg("B", "3", JAN, 30, item_class=ItemClass.ACCOUNT),
    )
    (pair,) = pairs_of(someone, drawings_of(someone))
    assert pair.keep is not None
    assert (pair.keep.record.record, pair.recoverable_fen, pair.least_fen) == (b"A", 100, 100)


def test_ended_by_benefit_or_by_enrolment() -> None:
    """A record has ended when its benefit has, or when all enrolment rows of it have."""
    someone = of(record("A", state=BenefitState.ENDED))
    assert has_ended(someone, drawings_of(someone)[0])
    enrolled = {"record": b"A", "scheme": Scheme.PENSION_RES}
    for state, expected in ((EnrolState.ENDED, True), (EnrolState.DRAWING, False)):
        someone = of(record("A"), fact(Enrolment, "E", state=state, **enrolled))
        assert has_ended(someone, drawings_of(someone)[0]) is expected
    someone = of(record("A"), fact(Enrolment, "E", state=EnrolState.ENDED, record=b"other", scheme=Scheme.PENSION_RES))
    assert not has_ended(someone, drawings_of(someone)[0])


def test_a_fen_is_money_and_nothing_is_none() -> None:
    """A month with one fen is drawn; a record that never paid began never."""
    assert list(only(record("A"), leg("A", "1", JAN, 1)).months) == [JAN]
    assert only(record("A")).first_month == 0
    assert only(record("A"), leg("A", "1", JAN + 1, 5), leg("A", "2", JAN, 5)).first_month == JAN
    assert only(record("A", start_month=JAN - 9), leg("A", "1", JAN, 5)).first_month == JAN - 9


def test_the_earliest_leg_dates_the_award() -> None:
    """Two items of the first month: the earlier day of payment is compared with the booking."""
    given: dict[str, Any] = {"start_month": JAN, "changed_on": "2024-04-20"}
    legs = leg("A", "1", JAN + 3, 400, paid_on="2024-05-10"), leg("A", "2", JAN + 3, 40, item=2, paid_on="2024-12-10")
    assert only(record("A", **given), *legs).lumped


@pytest.mark.parametrize(("paid_on", "lumped"), [("2024-06-30", True), ("2024-07-01", False), ("2024-03-31", False)])
def test_an_award_is_paid_soon_after_its_booking(paid_on: str, lumped: bool) -> None:
    """In the month of the booking or the two behind it."""
    first = leg("A", "1", JAN + 3, 400, paid_on=paid_on)
    assert only(record("A", start_month=JAN, changed_on="2024-04-20"), first).lumped is lumped


def test_a_gap_or_a_booking_in_time_is_no_lump() -> None:
    """Payments with a hole behind the first tell nothing of its size; an award booked in its first month is not late."""
    holed = only(record("A", start_month=JAN, changed_on="2024-04-20"), leg("A", "1", JAN + 3, 400), leg("A", "2", JAN + 5, 100))
    assert not holed.lumped
    in_time = only(record("A", start_month=JAN, changed_on="2024-01-20"), leg("A", "1", JAN + 1, 200, paid_on="2024-02-10"))
    assert not in_time.lumped


MOVE = {"scheme": Scheme.PENSION_EMP, "division": 370202, "other_division": 370102, "booked_on": "2024-01-20", "direction": 2}


@pytest.mark.parametrize(
    ("given", "months"),
    [
        ({}, 0),
        ({"division": 370102, "other_division": 370202}, 0),
        ({"cancelled": 1}, 1),
        ({"scheme": Scheme.PENSION_RES}, 1),
        ({"booked_on": "2024-02-01"}, 1),
        ({"booked_on": 0}, 1),
        ({"other_division": 370303}, 1),
    ],
)
def test_the_month_of_a_transfer_is_no_overlap(given: dict[str, Any], months: int) -> None:
    """One shared month in which a standing transfer between exactly these places was booked."""
    records = record("A", Scheme.PENSION_EMP, place=370102), record("B", Scheme.PENSION_EMP, place=370202)
    legs = leg("A", "1", JAN, 100), leg("B", "2", JAN, 100)
    someone = of(*records, *legs, fact(Transfer, "T", **(MOVE | given)))
    assert len(pairs_of(someone, drawings_of(someone))) == months


def test_a_transfer_excuses_one_month_only_and_two_places_only() -> None:
    """Two shared months stand, and so do two records at one place."""
    records = record("A", Scheme.PENSION_EMP, place=370102), record("B", Scheme.PENSION_EMP, place=370202)
    legs = [leg(name, f"{name}{n}", JAN + n, 100) for name in "AB" for n in (0, 1)]
    someone = of(*records, *legs, fact(Transfer, "T", **MOVE))
    (pair,) = pairs_of(someone, drawings_of(someone))
    assert pair.months == [JAN, JAN + 1]
    one_place = record("A", Scheme.PENSION_EMP, place=370102), record("B", Scheme.PENSION_EMP, place=370102)
    local = fact(Transfer, "T", **(MOVE | {"division": 370102}))
    someone = of(*one_place, leg("A", "1", JAN, 100), leg("B", "2", JAN, 100), local)
    assert len(pairs_of(someone, drawings_of(someone))) == 1


def test_money_back_is_that_of_the_cleared_record_or_of_both() -> None:
    """While it is open which one goes, what came back on either counts."""
    refunds = [back(name, f"{name}9", JAN, fen, RecoveryKind.REFUND) for name, fen in (("A", 3), ("B", 40))]
    legs = leg("A", "1", JAN, 100), leg("B", "2", JAN, 100)
    both = of(record("A", Scheme.PENSION_EMP), record("B", Scheme.PENSION_EMP), *legs, *refunds)
    (pair,) = pairs_of(both, drawings_of(both))
    assert (pair.clear, pair.recovered_fen) == (None, 43)
    cleared = of(record("A", Scheme.PENSION_EMP), record("B"), *legs, *refunds)
    (pair,) = pairs_of(cleared, drawings_of(cleared))
    assert (pair.recovered_fen, pair.records) == (40, [b"A", b"B"])
