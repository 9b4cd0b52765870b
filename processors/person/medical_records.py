"""Medical records that entitle: one view a record, the days on which it may entitle, the months in which it does (domain R09).

A record entitles by money that counts for the month, or without it: a 310 retiree, a premium of the fund or the government, a year that
the scheme itself states. Only PAYING and DRAWING records do; a paused, ended or void one entitles no more, whatever its dates, and one that was
resumed did not in the months of the pause.
"""

from msgspec import Struct, field

from processors.person.cover import ENTITLING, covers_without_payment, entitled_days, state_of
from processors.person.entries import Entry
from processors.person.person import Person
from processors.rules.model import Moment
from schemas.dates import MONTH_ZERO, bits_of, month_bit, month_of_day, span_bits
from schemas.facts import Enrolment
from schemas.kinds import MEDICAL, YEAR_SCHEMES, PayerKind, PersonType, Scheme

NEWBORN_DAYS = 730  # a newborn's record later than this after the birth is another person's
_FOREVER = 1 << 30
_YEAR = 12


class Cover(Struct, kw_only=True):
    """One medical record that may entitle. Days are day numbers; `last_day` far in the future where the record is open."""

    row: Enrolment
    pool: int
    first_day: int
    last_day: int
    always: bool = False  # without payment
    paid: int = 0  # months in which a payment entitles, as a bitset
    paused: int = 0  # months paused as a whole before it was resumed, as a bitset
    entries: list[Entry] = field(default_factory=list)  # payments of this record

    @property
    def record(self) -> bytes:
        """The record's key."""
        return self.row.record

    @property
    def known_on(self) -> int:
        """When its present state became known; a record resumed later is known since its change."""
        return max(self.row.known_on, self.row.changed_on)

    @property
    def by_employer(self) -> bool:
        """Whether an employer pays."""
        return self.row.payer_kind == PayerKind.EMPLOYER or (bool(self.row.employer) and self.row.payer_kind == PayerKind.UNKNOWN)

    def entitles(self, month: int) -> bool:
        """Whether it entitles in a month, by any route; never in one that was paused as a whole."""
        return not self.paused & month_bit(month) and (self.always or bool(self.paid & month_bit(month)))

    def paid_on(self, month: int) -> int:
        """The day on which the money for a month was first booked; the record's own first day where there is none."""
        days = [fact.paid_on or fact.known_on for entry in self.entries if _entitles(entry, month) for fact in entry.facts]
        return min(days, default=self.row.from_day or self.row.known_on)


def latest_rows(person: Person) -> dict[bytes, Enrolment]:
    """The row that speaks for each main-scheme medical record: one re-reported by a successor agency is one record."""
    latest: dict[bytes, Enrolment] = {}
    for row in sorted((one for one in person.enrolments if one.scheme in MEDICAL), key=_recency):
        latest[row.record] = row
    return latest


def covers_of(person: Person, now: Moment) -> list[Cover]:
    """The records that may entitle, by key. A newborn's record under a parent's number is not the parent's."""
    covers = []
    for _, row in sorted(latest_rows(person).items()):
        if state_of(row) in ENTITLING and not _is_childs(person, row):
            first, last = entitled_days(row)
            covers.append(
                Cover(row=row, pool=now.policy.pool(row.scheme, row.place, now.as_of), first_day=first, last_day=last or _FOREVER)
            )
            _fill(person, covers[-1], now)
    return covers


def _fill(person: Person, cover: Cover, now: Moment) -> None:
    """Add by what the record entitles."""
    cover.entries = _payments(person, cover.record, cover, now)
    cover.always, cover.paused = covers_without_payment(cover.row), bits_of(cover.row.paused)
    for entry in cover.entries:
        cover.paid |= _entitled_bits(entry)


def shared_months(one: Cover, two: Cover, now: Moment) -> list[int]:
    """Months up to now in which both entitle on a common day."""
    first, last = max(one.first_day, two.first_day), min(one.last_day, two.last_day, now.as_of)
    if first > last:
        return []
    months = range(max(month_of_day(first), MONTH_ZERO), month_of_day(last) + 1)
    return [month for month in months if one.entitles(month) and two.entitles(month)]


def continuous_months(person: Person, cover: Cover, until: int) -> int:
    """Months of 310 without a break, up to and with a month."""
    bits, count = bits_of(person.line(Scheme.MED_EMP).cover), 0
    while until - count >= MONTH_ZERO and bits >> (until - count - MONTH_ZERO) & 1:
        count += 1
    if cover.row.retired or covers_without_payment(cover.row):
        count = max(count, until - month_of_day(cover.first_day) + 1) if cover.first_day else max(count, _FOREVER)
    return count


def _entitles(entry: Entry, month: int) -> bool:
    """A payment entitles in the months that it states; a year scheme's row of one month stands for the rest of its year."""
    if entry.scheme in YEAR_SCHEMES and entry.months == 1:
        return entry.month <= month and entry.month // _YEAR == month // _YEAR
    return entry.stands_in(month)


def _entitled_bits(entry: Entry) -> int:
    if entry.scheme in YEAR_SCHEMES and entry.months == 1:
        return span_bits(entry.month, _YEAR - entry.month % _YEAR)
    bits = span_bits(entry.month, entry.months)
    for month in entry.gone:
        bits &= ~month_bit(month)
    return bits


def _is_childs(person: Person, row: Enrolment) -> bool:
    if row.person_type != PersonType.NEWBORN or not person.birth_day:
        return False
    return (row.from_day or row.known_on) - person.birth_day > NEWBORN_DAYS


def _payments(person: Person, record: bytes, cover: Cover, now: Moment) -> list[Entry]:
    """Payments that count and name the record, or that name none and lie in its pooling area."""
    found = []
    for entry in person.entries(cover.row.scheme):
        named = {fact.record for fact in entry.facts if fact.record}
        if entry.covers and (record in named or (not named and now.policy.pool(entry.scheme, entry.place, now.as_of) == cover.pool)):
            found.append(entry)
    return found


def _recency(row: Enrolment) -> tuple[int, int, int, int, int, bytes]:
    return row.from_day, row.changed_on, row.incarnation, row.sequence, row.sub, row.row
