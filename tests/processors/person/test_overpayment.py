"""Money paid after a death, net of what came back, to the fen."""

from typing import Any
from unittest.mock import Mock

import pytest

from processors.person.death import Death, death_of
from processors.person.overpayment import Overpayment, is_overpaid, last_month_due, overpayment_of, severity_of
from processors.rules.model import Moment
from schemas.dates import day, month
from schemas.facts import AnyFact, BenefitPayment, BenefitRecovery, DeathClaim
from schemas.kinds import DeathOrigin, ItemClass, PayLeg, RecoveryKind, Severity
from tests.processors.person.people import POLICY, at, fact, person

KNOWN = "2024-07-01"
RECORD = b"record-1"


def claim(row: str = "claim", origin: DeathOrigin = DeathOrigin.MEDICAL, died_on: str = "2024-02-10", **given: Any) -> DeathClaim:
    """A claim of 2024-02-10."""
    return fact(DeathClaim, row, origin=origin, died_on=died_on, **given)


def paid(yyyymm: int, fen: int = 15000, row: str = "", **given: Any) -> BenefitPayment:
    """A paid leg of 150.00."""
    leg = {"leg": PayLeg.PAID, "item_class": ItemClass.BASIC, "item": 100011} | given
    return fact(BenefitPayment, row or f"p{yyyymm}", record=RECORD, month=month(yyyymm), amount_fen=fen, **leg)


def back(yyyymm: int, fen: int, kind: RecoveryKind = RecoveryKind.REFUND, **given: Any) -> BenefitRecovery:
    """Money that came back for a month; 0 = no month stated."""
    values = {"state": PayLeg.PAID, "booked_on": "2024-06-20"} | given
    name = f"b{yyyymm}{kind}"
    return fact(BenefitRecovery, name, record=RECORD, month=month(yyyymm) if yyyymm else 0, recovery=kind, amount_fen=fen, **values)


def result(*facts: AnyFact, claims: tuple[DeathClaim, ...] = ()) -> Overpayment:
    """The overpayment of the record."""
    someone = person(*((KNOWN, one) for one in (*(claims or (claim(),)), *facts)))
    return overpayment_of(someone, RECORD, _death(*(claims or (claim(),))), at(KNOWN), 370102)


def _death(*claims: DeathClaim) -> Death:
    death = death_of(person(*((KNOWN, one) for one in claims)), at(KNOWN))
    assert death is not None
    return death


def test_the_month_of_death_is_due() -> None:
    """Money for the month of death and before never enters."""
    assert result(paid(202401), paid(202402)).amount_fen == 0
    assert last_month_due(month(202402), at(KNOWN), day("2024-02-10"), 370102) == month(202402)


def test_a_division_may_stop_with_the_month_of_death() -> None:
    """Where local policy says so, the month of death itself is not due."""
    policy = Mock(wraps=POLICY)
    policy.text.side_effect = lambda *_: "SAME_MONTH"
    now = Moment(as_of=day(KNOWN), horizons={}, policy=policy)
    assert last_month_due(month(202402), now, day("2024-02-10"), 370102) == month(202401)


def test_certain_and_disputed() -> None:
    """Only months after the latest month that a source gives are certain."""
    claims = (claim(), claim("police", DeathOrigin.POLICE, "2024-05-05"))
    money = result(*(paid(number) for number in range(202403, 202407)), claims=claims)
    assert money.months == [month(number) for number in range(202403, 202407)]
    assert (money.amount_fen, money.certain_fen, money.disputed_fen, money.balance_fen) == (60000, 15000, 45000, 60000)
    assert money.certain_months == [month(202406)]


@pytest.mark.parametrize("kind", [ItemClass.FUNERAL, ItemClass.LUMP_INHERIT, ItemClass.SURVIVOR, ItemClass.NOT_PENSION])
def test_what_is_no_pension_never_enters(kind: ItemClass) -> None:
    """Grants to the family, inherited balances and delegated payments are not the dead person's benefit."""
    assert result(paid(202403, item_class=kind)).amount_fen == 0


