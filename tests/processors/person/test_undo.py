"""What an annulled death leaves to undo on a benefit record."""

from typing import Any

import pytest

from processors.person.claims import last_linked_day
from processors.person.person import Person
from processors.person.undo import Undo, annulled, undo_of
from schemas.dates import day, month
from schemas.facts import AnyFact, BenefitPayment, BenefitRecord, BenefitRecovery, DeathClaim
from schemas.kinds import BenefitKind, BenefitState, DeathOrigin, FactStatus, ItemClass, PayLeg, RecoveryKind, Source
from tests.processors.person.people import at, fact, person

RECORD = b"record-1"
WITHDRAWN: dict[str, Any] = {"status": FactStatus.WITHDRAWN, "sequence": 2}
KNOWN, FELL = "2024-05-10", "2024-06-03"


def claim(row: str = "claim", origin: DeathOrigin = DeathOrigin.MEDICAL, **given: Any) -> DeathClaim:
    """A claim of a death on 2024-05-06."""
    return fact(DeathClaim, row, **({"origin": origin, "died_on": "2024-05-06", "source": Source.HEALTH} | given))


def record(state: BenefitState = BenefitState.SUSPENDED, reason: int = 1299, changed_on: str = "2024-05-20") -> BenefitRecord:
    """A pension record as booked on a day."""
    return fact(
        BenefitRecord, "r", record=RECORD, benefit=BenefitKind.PENSION, scheme=170, state=state, reason=reason, changed_on=changed_on
    )


def annulled_person(*more: AnyFact) -> Person:
    """Claim known 2024-05-10, withdrawn 2024-06-03, and what else is given."""
    return person((KNOWN, claim()), (FELL, claim(**WITHDRAWN)), *((FELL, one) for one in more))


def undo(booked: BenefitRecord, *more: AnyFact, on: str = FELL) -> Undo | None:
    """What is to be undone on the record on a day."""
    someone = annulled_person(booked, *more)
    return undo_of(someone, booked, annulled(someone, at(on)), at(on))


def paid(yyyymm: int, paid_on: str, row: str = "") -> BenefitPayment:
    """200.00 paid for a month."""
    return fact(BenefitPayment, row or f"p{yyyymm}", record=RECORD, month=month(yyyymm), amount_fen=20000, leg=PayLeg.PAID, paid_on=paid_on)


def taken(yyyymm: int, fen: int, booked_on: str = "2024-05-25", kind: RecoveryKind = RecoveryKind.REFUND) -> BenefitRecovery:
    """Money recovered."""
    stated = month(yyyymm) if yyyymm else 0
    return fact(
        BenefitRecovery,
        f"t{yyyymm}{kind}",
        record=RECORD,
        month=stated,
        recovery=kind,
        amount_fen=fen,
        state=PayLeg.PAID,
        booked_on=booked_on,
    )


def test_a_claim_in_force_is_no_annulment() -> None:
    """Another department's claim that stands keeps the death."""
    other = claim("police", DeathOrigin.POLICE, source=Source.POLICE)
    assert annulled(annulled_person(other), at(FELL)) == []
    assert len(annulled(annulled_person(), at(FELL))) == 1


def test_the_agencys_own_later_booking_does_not_keep_the_death() -> None:
    """Ended because of the claim: the booking follows it. A booking that was there before stands on its own."""
    booked = claim("agency", DeathOrigin.FAMILY_COMMUNITY, source=Source.BUSINESS)
    assert len(annulled(annulled_person(booked), at(FELL))) == 1
    assert annulled(person(("2024-05-01", booked), (KNOWN, claim()), (FELL, claim(**WITHDRAWN))), at(FELL)) == []


def test_the_agencys_booking_on_the_same_day_follows() -> None:
    """Claim and booking of one day: the claim came first. With two withdrawn claims the earlier counts."""
    booked = claim("agency", DeathOrigin.FAMILY_COMMUNITY, source=Source.BUSINESS)
    assert len(annulled(person((KNOWN, claim()), (KNOWN, booked), (FELL, claim(**WITHDRAWN))), at(FELL))) == 1
    later = claim("later", DeathOrigin.FUNERAL, source=Source.CIVIL)
    gone = claim("later", DeathOrigin.FUNERAL, source=Source.CIVIL, **WITHDRAWN)
    someone = person((KNOWN, claim()), ("2024-05-15", booked), ("2024-05-20", later), (FELL, claim(**WITHDRAWN)), (FELL, gone))
    assert len(annulled(someone, at(FELL))) == 2


