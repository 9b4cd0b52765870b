"""Which months of pension one record really paid, and how much (domain R06). Months as month numbers, money in fen.

Counted are PAID legs of the person's own pension items by the month they are for (EAC064), less what the bank returned: a month that failed
at one place and was paid at another was paid once. Funeral, survivor and inheritance items and allowances that only use the payment platform
are no pension. One payment is (month, item, run), however often it was reported.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from copy import copy

from msgspec import Struct, field
from msgspec.structs import replace

from processors.person.awards import award_of
from processors.person.person import Person
from processors.person.records import benefit_records
from schemas.dates import month_of_day
from schemas.facts import BenefitPayment, BenefitRecord, BenefitRecovery
from schemas.kinds import PENSION, BenefitKind, ItemClass, PayLeg, RecoveryKind

PENSION_ITEMS = (ItemClass.BASIC, ItemClass.ACCOUNT, ItemClass.TOP_UP)
AWARD_RUN_MONTHS = 2  # a first payment this close behind the booking of the award is the award's
LUMP_SHARE = 0.8  # of the regular amounts of all months since the start: less is not a lump of them all


class Paid(Struct):
    """Net pension money of one month, by class of item."""

    basic_fen: int = 0
    account_fen: int = 0
    top_up_fen: int = 0

    @property
    def total_fen(self) -> int:
        """All of it."""
        return self.basic_fen + self.account_fen + self.top_up_fen


class Drawing(Struct, kw_only=True):
    """One pension record of the person with the months that it paid."""

    record: BenefitRecord
    months: dict[int, Paid]  # months with money that was not returned
    legs: list[BenefitPayment] = field(default_factory=list)  # paid legs
    recoveries: list[BenefitRecovery] = field(
        default_factory=list
    )  # booked ones, each once; what the bank returned for a month is off `months`
    lumped: bool = False  # the first run paid the months since the start of entitlement in one row

    @property
    def first_month(self) -> int:
        """When it began to draw: AIC160, else the first month paid; 0 = never."""
        return self.record.start_month or min(self.months, default=0)

    def sum_fen(self, months: Iterable[int]) -> int:
        """All pension money of these months."""
        return sum(self.months[month].total_fen for month in months if month in self.months)

    def basic_fen(self, months: Iterable[int]) -> int:
        """The basic pension of these months: what 衔接办法 8 asks back of a 170 record."""
        return sum(self.months[month].basic_fen for month in months if month in self.months)

    def recovered_fen(self, months: Sequence[int]) -> int:
        """What was refunded, offset or written off for these months; a recovery without month counts for them."""
        return sum(
            one.amount_fen for one in self.recoveries if one.recovery != RecoveryKind.RETURNED and (not one.month or one.month in months)
        )


def less_loose_returns(drawing: Drawing, months: Sequence[int]) -> Drawing:
    """The drawing without what the bank returned for no stated month, taken off the oldest of these months first (domain 3.1c).

    A return takes off no month that was paid after it was booked.
    """
    loose = [one for one in drawing.recoveries if one.recovery == RecoveryKind.RETURNED and not one.month]
    if not loose or not months:
        return drawing
    left = {month: copy(paid) for month, paid in drawing.months.items()}
    for one in loose:
        amount_fen = one.amount_fen
        for month in months:
            if one.booked_on and one.booked_on < _paid_on(drawing, month):
                continue
            taken = min(amount_fen, left[month].total_fen)
            _take(left[month], taken)
            amount_fen -= taken
    return replace(drawing, months={month: paid for month, paid in left.items() if paid.total_fen > 0})


def _paid_on(drawing: Drawing, month: int) -> int:
    """The first day of payment for a month; of a month of a lump that of the lump."""
    days = [leg.paid_on for leg in drawing.legs if leg.month == month] or [leg.paid_on for leg in drawing.legs]
    return min(days, default=0)


def drawings_of(person: Person) -> list[Drawing]:
    """The person's own pension records with what they paid, by record."""
    return person.once(_drawings_of)


def _drawings_of(person: Person) -> list[Drawing]:
    own = [one for one in benefit_records(person) if one.benefit == BenefitKind.PENSION and one.own and one.scheme in PENSION]
    return [drawing_of(person, record) for record in own]


def drawing_of(person: Person, record: BenefitRecord) -> Drawing:
    """One pension record with what it paid."""
    legs = paid_legs(person.payments(record.record))
    recoveries = person.recoveries(record.record)
    months: dict[int, Paid] = defaultdict(Paid)
    for leg in legs:
        _add(months[leg.month], leg.item_class, leg.amount_fen)
    for one in recoveries:
        if one.recovery == RecoveryKind.RETURNED and one.month in months:
            _take(months[one.month], one.amount_fen)
    months = {month: paid for month, paid in sorted(months.items()) if paid.total_fen > 0}
    lump = _lump(record, months, legs)
    return Drawing(record=record, months=lump or months, legs=legs, recoveries=recoveries, lumped=bool(lump))


def paid_legs(payments: Iterable[BenefitPayment]) -> list[BenefitPayment]:
    """PAID legs of pension items."""
    return [leg for leg in payments if leg.leg == PayLeg.PAID and leg.item_class in PENSION_ITEMS and leg.amount_fen > 0]


def _add(paid: Paid, item_class: int, amount_fen: int) -> None:
    if item_class == ItemClass.BASIC:
        paid.basic_fen += amount_fen
    elif item_class == ItemClass.ACCOUNT:
        paid.account_fen += amount_fen
    else:
        paid.top_up_fen += amount_fen


def _take(paid: Paid, amount_fen: int) -> None:
    """A returned amount leaves the class that it equals, else basic, account and top-up in turn."""
    for name in sorted(("basic_fen", "account_fen", "top_up_fen"), key=lambda name: getattr(paid, name) != amount_fen):
        taken = min(getattr(paid, name), amount_fen)
        setattr(paid, name, getattr(paid, name) - taken)
        amount_fen -= taken


# a late award that pays earlier months in one row


def _lump(record: BenefitRecord, months: dict[int, Paid], legs: Sequence[BenefitPayment]) -> dict[int, Paid]:
    """The months with the first one spread over all since the start (AIC160), where the first run paid them in one row; else empty."""
    first = min(months, default=0)
    span = first - record.start_month + 1
    if not first or not record.start_month or span <= 1 or not _is_lump(record, months, first, span, legs):
        return {}
    paid = months[first]
    spread = {
        record.start_month + nth: Paid(
            _nth(paid.basic_fen, nth, span),
            _nth(paid.account_fen, nth, span),
            _nth(paid.top_up_fen, nth, span),
        )
        for nth in range(span)
    }
    return spread | {month: other for month, other in months.items() if month != first}


def _is_lump(record: BenefitRecord, months: dict[int, Paid], first: int, span: int, legs: Sequence[BenefitPayment]) -> bool:
    """The first amount is that of all months, or nothing else is known and it came right behind the booking of a late award."""
    if first + 1 in months:
        return months[first].total_fen >= LUMP_SHARE * span * months[first + 1].total_fen
    awarded_on = award_of(record)
    if not awarded_on or len(months) > 1:
        return False
    paid_on = min(leg.paid_on for leg in legs if leg.month == first)
    booked = month_of_day(awarded_on)
    return booked > record.start_month and 0 <= month_of_day(paid_on) - booked <= AWARD_RUN_MONTHS


def _nth(amount_fen: int, nth: int, count: int) -> int:
    return amount_fen * (nth + 1) // count - amount_fen * nth // count
