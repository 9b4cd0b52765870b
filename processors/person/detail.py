"""A detail row: facts in one order whatever order they came in, and the table of where they came from."""

from processors.person.sections import KIND_OF, month_of
from processors.person.state import DetailRow, StoredRef
from schemas.facts import AnyFact


def find_fact(row: DetailRow, fact: AnyFact) -> int | None:
    """Where the same source row's fact stands; for timed facts the month is part of what it is."""
    source_row, of, month = fact.row, type(fact), month_of(fact)
    for place, known in enumerate(row.facts):
        if known.row == source_row and type(known) is of and month_of(known) == month:
            return place
    return None


def insert_fact(row: DetailRow, fact: AnyFact, ref: StoredRef) -> None:
    """Put a fact in its place, with where it came from."""
    facts = row.facts
    fact.ref = ref_index(row, ref)
    facts.append(fact)
    if len(facts) > 1 and _order(facts[-2]) > _order(fact):
        facts.sort(key=_order)


def move_facts(row: DetailRow, to: DetailRow) -> None:
    """Put the facts of a row behind those of another, which are all of earlier months."""
    for fact in row.facts:
        fact.ref = ref_index(to, row.refs[fact.ref])
    to.facts += row.facts


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
