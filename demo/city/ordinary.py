"""People about whom there is nothing to say: enrolled, paid for, moving, changing jobs, growing old, in order."""

import datetime as dt
from dataclasses import replace

from demo.city.city import COUNTIES, DAY, City
from demo.city.deaths import certified, cremated
from demo.city.identity import MALE
from demo.city.life import Life, life_of, person
from demo.city.money import MED_RES, PENSION_EMP, PENSION_RES
from demo.city.pensions import certify, change_benefit, draw, pay_benefits, retire_medical
from demo.city.registers import cancel, card, close_card, move, register
from demo.city.residents import join_medical, join_pension, pay_medical_year
from demo.city.standing import child, employee, pensioner, resident, retiree
from demo.city.work import end, hire, leave, pay_months, wages

STAFF = 12
"""People of one employer, about."""


class Employers:
    """Gives each employee an employer; a few dozen people share one."""

    def __init__(self, city: City, people: int) -> None:
        self._city = city
        self._codes = [city.registry.employer() for _ in range(max(2, people // STAFF))]

    def pick(self) -> str:
        """An employer."""
        return self._city.rng.choice(self._codes)


def plant_ordinary(city: City, people: int) -> int:
    """About `people` ordinary lives, in shares like a city's; returns how many there are."""
    employers = Employers(city, people // 2)
    planted = 0
    while planted < people:
        planted += _one(city, employers)
    return planted


def _one(city: City, employers: Employers) -> int:
    kind = city.rng.choices(
        ("employee", "resident", "child", "pensioner", "retiree", "changer", "mover", "newborn", "retiring", "joiner", "twins", "dying"),
        (38, 22, 12, 10, 6, 4, 2, 1, 1, 2, 1, 1),
    )[0]
    return _KINDS[kind](city, employers)


def _employee(city: City, employers: Employers) -> int:
    employer = employers.pick()
    life = employee(city, employer, city.rng.randint(25, 48))
    if city.rng.random() < 0.2:
        for offset in range(-1, city.months - 1):
            wages(life, employer, offset)
    return 1


def _resident(city: City, _employers: Employers) -> int:
    life = resident(city, city.rng.randint(26, 56))
    _slips(city, life)
    return 1


def _child(city: City, _employers: Employers) -> int:
    child(city, city.rng.randint(2, 13))
    return 1


def _pensioner(city: City, _employers: Employers) -> int:
    life = pensioner(city, city.rng.randint(62, 88))
    seen = city.at(city.rng.randrange(city.months), city.rng.randint(2, 26))
    certify(life, life.benefits[PENSION_RES], seen, city.rng.choice("123"))
    return 1


def _retiree(city: City, _employers: Employers) -> int:
    retiree(city, city.rng.randint(61, 84))
    return 1


def _changer(city: City, employers: Employers) -> int:
    """Changes the employer at a month's end."""
    first, second = employers.pick(), employers.pick()
    turn = city.rng.randint(1, max(2, city.months - 2))
    life = employee(city, first, city.rng.randint(25, 45), last=turn)
    leave(life, city.at(turn, 28), "6301")
    hire(life, second, city.at(turn + 1, 1))
    pay_months(life, second, turn + 1, 1000)
    return 1


def _mover(city: City, _employers: Employers) -> int:
    """Moves to another county of the city; enrolments stay where they are."""
    life = resident(city, city.rng.randint(26, 50))
    move(life, city.at(city.rng.randint(1, max(1, city.months - 1)), city.rng.randint(3, 25)), city.rng.choice(COUNTIES))
    return 1


def _newborn(city: City, _employers: Employers) -> int:
    """Born, registered, enrolled within six weeks."""
    birth = city.at(city.rng.randrange(max(1, city.months - 3)), city.rng.randint(2, 25))
    life = person(city, birth)
    register(life, on=birth + 9 * DAY, reason="01")
    card(life, birth + 30 * DAY)
    enrolled = birth + 33 * DAY
    join_medical(life, enrolled, "newborn")
    pay_medical_year(life, birth.year, birth + 34 * DAY, first_month=birth.month)
    for year in range(birth.year + 1, city.last.year + 1):
        pay_medical_year(life, year, max(birth + 35 * DAY, dt.date(year - 1, 11, 20)))
    return 1


def _retiring(city: City, employers: Employers) -> int:
    """Turns sixty, is granted the pension for the next month."""
    turn = city.rng.randint(2, max(3, city.months - 2))
    month = city.at(turn, 1)
    life = person(city, dt.date(month.year - 60, month.month, city.rng.randint(2, 26)), MALE)
    employer = employers.pick()
    register(life)
    card(life, dt.date(2019, 9, 9))
    hire(life, employer, city.at(-3, 1))
    pay_months(life, employer, -3, turn)
    benefit = draw(life, PENSION_EMP, turn + 1, city.at(turn + 1, 5))
    retire_medical(life, city.at(turn + 1, 6))
    pay_benefits(life, benefit, turn + 1, 1000)
    return 1


def _joiner(city: City, employers: Employers) -> int:
    """A resident member takes a job with the new year: the resident records are ended and paused in time."""
    life = resident(city, city.rng.randint(24, 40), medical_years=(city.first.year,), pension_years=(city.first.year,))
    employer = employers.pick()
    end(life, city.at(3, 2), "6407", [PENSION_RES])
    leave(life, city.at(3, 5), "6407", [MED_RES])
    hire(life, employer, city.at(3, 2))
    pay_months(life, employer, 3, 1000)
    return 1


def _twins(city: City, _employers: Employers) -> int:
    """Two sisters with neighbouring numbers and one address; they are never one person."""
    first = resident(city, city.rng.randint(30, 50))
    second = life_of(city, city.registry.person(first.who.birth, first.who.sex), first.home)
    register(second)
    card(second, dt.date(2020, 2, 20))
    join_pension(second, dt.date(2015, 3, 2))
    join_medical(second, dt.date(2015, 10, 8))
    for year in range(city.first.year, city.last.year + 1):
        pay_medical_year(second, year)
    return 2


def _dying(city: City, _employers: Employers) -> int:
    """Dies, and everything is put in order within the time limits; the pension was ended by the village the day after."""
    life = pensioner(city, city.rng.randint(75, 92), last=2)
    death = city.at(3, city.rng.randint(2, 9))
    change_benefit(life, life.benefits[PENSION_RES], death + DAY, "3", "1401", death)
    paper = certified(life, death, death + 2 * DAY)
    cremated(life, death, death + 4 * DAY, paper.number)
    cancel(life, death + 12 * DAY, "01", death, paper.number)
    end(life, death + 15 * DAY, "6401", [MED_RES])
    close_card(life, death + 20 * DAY)
    return 1


def _slips(city: City, life: Life) -> None:
    """What happens to records on their way, and means nothing: a re-delivery, a row written again unchanged, an archived row."""
    slip = city.rng.randrange(6)
    record = life.medical[MED_RES]
    on = city.at(city.rng.randint(1, max(1, city.months - 1)), city.rng.randint(3, 26))
    if slip == 0:
        city.repeat(record, on)
    elif slip == 1:
        city.write(replace(record, noted=on))


_KINDS = {
    "employee": _employee,
    "resident": _resident,
    "child": _child,
    "pensioner": _pensioner,
    "retiree": _retiree,
    "changer": _changer,
    "mover": _mover,
    "newborn": _newborn,
    "retiring": _retiring,
    "joiner": _joiner,
    "twins": _twins,
    "dying": _dying,
}
