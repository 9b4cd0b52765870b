"""Applying one fact: the newest version of its source row wins, whatever the order of arrival.

So re-delivery, re-snapshot, late arrival, correction and merge are one operation. A withdrawn fact stays as a stub, which absorbs a
creation that arrives after it.
"""

from bisect import bisect_left
from enum import Enum

from processors.person.lines import refresh_ledger, refresh_places
from processors.person.person import Person
from processors.person.sections import HOT_FACTS_KEPT, HOT_FACTS_MAX, KIND_OF, SECTIONS, cold_section, month_of, section_of
from processors.person.standing import refresh_standing
from processors.person.state import DetailRow, Flag, Ref
from schemas.facts import AnyFact, BenefitRecord, ContribRefund, Contribution, DeathClaim, Enrolment
from schemas.kinds import FactStatus, Kind, Scheme

REFS_MAX = 24
NEVER_HELD = 1 << 30
"""`known_on` of a fact that was withdrawn before it was ever stated: no window runs from it, and it caused nothing."""


class Applied(Enum):
    """What became of a fact."""

    NEW = "new"
    CHANGED = "changed"
    REFRESHED = "refreshed"  # newer version, same content: nothing to judge
    DUPLICATE = "duplicate"
    STALE = "stale"
    CONFLICT = "conflict"  # other content under an equal version


JUDGED = frozenset({Applied.NEW, Applied.CHANGED})
FLAGS = {kind: section.flag for kind, section in SECTIONS.items()}
TWO_RECORDS = Flag.TWO_RECORDS
SCHEME_FLAGS = {
    int(Scheme.PENSION_EMP): Flag.PENSION_EMP,
    int(Scheme.PENSION_CIVIL): Flag.PENSION_EMP,
    int(Scheme.PENSION_RES): Flag.PENSION_RES,
    int(Scheme.MED_EMP): Flag.MED_EMP,
    int(Scheme.MED_RES): Flag.MED_RES,
}
"""Flags as plain integers: operators of enum members would cost more than the rest of applying a fact."""


def apply_fact(person: Person, fact: AnyFact, ref: Ref, as_of: int) -> Applied:
    """Put a fact into the person's state. `fact` becomes part of the state: its `ref` and `known_on` are set here."""
    kind = KIND_OF[type(fact)]
    section = _row_section(person, fact, kind)
    row = person.row(section)
    place = _find(row, fact)
    if place is None:
        fact.ref, fact.known_on = _ref_index(row, ref), NEVER_HELD if fact.status == FactStatus.WITHDRAWN else as_of
        row.facts.insert(bisect_left(row.facts, _order(fact), key=_order), fact)
        applied = Applied.NEW
    else:
        applied = _replace(row, place, fact, ref, as_of)
    if applied in {Applied.DUPLICATE, Applied.STALE, Applied.CONFLICT}:
        return applied
    if isinstance(fact, DeathClaim):
        _date_withdrawal(fact, as_of)
    person.changed(section)
    _mark(person, fact, kind)
    if applied in JUDGED:
        _refresh(person, fact)
    if SECTIONS[kind].timed and len(row.facts) > HOT_FACTS_MAX and len(section) == len(section_of(fact)):
        _spill(person, section, row)
    return applied


def _row_section(person: Person, fact: AnyFact, kind: Kind) -> bytes:
    """The row where this fact lies or would lie: hot, or the cold row of its year."""
    section = section_of(fact)
    if not SECTIONS[kind].timed:
        return section
    month = month_of(fact)
    hot = person.row(section)
    if month >= hot.floor:
        return section
    year = month // 12
    if year not in hot.years:
        hot.years.append(year)
        hot.years.sort()
        person.changed(section)
    return cold_section(section, year)


def _order(fact: AnyFact) -> tuple[int, int, bytes]:
    return month_of(fact), KIND_OF[type(fact)], fact.row


def _find(row: DetailRow, fact: AnyFact) -> int | None:
    """Where the same source row's fact stands; for timed facts the month is part of what it is."""
    place = bisect_left(row.facts, _order(fact), key=_order)
    if place < len(row.facts) and _order(row.facts[place]) == _order(fact):
        return place
    return None


