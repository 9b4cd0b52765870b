"""Benefit money paid for months after the death, net of what came back (domain R01, 3.1c). Amounts in fen, months as month numbers.

The month is the one that the benefit is for (EAC064), never the run or the day of payment. Funeral grants, survivor grants and an account
balance paid to heirs are due and never enter, nor do allowances that only use the pension's payment platform.
"""

from collections import defaultdict
from collections.abc import Iterable

from msgspec import Struct, field

from processors.person.death import Death
from processors.person.person import Person
from processors.rules.model import Moment
from schemas.facts import BenefitPayment, BenefitRecovery
from schemas.kinds import ItemClass, PayLeg, RecoveryKind, Severity

NOT_OWED = frozenset({ItemClass.LUMP_INHERIT, ItemClass.FUNERAL, ItemClass.SURVIVOR, ItemClass.NOT_PENSION})


class Overpayment(Struct, kw_only=True):
    """One record's money after the death."""

    months: list[int]  # months with money that was not returned by the bank
    certain_months: list[int]  # of these, after the latest month of death that any source gives
    amount_fen: int  # paid less returned
    certain_fen: int
    refunded_fen: int  # refunds, offsets, write-offs
    balance_fen: int  # what is still open; never negative
    payments: list[BenefitPayment] = field(default_factory=list)  # paid legs
    failed: list[BenefitPayment] = field(default_factory=list)  # legs that the bank gave back
    recoveries: list[BenefitRecovery] = field(default_factory=list)
    unallocated: bool = False  # a recovery without a month was set against the oldest months

    by_month: dict[int, int] = field(default_factory=dict)  # amount of each month

    @property
    def disputed_fen(self) -> int:
        """Money for months that only some sources place after the death."""
        return self.amount_fen - self.certain_fen


def is_overpaid(paid: Overpayment, now: Moment, on_day: int, division: int) -> bool:
    """Whether enough months are paid and money is open: what R01 finds and what takes the record from R01A."""
    return paid.balance_fen > 0 and len(paid.months) >= now.policy.days("benefit.after_death.min_payments", on_day, division)


def last_month_due(death_month: int, now: Moment, death_day: int, division: int) -> int:
    """The last month for which a benefit is due: the month of death (国发〔2014〕8号 七), unless the division's rule says otherwise."""
    rule = now.policy.text("death.payment_rule", death_day, division)
    return death_month if rule == "NEXT_MONTH" else death_month - 1


def overpayment_of(person: Person, record: bytes, death: Death, now: Moment, division: int) -> Overpayment:
    """What one benefit record paid for months after the death, and what of it came back."""
    due = last_month_due(death.month, now, death.day, division)
    certain_due = last_month_due(death.last_month, now, death.last_day, division)
    legs = [leg for leg in person.payments(record) if leg.month > due and leg.item_class not in NOT_OWED]
    paid = [leg for leg in legs if leg.leg == PayLeg.PAID]
    back = [one for one in person.recoveries(record) if _of_death(one, due, death.day)]
    by_month = _net_by_month(paid, [one for one in back if one.recovery == RecoveryKind.RETURNED])
    amount_fen = sum(by_month.values())
    refunded_fen = sum(one.amount_fen for one in back if one.recovery != RecoveryKind.RETURNED)
    return Overpayment(
        months=sorted(by_month),
        certain_months=sorted(month for month in by_month if month > certain_due),
        amount_fen=amount_fen,
        certain_fen=sum(fen for month, fen in by_month.items() if month > certain_due),
        refunded_fen=refunded_fen,
        balance_fen=max(amount_fen - refunded_fen, 0),
        payments=paid,
        failed=[leg for leg in legs if leg.leg == PayLeg.FAILED],
        recoveries=back,
        unallocated=any(one.month == 0 for one in back),
        by_month=by_month,
    )


def severity_of(paid: Overpayment, now: Moment, on_day: int, division: int) -> Severity:
    """By the certain part (domain 3.5): none is MEDIUM, beyond the limits of the dishonesty list CRITICAL, else HIGH."""
    if paid.certain_fen <= 0:
        return Severity.MEDIUM
    above = paid.certain_fen > now.policy.days("overpay.critical_fen", on_day, division)
    longer = len(paid.certain_months) > now.policy.days("overpay.critical_months", on_day, division)
    return Severity.CRITICAL if above or longer else Severity.HIGH


def _of_death(recovery: BenefitRecovery, due: int, death_day: int) -> bool:
    """Whether a recovery is of money after the death: by its month, else by its booking."""
    if recovery.month:
        return recovery.month > due
    return not recovery.booked_on or recovery.booked_on > death_day


def _net_by_month(paid: Iterable[BenefitPayment], returned: Iterable[BenefitRecovery]) -> dict[int, int]:
    """Paid less returned by month, months without money left out; a return without month is set against the oldest."""
    net: dict[int, int] = defaultdict(int)
    for leg in paid:
        net[leg.month] += leg.amount_fen
    loose = 0
    for one in returned:
        if one.month:
            net[one.month] -= one.amount_fen
        else:
            loose += one.amount_fen
    for month in sorted(net):
        taken = min(loose, max(net[month], 0))
        net[month] -= taken
        loose -= taken
    return {month: fen for month, fen in net.items() if fen > 0}