def test_a_familys_report_is_not_the_agencys_booking() -> None:
    """Only what the agencies booked themselves follows a claim; a report to the civil-affairs office stands."""
    assert annulled(annulled_person(claim("family", DeathOrigin.FAMILY_COMMUNITY, source=Source.CIVIL)), at(FELL)) == []
    assert annulled(annulled_person(claim("copy", DeathOrigin.MEDICAL, source=Source.BUSINESS)), at(FELL)) == []


def test_the_agencys_booking_alone_once_withdrawn() -> None:
    """The agency took its own booking back: nothing else stands."""
    booked: dict[str, Any] = {"origin": DeathOrigin.FAMILY_COMMUNITY, "source": Source.BUSINESS}
    assert len(annulled(person((KNOWN, claim(**booked)), (FELL, claim(**booked, **WITHDRAWN))), at(FELL))) == 1


@pytest.mark.parametrize(
    ("changed_on", "linked"),
    [("2024-05-09", False), ("2024-05-10", True), ("2024-06-03", True), ("2024-06-11", True), ("2024-06-12", False)],
)
def test_a_suspension_is_linked_from_knowledge_to_five_working_days_after(changed_on: str, linked: bool) -> None:
    """From the day on which the claim became known to five working days after its withdrawal (端午节 counted out)."""
    assert (undo(record(changed_on=changed_on), on="2024-06-30") is not None) is linked
    (one,) = annulled(annulled_person(), at(FELL))
    assert last_linked_day(one, at(FELL)) == day("2024-06-11")


@pytest.mark.parametrize(
    ("state", "reason", "stopped"),
    [
        (BenefitState.SUSPENDED, 1200, True),
        (BenefitState.SUSPENDED, 1201, True),
        (BenefitState.SUSPENDED, 1300, False),
        (BenefitState.ENDED, 1401, True),
        (BenefitState.ENDED, 1402, False),
        (BenefitState.PAYABLE, 0, False),
    ],
)
def test_which_bookings_stop(state: BenefitState, reason: int, stopped: bool) -> None:
    """Any 12xx suspension, and an end by death."""
    found = undo(record(state, reason))
    assert (found is not None and found.stopped) is stopped


def test_months_to_pay_back_start_after_the_month_of_death() -> None:
    """The month of death was due and is never counted; a paid month is none; the present month is."""
    found = undo(record(), paid(202406, "2024-06-01"), on="2024-08-01")
    assert found is not None
    assert found.months == [month(202407), month(202408)]


def test_months_to_pay_back_start_no_earlier_than_knowledge() -> None:
    """A death dated years back says nothing of the months that were paid before it was known."""
    someone = person((KNOWN, claim(died_on="2019-01-01")), (FELL, claim(died_on="2019-01-01", **WITHDRAWN)), (FELL, record()))
    found = undo_of(someone, record(), annulled(someone, at(FELL)), at(FELL))
    assert found is not None
    assert found.months == [month(202405), month(202406)]


def test_a_payable_record_that_was_never_stopped_owes_nothing() -> None:
    """A change of the record that is no resumption says nothing of withheld months."""
    assert undo(record(BenefitState.PAYABLE, 0)) is None
    assert undo(record(BenefitState.SUSPENDED, 1399)) is None


def test_a_record_stopped_on_the_day_of_the_claim() -> None:
    """The day of knowledge counts as after it."""
    found = undo(record(changed_on=KNOWN))
    assert found is not None
    assert found.months == [month(202406)]


def test_only_money_that_arrived_pays_a_month() -> None:
    """A failed leg and a grant of another kind leave the month unpaid; a refund of a paid month does not."""
    failed = fact(BenefitPayment, "f", record=RECORD, month=month(202406), amount_fen=20000, leg=PayLeg.FAILED, paid_on="2024-06-01")
    grant = fact(
        BenefitPayment,
        "g",
        record=RECORD,
        month=month(202406),
        amount_fen=9,
        leg=PayLeg.PAID,
        item_class=ItemClass.FUNERAL,
        paid_on="2024-06-01",
    )
    for leg in (failed, grant):
        found = undo(record(), leg)
        assert found is not None
        assert found.months == [month(202406)]
    found = undo(record(), paid(202406, "2024-06-01"), taken(202406, 20000, "2024-06-02"), taken(202405, 1, kind=RecoveryKind.RETURNED))
    assert found is not None
    assert (found.months, found.recovered_fen) == ([], 20000)


