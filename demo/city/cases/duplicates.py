"""R06, R08, R09, R10 and R19: two pensions, two memberships, two payments, and identities that do not agree."""

import datetime as dt
from dataclasses import replace

from demo.city.cases.death_payments import record_of
from demo.city.city import DAY, OTHER_CITY, City
from demo.city.labels import RecordOf
from demo.city.life import Life
from demo.city.money import INJURY, MED_EMP, MED_RES, PENSION_EMP, PENSION_RES, Bill, pay
from demo.city.pensions import change_benefit, draw, give_back, pay_benefit, pay_benefits
from demo.city.plan import case, trap
from demo.city.records import MedicalEnrolment, Refund
from demo.city.residents import join_medical, join_pension, pay_medical_year, pay_pension_year
from demo.city.standing import employee, member, pensioner, resident, retiree
from demo.city.work import end, hire, leave, pay_months
from schemas.dates import yyyymm


def second_pension(life: Life, scheme: int, start: int, place: int) -> tuple[RecordOf, RecordOf]:
    """A further pension record of the person, paid from a month on; returns both records' scopes."""
    first = next(iter(life.benefits.values()))
    account = f"37{life.city.row():08d}"
    other = draw(life, scheme, start, life.city.at(start, 3), place=place, account=account)
    pay_benefits(life, other, start, 1000)
    return record_of(first), record_of(other)


@case("R06", 6)
def two_schemes(city: City) -> None:
    """The employee pension begins, the resident pension goes on."""
    life = pensioner(city, 63)
    city.expect(life.who, "R06", *second_pension(life, PENSION_EMP, 3, life.home))


@case("R06", 6)
def two_places(city: City) -> None:
    """The resident pension is drawn in two cities."""
    life = pensioner(city, 70)
    city.expect(life.who, "R06", *second_pension(life, PENSION_RES, 3, 370883))


@case("R06", 9)
def two_schemes_settled(city: City) -> None:
    """Two months paid twice; the resident record is ended (1407), and what was paid is refunded."""
    life = pensioner(city, 64, last=2)
    benefit = life.benefits[PENSION_RES]
    first, second = second_pension(life, PENSION_EMP, 3, life.home)
    payments = [pay_benefit(life, benefit, offset) for offset in (3, 4)]
    change_benefit(life, benefit, city.at(4, 26), "3", "1407")
    for payment in payments:
        give_back(life, payment, city.at(6, 12), "2")
    city.expect(life.who, "R06", first, second, premise="HEALED")


@trap("R06", 7)
def award_paid_for_months_past(city: City) -> None:
    """An employee pension is granted late: three months in one run, all after the resident pension ended."""
    life = pensioner(city, 61, last=1)
    change_benefit(life, life.benefits[PENSION_RES], city.at(1, 28), "3", "1407")
    other = draw(life, PENSION_EMP, 2, city.at(5, 4), account=f"37{city.row():08d}")
    for offset in (2, 3, 4):
        pay_benefit(life, other, offset, on=city.at(5, 15))
    pay_benefits(life, other, 5, 1000)
    city.expect_nothing(life.who)


@trap("R06", 6)
def failed_here_paid_there(city: City) -> None:
    """He moves: the last run of the old place fails, the new place pays that month."""
    life = pensioner(city, 69, last=2)
    benefit = life.benefits[PENSION_RES]
    pay_benefit(life, benefit, 3, state="2")
    change_benefit(life, benefit, city.at(3, 18), "3", "1406")
    second_pension(life, PENSION_RES, 3, 370883)
    city.expect_nothing(life.who)


@trap("R06", 6)
def re_reported_after_the_merger(city: City) -> None:
    """莱芜 became part of 济南: the same record is reported again under the new agency, with its history."""
    life = pensioner(city, 71)
    benefit = life.benefits[PENSION_RES]
    old = replace(benefit, row=city.row(), place=371202)
    new = replace(benefit, row=city.row(), place=370116, noted=city.at(2, 20))
    city.changes = [
        change for change in city.changes if getattr(change.record, "scheme", 0) != PENSION_RES or change.record.who is not life.who
    ]
    enrolment = replace(life.enrolments[PENSION_RES], place=371202)
    city.write(enrolment)
    city.write(replace(enrolment, row=city.row(), place=370116, noted=city.at(2, 20)))
    city.write(old)
    city.write(new)
    pay_benefits(life, old, -3, 2)
    pay_benefits(life, new, 3, 1000)
    for offset in (0, 1, 2):
        payment = pay_benefit(life, new, offset, on=city.at(offset, 15))
        last = city.changes.pop()
        city.changes.append(replace(last, day=city.at(2, 21), record=replace(payment, noted=city.at(2, 21))))
    city.expect_nothing(life.who)