@pytest.mark.parametrize("kind", [ItemClass.BASIC, ItemClass.ACCOUNT, ItemClass.TOP_UP, ItemClass.UNKNOWN])
def test_what_is_a_pension_enters(kind: ItemClass) -> None:
    """Basic part, account part and top-up are; an item of unknown class counts until its class is known."""
    assert result(paid(202403, item_class=kind)).amount_fen == 15000


def test_only_paid_legs_count_and_failed_ones_are_remembered() -> None:
    """Pending, failed and written-off legs are no money."""
    money = result(paid(202403, leg=PayLeg.PENDING), paid(202404, leg=PayLeg.FAILED), paid(202405, leg=PayLeg.WRITTEN_OFF))
    assert (money.amount_fen, money.months, len(money.failed)) == (0, [], 1)


def test_a_returned_leg_leaves_no_month() -> None:
    """Returned by the bank: the month is gone, no refund is counted."""
    money = result(paid(202403), paid(202404), back(202403, 15000, RecoveryKind.RETURNED))
    assert (money.months, money.amount_fen, money.refunded_fen, money.balance_fen) == ([month(202404)], 15000, 0, 15000)


def test_a_partly_returned_month_keeps_its_rest() -> None:
    """The rest of a month stays to the fen."""
    money = result(paid(202403), back(202403, 14999, RecoveryKind.RETURNED))
    assert (money.months, money.amount_fen, money.by_month) == ([month(202403)], 1, {month(202403): 1})


def test_a_return_without_month_takes_the_oldest_first() -> None:
    """Set against the oldest month first and flagged."""
    money = result(paid(202403), paid(202404), back(0, 20000, RecoveryKind.RETURNED))
    assert (money.by_month, money.unallocated) == ({month(202404): 10000}, True)


@pytest.mark.parametrize("kind", [RecoveryKind.REFUND, RecoveryKind.OFFSET, RecoveryKind.WRITE_OFF])
def test_recoveries_lower_the_balance_only(kind: RecoveryKind) -> None:
    """What was paid stays what was paid; the balance falls, never below zero."""
    money = result(paid(202403), back(202403, 5000, kind))
    assert (money.amount_fen, money.refunded_fen, money.balance_fen) == (15000, 5000, 10000)
    assert result(paid(202403), back(202403, 16000, kind)).balance_fen == 0


def test_recoveries_of_other_money_do_not_count() -> None:
    """For the month of death or earlier, booked before the death, or not paid yet."""
    others = [back(202402, 15000), back(0, 15000, booked_on="2024-02-10"), back(202403, 15000, RecoveryKind.OFFSET, state=PayLeg.PENDING)]
    assert result(paid(202403), *others).balance_fen == 15000
    assert result(paid(202403), back(0, 15000, booked_on="2024-02-11")).balance_fen == 0
    assert result(paid(202403), back(0, 15000, booked_on=0)).balance_fen == 0


@pytest.mark.parametrize(
    ("months", "fen", "severity"),
    [
        (1, 1, Severity.HIGH),
        (6, 100, Severity.HIGH),
        (7, 100, Severity.CRITICAL),
        (1, 1000000, Severity.HIGH),
        (1, 1000001, Severity.CRITICAL),
    ],
)
def test_severity_by_the_limits_of_the_dishonesty_list(months: int, fen: int, severity: Severity) -> None:
    """More than six months or more than 10 000.00 yuan is critical, the limits themselves are not."""
    money = result(*(paid(202403 + number, fen) for number in range(months)))
    assert severity_of(money, at(KNOWN), day(KNOWN), 370102) is severity


def test_disputed_money_alone_is_medium() -> None:
    """However much is disputed, severity comes from the certain part."""
    claims = (claim(), claim("police", DeathOrigin.POLICE, "2024-06-05"))
    money = result(paid(202403, 9000000), claims=claims)
    assert severity_of(money, at(KNOWN), day(KNOWN), 370102) is Severity.MEDIUM


def test_overpaid_while_money_is_open() -> None:
    """An open fen is enough, none is not."""
    assert is_overpaid(result(paid(202403, 1)), at(KNOWN), day(KNOWN), 370102)
    assert not is_overpaid(result(paid(202403), back(202403, 15000)), at(KNOWN), day(KNOWN), 370102)
