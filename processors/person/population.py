"""Who should be enrolled here, and since when (domain 3.8, R12): registered residents, permit holders, workers on a local payroll.

170 follows the registration: a permit holder from elsewhere is in the medical population only. People under 16 are in no pension population.
"""

from msgspec import Struct, field

from processors.person.cover import GONE, paid_through, state_of
from processors.person.exemptions import STUDENT, age_day, spells_of
from processors.person.families import PENSION, Family
from processors.person.person import Person
from processors.person.places import registrations
from processors.person.retirement import statutory_months
from processors.person.state import Flag
from processors.rules.model import CALENDAR, Moment, Wake
from processors.rules.wording import day_zh
from schemas.dates import day_in_month, first_day, month_of_day
from schemas.facts import Fact, Hukou, Payroll

WAGE = 1


class Entry(Struct, kw_only=True):
    """How a person came into the population. Days are day numbers."""

    source: str  # HUKOU | RESIDENCE | PAYROLL
    said: str  # the source in Chinese, with its day
    facts: list[Fact]
    field: str
    division: int
    opens_on: int  # day on which a missing enrolment is judged
    wage_months: int = 0  # consecutive recent payroll months, 0 = none


class _Wages(Struct):
    """The latest run of consecutive payroll months."""

    rows: list[Payroll] = field(default_factory=list)  # one a month

    @property
    def last(self) -> int:
        return self.rows[-1].month


def entry_of(person: Person, family: Family, now: Moment) -> Entry | None:
    """The population that a person belongs to in a family, the registration before the permit before the payroll; None where in none."""
    if family is PENSION and not person.birth_day:
        return None  # an age cannot be judged
    wages = _recent_wages(person, now)
    for spell in registrations(person, now):
        if not (spell.residence_permit and family is PENSION):
            return _registered(person, family, spell, wages, now)
    return None if wages is None else _employed(person, family, wages, now)


def population_wakes(person: Person, now: Moment) -> list[Wake]:
    """When a person comes into the population or leaves it by time alone."""
    wakes = []
    for spell in person.hukou:
        wakes += [Wake(CALENDAR, day) for day in (spell.from_day, spell.to_day) if day > now.as_of]
    wages = _recent_wages(person, now)
    if wages is not None:
        wakes.append(Wake(CALENDAR, _wages_end(wages, now)))
    return wakes


def _registered(person: Person, family: Family, spell: Hukou, wages: _Wages | None, now: Moment) -> Entry:
    since = spell.from_day or spell.known_on
    entered = max(since, spell.known_on)
    if spell.residence_permit:
        months = now.policy.days("population.resident_months", since, spell.place)
        entered = max(entered, day_in_month(month_of_day(since) + months, _day_of_month(since)))
    label = "居住证登记" if spell.residence_permit else "户籍登记"
    start = "自出生" if since == person.birth_day else f"{day_zh(since)}"
    return Entry(
        source="RESIDENCE" if spell.residence_permit else "HUKOU",
        said=f"{start}起在本地有{label}",
        facts=[spell],
        field="from_day",
        division=spell.place,
        opens_on=_opens_on(person, family, entered, spell.place, now),
        wage_months=len(wages.rows) if wages else 0,
    )


def _employed(person: Person, family: Family, wages: _Wages, now: Moment) -> Entry | None:
    """A worker known from payroll only; beyond the statutory age the person may draw elsewhere and is left out."""
    latest = max(statutory_months(person.birth_day, person.sex, now.policy), default=0)
    seen = now.policy.days("tax.months_seen", now.as_of, wages.rows[-1].division)
    if len(wages.rows) < seen or (latest and wages.last >= latest):
        return None
    proof = wages.rows[seen - 1]
    return Entry(
        source="PAYROLL",
        said=f"{day_zh(proof.known_on)}起税务连续有本地单位工资薪金申报",
        facts=list(wages.rows[-seen:]),
        field="month",
        division=proof.division,
        opens_on=_opens_on(person, family, proof.known_on, proof.division, now),
        wage_months=len(wages.rows),
    )


def _opens_on(person: Person, family: Family, entered: int, division: int, now: Moment) -> int:
    """The first day on which a missing enrolment is judged: the window after the last thing that made the person due."""
    births = [person.birth_day] if person.birth_day else []
    if family is PENSION:
        years = now.policy.days("res.pension.from_age_years", now.as_of, division)
        entered = max(entered, *(age_day(birth, years) for birth in births))
    entered = max(entered, *_freed_on(person, family, now), 0)
    opens_on = entered + now.policy.days("population.entry_days", entered, division)
    newborn_days = now.policy.days("population.newborn_days", entered, division)
    return max(opens_on, *(birth + newborn_days for birth in births), 0)


def _freed_on(person: Person, family: Family, now: Moment) -> list[int]:
    """Days on which the person became due again: an exempt spell, a paid month or a record came to its end."""
    spells = [spell for spell in spells_of(person, now) if family is PENSION or spell.code != STUDENT]
    freed = [spell.to_day + 1 for spell in spells if spell.to_day and spell.to_day < now.as_of]
    gone = [record for record in person.enrolments if record.scheme in (*family.schemes, *family.others) and state_of(record) in GONE]
    paid_to = paid_through(person, family)
    if paid_to and paid_to < now.as_of:
        freed.append(paid_to + 1)
    return freed + [min(max(record.to_day, record.changed_on), now.as_of) for record in gone]


def _recent_wages(person: Person, now: Moment) -> _Wages | None:
    """The latest run of months with wages, the first row known of each; None where the last is too long ago."""
    if not person.has(Flag.PAYROLL):
        return None
    by_month: dict[int, Payroll] = {}
    for row in person.payroll:
        if row.income_kind == WAGE and row.wage_fen > 0:
            known = by_month.get(row.month)
            by_month[row.month] = row if known is None or row.known_on < known.known_on else known
    run: list[Payroll] = []
    for month in sorted(by_month, reverse=True):
        if run and month != run[-1].month - 1:
            break
        run.append(by_month[month])
    if not run or _wages_end(_Wages(run[::-1]), now) <= now.as_of:
        return None
    return _Wages(run[::-1])


def _wages_end(wages: _Wages, now: Moment) -> int:
    """The day from which the last payroll month is no longer recent."""
    months = now.policy.days("population.payroll_recent_months", first_day(wages.last), wages.rows[-1].division)
    return first_day(wages.last + months + 1)


def _day_of_month(day: int) -> int:
    return day - first_day(month_of_day(day)) + 1
