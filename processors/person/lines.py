"""Lines of the head: month bitsets per scheme, state and last month per scheme and place. Pure functions of the detail rows."""

from collections.abc import Iterable

from processors.person.entries import Entry, entries_of, plain_lead, stands
from processors.person.entry_rows import gives_back
from processors.person.person import Person
from processors.person.sections import ledger_section, month_of
from processors.person.state import DetailRow, PlaceLine, SchemeLine
from schemas.dates import bits_of, month_bit, raw_of, span_bits
from schemas.facts import ContribRefund, Contribution, Enrolment
from schemas.kinds import EnrolState, FactStatus

_COUNTY_DIGITS = 100
_WITHDRAWN = int(FactStatus.WITHDRAWN)
_GONE = frozenset({int(EnrolState.ENDED), int(EnrolState.INVALID), int(EnrolState.NONE)})


def place_of(division: int) -> int:
    """The place of a line: the city of a division, six digits."""
    return division // _COUNTY_DIGITS * _COUNTY_DIGITS


def refresh_ledger(person: Person, fact: Contribution | ContribRefund, row: DetailRow) -> None:
    """Bring the lines of a scheme up to date after a contribution or refund changed; `row` holds all facts of its month."""
    line = _line(person, fact.scheme)
    if fact.months > line.span_max:  # noqa: PLR1730 - asked for every event: a call costs more than the question
        line.span_max = fact.months
    if line.span_max > 1 or not fact.month:
        _refresh_whole(person, line)
    else:
        _refresh_month(person, line, fact.month, _standing(row, fact.month))


def recomputed(person: Person, scheme: int) -> SchemeLine:
    """The line of a scheme from nothing but its detail: what the kept line must equal."""
    line = SchemeLine(scheme, b"", b"", b"", 1)
    for fact in person.timed(ledger_section(scheme)):
        if isinstance(fact, Contribution | ContribRefund):
            line.span_max = max(line.span_max, fact.months)
    cover, own, many = _bits(person.entries(scheme))
    line.cover, line.own, line.many = raw_of(cover), raw_of(own), raw_of(many)
    return line


def refresh_places(person: Person, scheme: int) -> None:
    """Recompute state and last month of every place of a scheme."""
    was = person.head.places
    others = [line for line in was if line.scheme != scheme]
    lines: dict[int, PlaceLine] = {}
    for record in sorted(_records(person, scheme), key=_recency):
        line = lines.setdefault(place_of(record.place), PlaceLine(scheme, place_of(record.place), 0, 0, 0, 0))
        line.state, line.retired = record.state, record.retired
        line.drawing = int(record.state == EnrolState.DRAWING)
    if scheme in {known.scheme for known in person.head.schemes}:
        for entry in person.entries(scheme):
            if entry.covers and entry.standing:
                line = lines.setdefault(place_of(entry.place), PlaceLine(scheme, place_of(entry.place), 0, 0, 0, 0))
                line.last_month = max(line.last_month, entry.standing[-1])
    person.head.places = sorted([*others, *lines.values()], key=_scheme_and_place)
    person.moved = person.moved or person.head.places != was


def _records(person: Person, scheme: int) -> list[Enrolment]:
    return [record for record in person.enrolments if record.scheme == scheme]


def _recency(record: Enrolment) -> tuple[bool, int, int, tuple[int, int, int]]:
    """The record that speaks for a place: one that stands before one that is gone, then the latest."""
    return record.state not in _GONE, record.from_day, record.changed_on, (record.incarnation, record.sequence, record.sub)


def _line(person: Person, scheme: int) -> SchemeLine:
    for line in person.head.schemes:
        if line.scheme == scheme:
            return line
    line = SchemeLine(scheme, b"", b"", b"", 1)
    person.head.schemes.append(line)
    person.head.schemes.sort(key=lambda known: known.scheme)
    return line


def _refresh_whole(person: Person, line: SchemeLine) -> None:
    entries = person.entries(line.scheme)
    cover, own, many = _bits(entries)
    line.cover, line.own, line.many = raw_of(cover), raw_of(own), raw_of(many)
    refresh_places(person, line.scheme)
    _doubt(person, entries, [*person.contributions(line.scheme), *person.refunds(line.scheme)])


def _doubt(person: Person, entries: Iterable[Entry], rows: Iterable[Contribution | ContribRefund]) -> None:
    """Note rows that may match no payment; whether they do is asked once the message is applied (processors.person.unmatched)."""
    if any(entry.unmatched for entry in entries) or any(type(row) is ContribRefund or gives_back(row) for row in rows):  # type: ignore[arg-type]  # no refund comes so far
        person.doubtful = True


def _standing(row: DetailRow, month: int) -> list[Contribution | ContribRefund]:
    """What a row holds of a month, withdrawn facts left out."""
    return [fact for fact in row.facts if month_of(fact) == month and fact.status != _WITHDRAWN]  # type: ignore[misc]  # a ledger's rows hold nothing else


def _refresh_month(person: Person, line: SchemeLine, month: int, facts: list[Contribution | ContribRefund]) -> None:
    """The bits of one month, from the facts of that month only: every payment of this scheme is for one month."""
    lead = plain_lead(facts)
    if lead is not None:
        covers, own = stands(lead)
        many, places = False, [place_of(lead.place)] if covers else []
    else:
        entries = entries_of([f for f in facts if isinstance(f, Contribution)], [f for f in facts if isinstance(f, ContribRefund)])
        places = [place_of(entry.place) for entry in entries if entry.covers]
        covers, own = bool(places), any(entry.covers and entry.net_fen > 0 for entry in entries)
        many = sum(entry.booked for entry in entries) > 1
        _doubt(person, entries, facts)
    bit, was = month_bit(month), bits_of(line.cover)
    line.cover = _set(line.cover, bit, on=covers)
    line.own = _set(line.own, bit, on=own)
    line.many = _set(line.many, bit, on=many)
    if was & bit and any(
        known.last_month == month and known.place not in places for known in person.head.places if known.scheme == line.scheme
    ):
        refresh_places(person, line.scheme)  # a place lost its last month
    for place in places:
        _advance_place(person, line.scheme, place, month)


def _set(raw: bytes, bit: int, *, on: bool) -> bytes:
    """A bitset with one bit as it should be."""
    bits = bits_of(raw)
    if bool(bits & bit) is on:
        return raw
    return raw_of(bits ^ bit)


def _advance_place(person: Person, scheme: int, place: int, month: int) -> None:
    for line in person.head.places:
        if line.place == place and line.scheme == scheme:
            if month > line.last_month:
                line.last_month, person.moved = month, True
            return
    person.head.places.append(PlaceLine(scheme, place, 0, month, 0, 0))
    person.head.places.sort(key=_scheme_and_place)
    person.moved = True


def _scheme_and_place(line: PlaceLine) -> tuple[int, int]:
    return line.scheme, line.place


def _bits(entries: Iterable[Entry]) -> tuple[int, int, int]:
    """(covered, covered by own money, more than one booked) of a set of entries."""
    cover = own = booked = many = 0
    for entry in entries:
        bits = span_bits(entry.month, entry.months)
        for month in entry.gone:
            bits &= ~month_bit(month)
        if entry.covers:
            cover |= bits
            if entry.net_fen > 0:
                own |= bits
        if entry.booked:
            many |= booked & bits
            booked |= bits
    return cover, own, many