@trap("R06", 6)
def allowance_through_the_same_platform(city: City) -> None:
    """A retired village teacher gets an allowance that the resident platform pays out; it is no pension."""
    life = retiree(city, 72)
    benefit = replace(life.benefits[PENSION_EMP], scheme=PENSION_RES, account=f"37{city.row():08d}")
    for offset in range(min(6, city.months)):
        pay_benefit(life, benefit, offset, item="805", amount=12_000)
    city.expect_nothing(life.who)


def starts_work(life: Life, employer: str, start: int, last: int = 1000, *, pause_medical: int | None = 12) -> None:
    """A resident member finds a job: employee schemes from that month on; 390 is paused some days later, or never."""
    city = life.city
    hire(life, employer, city.at(start, 1))
    pay_months(life, employer, start, last)
    if pause_medical is not None:
        leave(life, city.at(start, pause_medical), "6407", [MED_RES])


@case("R08", 9)
def year_paid_then_a_job(city: City) -> None:
    """170 for the year was paid in March; the job begins in May."""
    life = resident(city, 34, pension_years=(city.first.year,))
    pay_pension_year(life, city.first.year + 1, city.at(5, 10))
    starts_work(life, city.registry.employer(), 7)
    leave(life, city.at(7, 12), "6407", [PENSION_RES])
    city.expect(life.who, "R08", city.first.year + 1, subtype="PAYING_BOTH")


@case("R08", 11)
def year_paid_then_a_job_and_refunded(city: City) -> None:
    """Two months in the firm; the share of these months is refunded (F10004)."""
    life = resident(city, 31, pension_years=(city.first.year,))
    year = city.first.year + 1
    pay_pension_year(life, year, city.at(5, 10))
    starts_work(life, city.registry.employer(), 6, 7, pause_medical=None)
    leave(life, city.at(6, 10), "6407", [PENSION_RES, MED_RES])
    leave(life, city.at(8, 2), "6301")
    city.write(
        Refund(
            row=city.row(),
            who=life.who,
            noted=city.at(9, 18),
            by_tax=False,
            account=life.account,
            place=life.home,
            scheme=PENSION_RES,
            month=city.month(6),
            months=2,
            bill=f"{life.account[-7:]}{year}01170",
            document=f"TF{city.row():07d}",
            person_fen=5_000,
        )
    )
    city.expect(life.who, "R08", year, premise="HEALED", subtype="PAYING_BOTH")


@case("R08", 7)
def old_record_left_open(city: City) -> None:
    """In work since January; the resident record stays open, nothing was paid on it this year."""
    life = resident(city, 29, medical_years=(city.first.year,), pension_years=(city.first.year,))
    starts_work(life, city.registry.employer(), 3)
    city.expect(life.who, "R08", city.first.year + 1, subtype="STATE_BOTH")


@case("R08", 7)
def drawing_and_in_work(city: City) -> None:
    """Draws the resident pension, and a firm pays the employee pension for him."""
    life = pensioner(city, 60)
    employer = city.registry.employer()
    hire(life, employer, city.at(3, 1), [PENSION_EMP])
    pay_months(life, employer, 3, 1000, [PENSION_EMP])
    city.expect(life.who, "R08", city.first.year + 1, subtype="DRAW_AND_PAY")


@trap("R08", 8)
def earlier_year_paid_back(city: City) -> None:
    """170 for 2022 is paid back in 2024, while the firm pays 2024; the record ended when the job began."""
    life = resident(city, 38, medical_years=(city.first.year,), pension_years=(city.first.year,))
    end(life, city.at(3, 2), "6407", [PENSION_RES])
    starts_work(life, city.registry.employer(), 3)
    pay_pension_year(life, city.first.year - 1, city.at(6, 14), kind="2")
    city.expect_nothing(life.who)


@trap("R09", 8)
def paused_in_time(city: City) -> None:
    """390 for the year was paid before the job began; it is paused within thirty days."""
    life = resident(city, 27, pension_years=(city.first.year,))
    end(life, city.at(5, 2), "6407", [PENSION_RES])
    starts_work(life, city.registry.employer(), 5, pause_medical=26)
    city.expect_nothing(life.who)


@case("R09", 9)
def never_paused(city: City) -> None:
    """The same, but 390 goes on beside 310."""
    life = resident(city, 30, pension_years=(city.first.year,))
    end(life, city.at(5, 2), "6407", [PENSION_RES])
    starts_work(life, city.registry.employer(), 5, pause_medical=None)
    city.expect(life.who, "R09", medical_scope(life.medical[MED_RES]), medical_scope(life.medical[MED_EMP]))