def _replace(row: DetailRow, place: int, fact: AnyFact, ref: Ref, as_of: int) -> Applied:
    old = row.facts[place]
    mine = (fact.incarnation, fact.sequence, fact.sub)
    theirs = (old.incarnation, old.sequence, old.sub)
    if mine < theirs:
        return Applied.STALE
    ref_was, offset = fact.ref, fact.offset
    fact.ref, fact.offset, fact.known_on = old.ref, old.offset, old.known_on
    if isinstance(fact, DeathClaim) and isinstance(old, DeathClaim):
        fact.withdrawn_on = old.withdrawn_on
    if mine == theirs:
        return Applied.DUPLICATE if fact == old else Applied.CONFLICT
    version = old.incarnation, old.sequence, old.sub
    old.incarnation, old.sequence, old.sub = mine
    if fact == old:
        return Applied.REFRESHED
    old.incarnation, old.sequence, old.sub = version
    fact.ref, fact.offset = ref_was, offset
    if old.known_on == NEVER_HELD and fact.status != FactStatus.WITHDRAWN:
        fact.known_on = as_of
    row.facts[place] = fact
    fact.ref = _ref_index(row, ref)
    return Applied.CHANGED


def _date_withdrawal(claim: DeathClaim, as_of: int) -> None:
    """A withdrawn claim keeps the day of its withdrawal: what was booked because of it is undone, what came later is not."""
    if claim.status != FactStatus.WITHDRAWN:
        claim.withdrawn_on = 0
    elif not claim.withdrawn_on:
        claim.withdrawn_on = as_of


def _ref_index(row: DetailRow, ref: Ref) -> int:
    if ref in row.refs:
        return row.refs.index(ref)
    if len(row.refs) >= REFS_MAX:
        _compact_refs(row)
    row.refs.append(ref)
    return len(row.refs) - 1


def _compact_refs(row: DetailRow) -> None:
    """Drop references that no fact uses any more."""
    used = sorted({fact.ref for fact in row.facts if fact.ref >= 0})
    index = {old: new for new, old in enumerate(used)}
    row.refs = [row.refs[old] for old in used]
    for fact in row.facts:
        if fact.ref >= 0:
            fact.ref = index[fact.ref]


def _spill(person: Person, section: bytes, hot: DetailRow) -> None:
    """Move the oldest months to their cold rows, so that a new fact rewrites little."""
    floor = month_of(hot.facts[-HOT_FACTS_KEPT])
    moving = [fact for fact in hot.facts if month_of(fact) < floor]
    if not moving:
        return
    for fact in moving:
        year = month_of(fact) // 12
        cold_key = cold_section(section, year)
        cold = person.row(cold_key)
        ref = hot.refs[fact.ref]
        fact.ref = _ref_index(cold, ref)
        cold.facts.insert(bisect_left(cold.facts, _order(fact), key=_order), fact)
        person.changed(cold_key)
        if year not in hot.years:
            hot.years.append(year)
    hot.years.sort()
    hot.facts = hot.facts[len(moving) :]
    hot.floor = floor
    _compact_refs(hot)


def _mark(person: Person, fact: AnyFact, kind: Kind) -> None:
    """Set the presence flags that a fact brings."""
    flags = FLAGS[kind]
    if isinstance(fact, Enrolment | BenefitRecord | Contribution):
        flags |= SCHEME_FLAGS.get(fact.scheme, 0)
    if isinstance(fact, BenefitRecord) and len({other.record for other in person.benefit_records} | {fact.record}) > 1:
        flags |= TWO_RECORDS
    person.head.flags |= flags


def _refresh(person: Person, fact: AnyFact) -> None:
    """Recompute the lines that depend on this fact."""
    if isinstance(fact, Contribution | ContribRefund):
        refresh_ledger(person, fact)
    elif isinstance(fact, Enrolment | BenefitRecord):
        refresh_standing(person)
        if isinstance(fact, Enrolment):
            refresh_places(person, fact.scheme)
