"""R09: two medical records that entitle in one month."""

from dataclasses import replace

from demo.city.city import OTHER_CITY, City
from demo.city.labels import RecordOf
from demo.city.money import MED_EMP, MED_RES, PENSION_EMP, PENSION_RES, Bill, pay
from demo.city.plan import case, trap
from demo.city.records import MedicalEnrolment
from demo.city.residents import join_medical, pay_medical_year
from demo.city.standing import child, employee, resident, retiree
from demo.city.work import end, hire, leave, pay_months, starts_work


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


@case("R09", 7)
def student_at_school_and_at_home(city: City) -> None:
    """390 at home and, as a student, in the city of the school: the school place is to be kept."""
    life = child(city, 18)
    home = life.medical[MED_RES]
    school = replace(
        home,
        row=city.row(),
        account=f"37{city.row():08d}",
        place=OTHER_CITY,
        kind="15",
        noted=city.at(4, 6),
        since=city.at(4, 6),
        changed_on=city.at(4, 6),
    )
    city.write(school)
    pay(
        life,
        Bill(
            scheme=MED_RES,
            month=city.month(4),
            months=11,
            on=city.at(4, 6),
            place=OTHER_CITY,
            account=school.account,
            number=f"QD{city.row()}",
        ),
    )
    city.expect(life.who, "R09", medical_scope(home), medical_scope(school))


@case("R09", 7)
def retiree_and_resident_elsewhere(city: City) -> None:
    """310 as a retiree without contributions, and 390 in another city."""
    life = retiree(city, 67)
    second = join_medical(life, city.at(3, 8), place=OTHER_CITY, account=f"37{city.row():08d}")
    pay(
        life,
        Bill(
            scheme=MED_RES,
            month=city.month(4),
            months=11,
            on=city.at(3, 8),
            place=OTHER_CITY,
            account=second.account,
            number=f"QD{city.row()}",
        ),
    )
    city.expect(life.who, "R09", medical_scope(life.medical[MED_EMP]), medical_scope(second))


@trap("R09", 5)
def supplement_beside_the_main_scheme(city: City) -> None:
    """The large-amount supplement rides on 310; it is no second membership."""
    life = employee(city, city.registry.employer(), 41)
    city.write(replace(life.medical[MED_EMP], row=city.row(), scheme=330, noted=city.at(1, 9)))
    city.expect_nothing(life.who)


@trap("R09", 5)
def void_record_in_another_city(city: City) -> None:
    """A second record that the platform marks invalid does not count."""
    life = resident(city, 39)
    city.write(
        replace(life.medical[MED_RES], row=city.row(), account=f"37{city.row():08d}", place=OTHER_CITY, state="3", noted=city.at(2, 9))
    )
    city.expect_nothing(life.who)