@case("R09", 10)
def paused_late(city: City) -> None:
    """Paused when the alert was two weeks old."""
    life = resident(city, 33, pension_years=(city.first.year,))
    end(life, city.at(4, 2), "6407", [PENSION_RES])
    starts_work(life, city.registry.employer(), 4, pause_medical=None)
    leave(life, city.at(7, 5), "6407", [MED_RES])
    city.expect(life.who, "R09", medical_scope(life.medical[MED_RES]), medical_scope(life.medical[MED_EMP]), premise="HEALED")


@case("R09", 7)
def two_cities(city: City) -> None:
    """390 here and, from February, in another pooling city."""
    life = resident(city, 45)
    first = life.medical[MED_RES]
    second = replace(
        first,
        row=city.row(),
        account=f"37{city.row():08d}",
        place=OTHER_CITY,
        noted=city.at(4, 5),
        since=city.at(4, 5),
        changed_on=city.at(4, 5),
    )
    city.write(second)
    pay(
        life,
        Bill(
            scheme=MED_RES,
            month=city.month(4),
            months=11,
            on=city.at(4, 5),
            place=OTHER_CITY,
            account=second.account,
            number=f"QD{city.row()}",
        ),
    )
    city.expect(life.who, "R09", medical_scope(first), medical_scope(second))


def medical_scope(record: MedicalEnrolment) -> RecordOf:
    """The scope of an alert about a medical record."""
    return RecordOf("medical", record.scheme, record.account, record.place)


@trap("R09", 6)
def two_counties_of_one_city(city: City) -> None:
    """Moved within the city: two records for one membership."""
    life = resident(city, 43)
    first = life.medical[MED_RES]
    city.write(replace(first, row=city.row(), place=370113 if life.home != 370113 else 370112, noted=city.at(3, 9)))
    city.expect_nothing(life.who)


@trap("R09", 9)
def leaves_work_joins_residents(city: City) -> None:
    """310 ends with May, 390 begins with June; the pension goes on at her own expense."""
    employer = city.registry.employer()
    life = employee(city, employer, 44, last=7)
    leave(life, city.at(8, 1), "6301", [MED_EMP])
    join_medical(life, city.at(8, 1))
    pay_medical_year(life, city.first.year + 1, city.at(8, 3), first_month=6)
    hire(life, "", city.at(8, 1), [PENSION_EMP])
    pay_months(life, "", 8, 1000, [PENSION_EMP])
    city.expect_nothing(life.who)


def paid_twice(city: City, first: int, last: int, *, number: str | None = None, kind: str = "10") -> tuple[Life, list[Bill]]:
    """An employee for whom a second employer pays the pension too, from one month to another."""
    life = employee(city, city.registry.employer(), 37)
    second = city.registry.employer()
    bills = [
        Bill(scheme=PENSION_EMP, month=city.month(offset), on=city.at(offset, 18), payer=second, number=number, kind=kind)
        for offset in range(first, last + 1)
    ]
    for bill in bills:
        pay(life, bill)
    return life, bills


@case("R10", 8)
def two_employers_two_months(city: City) -> None:
    """Two months in a row paid by two employers."""
    life, bills = paid_twice(city, 4, 5)
    for bill in bills:
        city.expect(life.who, "R10", PENSION_EMP, yyyymm(bill.month))


@case("R10", 7)
def hand_over_month(city: City) -> None:
    """Changed the employer in mid-month, both paid: low."""
    life, (bill,) = paid_twice(city, 4, 4)
    city.expect(life.who, "R10", PENSION_EMP, yyyymm(bill.month))


@case("R10", 7)
def coded_as_prepaid(city: City) -> None:
    """The second payment is coded as prepaid."""
    life, (bill,) = paid_twice(city, 4, 4, kind="12")
    city.expect(life.who, "R10", PENSION_EMP, yyyymm(bill.month))


@case("R10", 7)
def bill_number_used_twice(city: City) -> None:
    """Two employers happen to use the same bill number."""
    employer = city.registry.employer()
    life = employee(city, employer, 39, last=3)
    other = city.registry.employer()
    pay_months(life, employer, 5, 1000)
    pay(life, Bill(scheme=MED_EMP, month=city.month(4), on=city.at(4, 13), payer=employer))
    for payer in (employer, other):
        pay(life, Bill(scheme=PENSION_EMP, month=city.month(4), on=city.at(4, 14), payer=payer, number="2024020001"))
    city.expect(life.who, "R10", PENSION_EMP, yyyymm(city.month(4)))