@pytest.mark.parametrize(("first_unpaid", "linked"), [(202407, True), (202408, False)])
def test_withheld_months_begin_with_the_annulment(first_unpaid: int, linked: bool) -> None:
    """A gap that begins later than the month after the last linked day has another cause."""
    resumed = record(BenefitState.PAYABLE, 1399, "2024-09-20")
    months = [paid(number, "2024-09-01") for number in range(202406, first_unpaid)]
    assert (undo(resumed, *months, on="2024-09-21") is not None) is linked


def test_a_returned_payment_is_a_month_to_pay() -> None:
    """What the bank gave back did not reach the person."""
    found = undo(record(), paid(202406, "2024-06-01"), taken(202406, 20000, "2024-06-02", RecoveryKind.RETURNED))
    assert found is not None
    assert (found.months, found.recovered_fen) == ([month(202406)], 0)


def test_resumed_but_not_paid_back() -> None:
    """Found until the months in between are paid, then nothing is left."""
    resumed = record(BenefitState.PAYABLE, 1399, "2024-07-20")
    found = undo(resumed, paid(202406, "2024-06-15"), on="2024-07-21")
    assert found is not None
    assert (found.stopped, found.months) == (False, [month(202407)])
    assert undo(resumed, paid(202406, "2024-06-15"), paid(202407, "2024-07-25"), on="2024-07-26") is None


def test_a_later_gap_is_not_this_deaths() -> None:
    """Months unpaid long after the withdrawal have another cause."""
    later = record(BenefitState.PAYABLE, 1301, "2025-01-20")
    months = [paid(number, "2024-12-31") for number in (*range(202406, 202413),)]
    assert undo(later, *months, on="2025-01-21") is None


@pytest.mark.parametrize(
    ("kind", "fen"), [(RecoveryKind.REFUND, 5000), (RecoveryKind.OFFSET, 5000), (RecoveryKind.WRITE_OFF, 0), (RecoveryKind.RETURNED, 0)]
)
def test_recovered_money_is_what_the_person_gave(kind: RecoveryKind, fen: int) -> None:
    """Refunds and offsets were taken from the person; a write-off was not."""
    found = undo(record(BenefitState.PAYABLE, 0), taken(202406, 5000, "2024-06-02", kind))
    assert (found.recovered_fen if found else 0) == fen


def test_recovered_money_is_undone_by_paying_it_again() -> None:
    """For the same month, after the recovery; the payment that was recovered does not count."""
    payable = record(BenefitState.PAYABLE, 0)
    first = paid(202406, "2024-05-25", "first")
    found = undo(payable, first, taken(202406, 20000))
    assert found is not None
    assert found.recovered_fen == 20000
    assert undo(payable, first, taken(202406, 20000), paid(202406, "2024-06-20", "again")) is None


def test_two_recoveries_of_one_month() -> None:
    """Repayment counts from the first of them."""
    payable = record(BenefitState.PAYABLE, 0)
    second = taken(202406, 5000, "2024-06-02", RecoveryKind.OFFSET)
    found = undo(payable, taken(202406, 5000, "2024-05-25"), second, paid(202406, "2024-05-30", "again"))
    assert found is None


def test_recovered_money_without_a_month_is_undone_by_paying_for_earlier_months() -> None:
    """An ordinary payment for the next month is no repayment, one for a past month is."""
    payable = record(BenefitState.PAYABLE, 0)
    ordinary = undo(payable, taken(0, 20000), paid(202406, "2024-06-15"))
    assert ordinary is not None
    assert ordinary.recovered_fen == 20000
    present = undo(payable, taken(0, 20000), paid(202405, "2024-06-15"))
    assert present is not None
    assert undo(payable, taken(0, 20000), paid(202404, "2024-06-15")) is None


def test_recoveries_before_the_claim_or_for_months_before_the_death_are_other_money() -> None:
    """Booked before it was known, or for a month that was due anyway."""
    payable = record(BenefitState.PAYABLE, 0)
    assert undo(payable, taken(202406, 5000, "2024-05-09")) is None
    assert undo(payable, taken(202405, 5000, "2024-05-25")) is None


def test_a_suspension_is_not_undone_while_the_agencys_booking_stands() -> None:
    """Only the end by death itself is questioned then."""
    booked = claim("agency", DeathOrigin.FAMILY_COMMUNITY, source=Source.BUSINESS)
    assert undo(record(), booked) is None
    assert undo(record(BenefitState.ENDED, 1401), booked) is not None
