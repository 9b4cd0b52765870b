"""Benefit records of a person: one view a record, however many rows report it.

One number at one agency may have rows of several kinds: a pension, later the funeral grant or a survivor's benefit. Those kinds speak of
other money (domain R01: they "may sit on the dead person's record") and never for the pension beside them.
"""

from processors.person.person import Person
from schemas.facts import BenefitRecord
from schemas.kinds import BenefitKind, BenefitState, FactStatus

OWN_BENEFITS = frozenset({BenefitKind.PENSION, BenefitKind.UNEMPLOYMENT, BenefitKind.INJURY})
RESUMED_REASONS = range(1300, 1400)
_OVER = frozenset({BenefitState.ENDED, BenefitState.REJECTED})


def benefit_records(person: Person) -> list[BenefitRecord]:
    """The pension, unemployment and injury records that the person receives, the latest row of each, by record."""
    latest: dict[bytes, BenefitRecord] = {}
    for row in sorted((one for one in person.benefit_records if one.benefit in OWN_BENEFITS), key=_recency):
        latest[row.record] = row
    return [latest[record] for record in sorted(latest)]


def benefit_record(person: Person, record: bytes) -> BenefitRecord | None:
    """One record by its key; None where it is gone."""
    return next((row for row in benefit_records(person) if row.record == record), None)


def is_over(record: BenefitRecord) -> bool:
    """Whether the record pays no more: ended, or never approved."""
    return record.state in _OVER or record.status == FactStatus.ENDED


def _recency(row: BenefitRecord) -> tuple[int, int, int, int, bytes]:
    return row.changed_on, row.incarnation, row.sequence, row.sub, row.row