@case("R10", 9)
def paid_twice_and_refunded(city: City) -> None:
    """The second payment is refunded; tax office and business database report the same refund."""
    life, (bill,) = paid_twice(city, 4, 4)
    refund = Refund(
        row=city.row(), who=life.who, noted=city.at(6, 20), by_tax=True, account=life.account, place=life.home, scheme=PENSION_EMP,
        month=bill.month, months=1, payer=bill.payer, bill=f"{bill.payer[-7:]}{yyyymm(bill.month)}110", document=f"TF{city.row():07d}",
        person_fen=48_000, employer_fen=96_000,
    )  # fmt: skip
    city.write(refund)
    city.write(replace(refund, row=city.row(), by_tax=False, noted=city.at(6, 23)))
    city.expect(life.who, "R10", PENSION_EMP, yyyymm(bill.month), premise="HEALED")


@trap("R10", 7)
def one_payment_many_rows(city: City) -> None:
    """A base correction, a booking without bill number, a re-delivery, a row deleted and inserted again, an injury premium by two employers."""
    employer, second = city.registry.employer(), city.registry.employer()
    life = employee(city, employer, 35, last=3)
    pay(
        life,
        Bill(scheme=PENSION_EMP, month=city.month(3), on=city.at(4, 9), payer=employer, kind="13", number="JS1", shares=(800, 1_600, 0)),
    )
    for scheme in (PENSION_EMP, MED_EMP):
        collected, _ = pay(life, Bill(scheme=scheme, month=city.month(4), on=city.at(4, 14), payer=employer, booked_number=""))
        if collected is not None:
            city.repeat(collected, city.at(4, 16))
    _, booked = pay(life, Bill(scheme=PENSION_EMP, month=city.month(5), on=city.at(5, 12), payer=employer))
    pay(life, Bill(scheme=MED_EMP, month=city.month(5), on=city.at(5, 12), payer=employer))
    if booked is not None:
        city.repeat(booked, booked.noted + 2 * DAY)
        city.delete(booked, city.at(5, 20))
        city.write(replace(booked, row=city.row()), city.at(5, 20))
    pay_months(life, employer, 6, 1000)
    for payer in (employer, second):
        pay(life, Bill(scheme=INJURY, month=city.month(4), on=city.at(4, 15), payer=payer))
    city.expect_nothing(life.who)


@case("R19", 6)
def two_names_on_one_number(city: City) -> None:
    """The medical platform has another name under the number."""
    life = resident(city, 46)
    city.write(replace(life.medical[MED_RES], who=life.who.named(city.registry.name()), noted=city.at(3, 8)))
    city.expect(life.who, "R19", "identity")


@case("R19", 7)
def two_names_corrected(city: City) -> None:
    """The same, and the platform corrects the name."""
    life = resident(city, 48)
    record = life.medical[MED_RES]
    city.write(replace(record, who=life.who.named(city.registry.name()), noted=city.at(3, 8)))
    city.write(replace(record, noted=city.at(4, 19)))
    city.expect(life.who, "R19", "identity", premise="HEALED")


@case("R19", 7)
def two_pensions_two_names(city: City) -> None:
    """Two pension records under one number with different names: no duplicate is claimed until the identity is clear."""
    life = pensioner(city, 73)
    first = life.benefits[PENSION_RES]
    stranger = replace(life, who=life.who.named(city.registry.name()))
    other = draw(stranger, PENSION_RES, 3, city.at(3, 3), place=370883, account=f"37{city.row():08d}")
    pay_benefits(stranger, other, 3, 1000)
    city.expect(life.who, "R19", record_of(first), record_of(other))


@trap("R19", 5)
def one_name_two_spellings(city: City) -> None:
    """張 and 张 are one name; the old number has fifteen digits."""
    life = member(city, 66)
    life.who = life.who.named("张" + life.who.name[1:])
    for record in (life.hukou, life.card):
        if record is not None:
            city.changes = [
                replace(change, record=replace(record, who=life.who)) if change.record is record else change for change in city.changes
            ]
    life.who = life.who.named("張" + life.who.name[1:]).in_15_digits()
    join_pension(life, dt.date(2012, 1, 4))
    join_medical(life, dt.date(2012, 10, 8))
    for year in (city.first.year, city.first.year + 1):
        pay_medical_year(life, year)
    benefit = draw(life, PENSION_RES, -3, city.at(-3, 2))
    pay_benefits(life, benefit, -3, 1000)
    city.expect_nothing(life.who)
