"""A detail row: facts in one order whatever order they came in, and the table of where they came from."""

from processors.person.sections import KIND_OF, month_of
from processors.person.state import DetailRow, StoredRef
from schemas.facts import AnyFact


def find_fact(row: DetailRow, fact: AnyFact) -> int | None:
    """Where the same source row's fact stands; for timed facts the month is part of what it is."""
    for place, known in enumerate(row.facts):
        if known.row == fact.row and type(known) is type(fact) and month_of(known) == month_of(fact):
            return place
    return None


def insert_fact(row: DetailRow, fact: AnyFact, ref: StoredRef) -> None:
    """Put a fact in its place, with where it came from."""
    facts = row.facts
    fact.ref = ref_index(row, ref)
    facts.append(fact)
    if len(facts) > 1 and _order(facts[-2]) > _order(fact):
        facts.sort(key=_order)


def ref_index(row: DetailRow, ref: StoredRef) -> int:
    """The number of a reference in the row's table."""
    if ref in row.refs:
        return row.refs.index(ref)
    row.refs.append(ref)
    return len(row.refs) - 1


def drop_unused_refs(row: DetailRow) -> None:
    """Drop references that no fact uses any more."""
    used = sorted({fact.ref for fact in row.facts if fact.ref >= 0})
    index = {old: new for new, old in enumerate(used)}
    row.refs = [row.refs[old] for old in used]
    for fact in row.facts:
        if fact.ref >= 0:
            fact.ref = index[fact.ref]


def _order(fact: AnyFact) -> tuple[int, int, bytes]:
    return month_of(fact), KIND_OF[type(fact)], fact.row
