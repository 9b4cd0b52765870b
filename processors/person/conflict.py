"""Where records filed under one number disagree about who the person is (domain R19).

Compared are names, sex and birth as each record has them. Names arrive as keyed hashes of the normalised name, so variant characters and
spacing never disagree. Foreigners' names (document without form 18 or 15) are not compared: they change with marriage and transliteration.
"""

from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct, field

from processors.person.person import Person
from schemas.facts import BenefitRecord, Enrolment, Fact, Hukou, IdentityRecord

REGISTER = b""  # rows that belong to no enrolment or benefit record: resident, card, household


class Attribute(StrEnum):
    """What two records disagree about."""

    NAME = "NAME"
    SEX = "SEX"
    BIRTH = "BIRTH"


class Said(Struct):
    """What the rows of one record, or of the registers together, say of the person."""

    names: set[bytes] = field(default_factory=set)
    sexes: set[int] = field(default_factory=set)
    births: set[int] = field(default_factory=set)
    facts: list[Fact] = field(default_factory=list)

    def differs_from(self, other: "Said") -> list[Attribute]:
        """What both state and do not agree about at all."""
        pairs = (
            (Attribute.NAME, self.names, other.names),
            (Attribute.SEX, self.sexes, other.sexes),
            (Attribute.BIRTH, self.births, other.births),
        )
        return [attribute for attribute, mine, theirs in pairs if mine and theirs and mine.isdisjoint(theirs)]


def all_agree(person: Person) -> bool:
    """Whether no two rows state different things at all, the number's own birth and sex included: the answer for nearly everybody."""
    return person.once(_all_agree)


def _all_agree(person: Person) -> bool:
    records = person.identity_records
    names = {row.name_key for row in records}
    names.update(row.name_key for row in person.enrolments)
    names.update(row.name_key for row in person.benefit_records)
    names.update(row.name_key for row in person.hukou)
    births = {row.birth_day for row in records} | {person.birth_day}
    sexes = {row.sex for row in records} | {person.sex}
    return len(names - {b""}) <= 1 and len(births - {0}) <= 1 and len(sexes - {0}) <= 1


def said_of(person: Person) -> dict[bytes, Said]:
    """What each record of the person says, by record; `REGISTER` holds the rows without record. Ordered by record."""
    return person.once(_said_of)


def _said_of(person: Person) -> dict[bytes, Said]:
    found: dict[bytes, Said] = {}
    foreign = _foreign_records(person.identity_records)
    for fact in _rows(person):
        said = found.setdefault(REGISTER if isinstance(fact, Hukou) else fact.record, Said())
        said.facts.append(fact)
        if fact.name_key and (isinstance(fact, Hukou) or fact.record not in foreign):
            said.names.add(fact.name_key)
        if isinstance(fact, IdentityRecord):
            said.sexes |= {fact.sex} - {0}
            said.births |= {fact.birth_day} - {0}
    return dict(sorted(found.items()))


def frozen_pair(person: Person, record_a: bytes, record_b: bytes) -> bool:
    """Whether two records of one number may be two people, so that duplicate rules leave the pair to R19.

    A pair without a known record on one side is never frozen.
    """
    if not record_a or not record_b or record_a == record_b or all_agree(person):
        return False
    said = said_of(person)
    return bool(said.get(record_a, Said()).differs_from(said.get(record_b, Said())))


def _rows(person: Person) -> list[IdentityRecord | Enrolment | BenefitRecord | Hukou]:
    """Every row that speaks of the person, closed registration spells left out: they keep the name of their time."""
    closed = {spell.row for spell in person.hukou if spell.to_day or spell.cancel_reason}
    rows: list[IdentityRecord | Enrolment | BenefitRecord | Hukou] = [
        *person.identity_records,
        *person.enrolments,
        *person.benefit_records,
        *person.hukou,
    ]
    return sorted((row for row in rows if row.row not in closed), key=lambda row: (row.row, type(row).__name__))


def _foreign_records(records: Iterable[IdentityRecord]) -> set[bytes]:
    """Records held under a document other than a citizen number."""
    return {record.record for record in records if record.id_form == 0}
