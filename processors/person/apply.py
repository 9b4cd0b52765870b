"""Applying one fact: the newest version of its source row wins, whatever the order of arrival.

So re-delivery, re-snapshot, late arrival, correction and merge are one operation. A withdrawn fact stays as a stub, which absorbs a
creation that arrives after it.
"""

from enum import StrEnum

from processors.person.awards import awarded_after
from processors.person.detail import drop_unused_refs, find_fact, insert_fact, ref_index
from processors.person.lines import refresh_ledger, refresh_places
from processors.person.packing import index_month
from processors.person.pauses import paused_after
from processors.person.person import Person
from processors.person.sections import KIND_OF, SECTIONS, TIMED, month_of, section_of
from processors.person.standing import refresh_standing
from processors.person.state import DetailRow, Flag, StoredRef
from schemas.facts import (
    FORM_NOT_KEPT,
    OLD_NUMBER,
    AnyFact,
    BenefitRecord,
    ContribRefund,
    Contribution,
    DeathClaim,
    Enrolment,
    Hukou,
    IdentityRecord,
)
from schemas.kinds import FactStatus, Scheme

UNREFERRED = -1
NEVER_HELD = 1 << 30
"""`known_on` of a fact that was withdrawn before it was ever stated: no window runs from it, and it caused nothing."""


class Applied(StrEnum):
    """What became of a fact."""

    NEW = "new"
    CHANGED = "changed"
    REFRESHED = "refreshed"  # newer version, same content: nothing to judge
    DUPLICATE = "duplicate"
    STALE = "stale"
    CONFLICT = "conflict"  # other content under an equal version


JUDGED = frozenset({Applied.NEW, Applied.CHANGED})
UNCHANGED = frozenset({Applied.DUPLICATE, Applied.STALE, Applied.CONFLICT})
WITHDRAWN = int(FactStatus.WITHDRAWN)
FLAGS = {member: SECTIONS[kind].flag for member, kind in KIND_OF.items()}
LINED: frozenset[type] = frozenset({Contribution, ContribRefund, Enrolment, BenefitRecord, Hukou, IdentityRecord})
"""Facts on which lines of the head depend."""
SCHEMED: frozenset[type] = frozenset({Enrolment, BenefitRecord, Contribution})
TWO_RECORDS = Flag.TWO_RECORDS
SCHEME_FLAGS = {
    int(Scheme.PENSION_EMP): Flag.PENSION_EMP,
    int(Scheme.PENSION_CIVIL): Flag.PENSION_EMP,
    int(Scheme.PENSION_RES): Flag.PENSION_RES,
    int(Scheme.MED_EMP): Flag.MED_EMP,
    int(Scheme.MED_RES): Flag.MED_RES,
}
"""Flags as plain integers: operators of enum members would cost more than the rest of applying a fact."""


def apply_fact(person: Person, fact: AnyFact, ref: StoredRef, as_of: int) -> Applied:
    """Put a fact into the person's state. `fact` becomes part of the state: its `ref` and `known_on` are set here."""
    of, section = type(fact), section_of(fact)
    timed = of in TIMED
    place, row = person.row_of_month(section, month_of(fact)) if timed else (section, person.row(section))
    found = find_fact(row, fact)
    if found is None:
        fact.known_on = NEVER_HELD if fact.status == WITHDRAWN else as_of
        insert_fact(row, fact, ref)
        applied = Applied.NEW
    else:
        applied = _replace(row, found, fact, ref, as_of)
        if applied in UNCHANGED:
            return applied
    if of is DeathClaim:
        _date_withdrawal(fact, as_of)  # type: ignore[arg-type]  # the type was looked at
    person.changed(place)
    _mark(person, fact)
    if timed and applied is Applied.NEW and len(row.facts) == 1:
        index_month(person, section, month_of(fact))
    if of in LINED and (applied in JUDGED or of is Enrolment):  # of equal enrolment records the one written last speaks
        _refresh(person, fact, row)
    return applied


def _replace(row: DetailRow, found: int, fact: AnyFact, ref: StoredRef, as_of: int) -> Applied:
    old = row.facts[found]
    mine = (fact.incarnation, fact.sequence, fact.sub)
    theirs = (old.incarnation, old.sequence, old.sub)
    if mine < theirs:
        return Applied.STALE
    offset = fact.offset
    fact.ref, fact.offset, fact.known_on = old.ref, old.offset, old.known_on
    if isinstance(fact, DeathClaim) and isinstance(old, DeathClaim):
        fact.withdrawn_on = old.withdrawn_on
        if old.id_form == FORM_NOT_KEPT and (mine == theirs or fact.id_form != OLD_NUMBER):
            fact.id_form = FORM_NOT_KEPT  # said again it says no more than it did: only a later row under 15 digits is new
        if fact.status == WITHDRAWN:  # what is taken back is what was said, whatever date the row carries now
            fact.died_on, fact.precision = old.died_on, old.precision
    if isinstance(fact, Enrolment) and isinstance(old, Enrolment):
        fact.paused = paused_after(old, fact, as_of) if mine > theirs else old.paused
    if isinstance(fact, BenefitRecord) and isinstance(old, BenefitRecord):
        fact.awarded_on = awarded_after(old, fact) if mine > theirs else old.awarded_on
    if mine == theirs:
        return Applied.DUPLICATE if fact == old else Applied.CONFLICT
    version = old.incarnation, old.sequence, old.sub
    old.incarnation, old.sequence, old.sub = mine
    if fact == old:
        return Applied.REFRESHED
    old.incarnation, old.sequence, old.sub = version
    fact.offset = offset
    if old.status == WITHDRAWN and fact.status != WITHDRAWN:  # what was taken back and is said again became known today
        fact.known_on = as_of
    fact.ref = UNREFERRED
    row.facts[found] = fact
    drop_unused_refs(row)
    fact.ref = ref_index(row, ref)
    return Applied.CHANGED


def _date_withdrawal(claim: DeathClaim, as_of: int) -> None:
    """A withdrawn claim keeps the day of its withdrawal: what was booked because of it is undone, what came later is not."""
    if claim.status != WITHDRAWN:
        claim.withdrawn_on = 0
    elif not claim.withdrawn_on:
        claim.withdrawn_on = as_of


def _mark(person: Person, fact: AnyFact) -> None:
    """Set the presence flags that a fact brings."""
    head, of = person.head, type(fact)
    head.flags |= FLAGS[of]
    if of in SCHEMED:
        head.flags |= SCHEME_FLAGS.get(fact.scheme, 0)  # type: ignore[union-attr]  # the type was looked at
    if isinstance(fact, BenefitRecord) and len({other.record for other in person.benefit_records} | {fact.record}) > 1:
        head.flags |= TWO_RECORDS


def _refresh(person: Person, fact: AnyFact, row: DetailRow) -> None:
    """Recompute the lines that depend on this fact; of a ledger fact, `row` holds all facts of its month."""
    of = type(fact)
    if of is Contribution or of is ContribRefund:
        refresh_ledger(person, fact, row)  # type: ignore[arg-type]  # the type was looked at
        return
    refresh_standing(person)
    if isinstance(fact, Enrolment):
        refresh_places(person, fact.scheme)
