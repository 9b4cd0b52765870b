"""R19: records that do not agree on who somebody is, and the duplicate rules that wait for it."""

import datetime as dt
from dataclasses import replace

from demo.city.cases.death_payments import record_of
from demo.city.city import City
from demo.city.money import MED_RES, PENSION_RES
from demo.city.pensions import draw, pay_benefits
from demo.city.plan import case, trap
from demo.city.residents import join_medical, join_pension, pay_medical_year
from demo.city.standing import member, pensioner, resident


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


@case("R19", 5)
def sex_disagrees_with_the_number(city: City) -> None:
    """The medical platform has the other sex."""
    life = resident(city, 44)
    other = replace(life.who, sex=3 - life.who.sex)
    city.write(replace(life.medical[MED_RES], who=other, noted=city.at(2, 7)))
    city.expect(life.who, "R19", "identity")


@case("R19", 6)
def birth_date_disagrees_and_is_corrected(city: City) -> None:
    """The pension file has the archive's birth date; it is corrected."""
    life = resident(city, 50)
    record = life.enrolments[PENSION_RES]
    city.write(replace(record, who=replace(life.who, birth=life.who.birth + dt.timedelta(days=40)), noted=city.at(2, 7)))
    city.write(replace(record, noted=city.at(3, 22)))
    city.expect(life.who, "R19", "identity", premise="HEALED")
