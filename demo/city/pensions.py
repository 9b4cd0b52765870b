"""Benefits: start, monthly payment, suspension, end, money that comes back, life certification."""

import datetime as dt
from dataclasses import replace

from demo.city.life import Life
from demo.city.money import MED_EMP, PENSION_EMP, PENSION_RES
from demo.city.records import Benefit, Certification, Enrolment, MedicalEnrolment, Payment, Recovery
from schemas.dates import yyyymm

AMOUNTS = {PENSION_RES: 21_300, PENSION_EMP: 285_000}
PAY_DAY = 15


def draw(life: Life, scheme: int, start: int, on: dt.date, place: int | None = None, account: str | None = None) -> Benefit:
    """A pension begins with a month of the run: the enrolment record turns to drawing (6501), the benefit record opens."""
    city = life.city
    before = life.enrolments.get(scheme)
    since = before.since if before and not account else city.at(start, 1)
    enrolment = Enrolment(
        row=before.row if before and not account else city.row(), who=life.who, noted=on, account=account or life.account,
        place=place or life.home, scheme=scheme, pair="13", payer_kind="102" if scheme == PENSION_RES else "101", reason="6501",
        since=since, changed_on=on, first_month=since.year * 12 + since.month - 1, retired=True,
    )  # fmt: skip
    benefit = Benefit(
        row=city.row(), who=life.who, noted=on, account=enrolment.account, place=enrolment.place, scheme=scheme, changed_on=on,
        start=city.month(start),
    )  # fmt: skip
    life.enrolments[scheme] = enrolment
    life.benefits[scheme] = benefit
    city.write(enrolment)
    city.write(benefit)
    return benefit


def retire_medical(life: Life, on: dt.date) -> None:
    """310 without contributions: the years are complete."""
    before = life.medical.get(MED_EMP)
    since = before.since if before else on
    record = MedicalEnrolment(
        row=before.row if before else life.city.row(), who=life.who, noted=on, account=life.account, place=life.home, scheme=MED_EMP,
        kind="12", since=since, changed_on=on, first_month=since.year * 12 + since.month - 1, retired=True,
    )  # fmt: skip
    life.medical[MED_EMP] = record
    life.city.write(record)


def pay_benefit(
    life: Life, benefit: Benefit, offset: int, *, on: dt.date | None = None, state: str = "1", item: str = "100011", amount: int = 0
) -> Payment:
    """One payment for a month of the run; on the usual day of that month unless said otherwise."""
    city = life.city
    paid = on or city.at(offset, PAY_DAY)
    record = Payment(
        row=city.row(), who=benefit.who, noted=paid, account=benefit.account, place=benefit.place, scheme=benefit.scheme, item=item,
        month=city.month(offset), amount_fen=amount or AMOUNTS[benefit.scheme], state=state, paid_on=paid,
        run=f"{benefit.place}{yyyymm(paid.year * 12 + paid.month - 1)}{benefit.scheme}",
    )  # fmt: skip
    city.write(record)
    return record


def pay_benefits(life: Life, benefit: Benefit, first: int, last: int) -> None:
    """Paid every month of the run from `first` to `last`."""
    for offset in range(first, min(last, life.city.months - 1) + 1):
        pay_benefit(life, benefit, offset)


def change_benefit(life: Life, benefit: Benefit, on: dt.date, state: str, reason: str, died: dt.date | None = None) -> Benefit:
    """Suspended (0, 12xx), resumed (1, 13xx) or ended (3, 14xx)."""
    end = on.year * 12 + on.month - 1 if state == "3" else 0
    changed = replace(benefit, noted=on, state=state, reason=reason, changed_on=on, died_on=died, end=end)
    if life.benefits.get(benefit.scheme) is benefit:
        life.benefits[benefit.scheme] = changed
    life.city.write(changed)
    return changed


def give_back(life: Life, payment: Payment, on: dt.date, kind: str = "1") -> None:
    """The money of one payment comes back: returned by the bank (1), refunded (2)."""
    life.city.write(
        Recovery(
            row=life.city.row(),
            who=payment.who,
            noted=on,
            account=payment.account,
            place=payment.place,
            scheme=payment.scheme,
            month=payment.month,
            kind=kind,
            amount_fen=payment.amount_fen,
        )
    )


def certify(life: Life, benefit: Benefit, seen: dt.date, way: str, on: dt.date | None = None) -> None:
    """The pensioner proves to be alive, on a day; uploaded on that day unless said otherwise."""
    life.city.write(
        Certification(
            row=life.city.row(),
            who=life.who,
            noted=on or seen,
            account=benefit.account,
            place=benefit.place,
            scheme=benefit.scheme,
            way=way,
            seen_on=seen,
        )
    )
