"""One person while a message is handled: rows are read when asked for, kept decoded, and given back when changed.

Rules read through this view. Every accessor answers facts that hold (status ASSERTED or ROW_GONE) unless it says otherwise; a deleted row
that another one states again is left out (processors.person.twins).
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from processors.person.entries import Entry, entries_of
from processors.person.sections import (
    PACK_MONTHS,
    SECTIONS,
    ledger_section,
    month_section,
    packed_section,
    payment_section,
    slot_of,
)
from processors.person.state import (
    CODEC,
    DetailRow,
    Flag,
    Head,
    MonthIndex,
    Ref,
    SchemeLine,
    decode_detail,
    decode_head,
    detail_key,
    full_ref,
    head_key,
)
from processors.person.twins import booked_once, payments_once, without_twins
from schemas.dates import bits_of, places_of
from schemas.facts import (
    Alive,
    AnyFact,
    Balance,
    BenefitPayment,
    BenefitRecord,
    BenefitRecovery,
    Card,
    ContribRefund,
    Contribution,
    DeathClaim,
    Enrolment,
    Fact,
    Hukou,
    IdentityRecord,
    NationalMatch,
    Payroll,
    Status,
    Transfer,
)
from schemas.kinds import FactStatus, Kind

F = TypeVar("F", bound=Fact)
T = TypeVar("T")
_NO_REF = Ref()


class Person:
    """The facts and the head of one person. `get` reads a state row, None where there is none."""

    def __init__(self, key: bytes, get: Callable[[bytes], bytes | None]) -> None:
        self.key = key
        self._get = get
        self.head_was = raw = get(head_key(key))
        self.head = decode_head(raw) if raw is not None else Head(CODEC, key)
        self._rows: dict[bytes, DetailRow] = {}
        self.dirty: dict[bytes, DetailRow] = {}  # section to row
        self.moved = False  # whether a line of a place changed
        self.doubtful = False  # whether a ledger that changed may hold rows that match no payment
        self._entries: dict[int, list[Entry]] = {}
        self._made: dict[Callable[[Person], object], object] = {}
        self._known: dict[Kind, list[Any]] = {}

    @property
    def birth_day(self) -> int:
        """Birth day by the identifier; 0 = unknown."""
        return self.head.birth_day

    @property
    def sex(self) -> int:
        """1 male, 2 female, 0 unknown; by the identifier."""
        return self.head.sex

    def has(self, flags: int) -> bool:
        """Whether all of the given presence flags are set."""
        return self.head.flags & flags == flags

    def once(self, make: Callable[["Person"], T]) -> T:
        """What a function makes of nothing but the facts, made once until one of them changes. Nobody may change it."""
        if make not in self._made:
            self._made[make] = make(self)
        return self._made[make]  # type: ignore[return-value]  # made by this very function

    # rows

    def read(self, key: bytes) -> bytes | None:
        """A state row of this person as it was before this message."""
        return self._get(key)

    def row(self, section: bytes) -> DetailRow:
        """The detail row of a section, empty where there is none."""
        row = self._rows.get(section)
        if row is None:
            raw = self._get(detail_key(self.key, section))
            row = self._rows[section] = decode_detail(raw) if raw is not None else DetailRow()
        return row

    def changed(self, section: bytes) -> None:
        """Mark a row as changed; it is written when the message is done."""
        self.dirty[section] = self._rows[section]
        self._entries.clear()
        self._made.clear()
        self._known.clear()

    def emptied(self, section: bytes) -> None:
        """Mark a row as moved elsewhere; it is deleted when the message is done."""
        self._rows[section] = DetailRow()
        self.changed(section)

    def month_index(self, section: bytes) -> MonthIndex | None:
        """Where the rows of a timed section lie; None where there are none."""
        for index in self.head.months:
            if index.section == section:
                return index
        return None

    def row_of_month(self, section: bytes, month: int) -> tuple[bytes, DetailRow]:
        """The row where a timed fact of this month lies or would lie, and its section. A row that is not indexed is not looked for."""
        index, slot = self.month_index(section), slot_of(month)
        if index is None:
            place, known = month_section(section, slot), False
        elif slot >= index.floor:
            place, known = month_section(section, slot), bool(bits_of(index.hot) >> slot & 1)
        else:
            place, known = packed_section(section, slot // PACK_MONTHS), bool(bits_of(index.packed) >> slot // PACK_MONTHS & 1)
        row = self._rows.get(place)
        if row is None:
            row = self.row(place) if known else self._rows.setdefault(place, DetailRow())
        return place, row

    def timed(self, section: bytes) -> list[AnyFact]:
        """All facts of a timed section, oldest month first."""
        index = self.month_index(section)
        if index is None:
            return []
        facts: list[AnyFact] = []
        for pack in places_of(bits_of(index.packed)):
            facts += self.row(packed_section(section, pack)).facts
        for slot in places_of(bits_of(index.hot)):
            facts += self.row(month_section(section, slot)).facts
        return facts

    def raw_facts(self, kind: Kind) -> Sequence[AnyFact]:
        """All facts of an untimed kind, withdrawn and ended ones included."""
        letter, flag = _UNTIMED[kind]
        return self.row(letter).facts if self.head.flags & flag else ()

    def ref(self, fact: Fact) -> Ref:
        """Where a fact of this person came from."""
        for row in self._rows.values():
            if any(other is fact for other in row.facts):
                return full_ref(row.refs[fact.ref])
        return _NO_REF

    def _held(self, kind: Kind, of: type[F]) -> list[F]:
        known = self._known.get(kind)
        if known is None:
            held: list[F] = [fact for fact in self.raw_facts(kind) if type(fact) is of and fact.status in _HOLDS]
            known = self._known[kind] = without_twins(held) if len(held) > 1 else held
        return known

    # what rules read

    @property
    def claims(self) -> list[DeathClaim]:
        """Death claims in force."""
        return self._held(Kind.DEATH_CLAIM, DeathClaim)

    @property
    def all_claims(self) -> list[DeathClaim]:
        """Death claims, withdrawn ones included."""
        return [fact for fact in self.raw_facts(Kind.DEATH_CLAIM) if isinstance(fact, DeathClaim)]

    @property
    def hukou(self) -> list[Hukou]:
        """Registration spells."""
        return self._held(Kind.HUKOU, Hukou)

    @property
    def cards(self) -> list[Card]:
        """Social-security cards."""
        return self._held(Kind.CARD, Card)

    @property
    def enrolments(self) -> list[Enrolment]:
        """Enrolment records, ended and invalid ones included (see their state)."""
        return self._held(Kind.ENROLMENT, Enrolment)

    @property
    def benefit_records(self) -> list[BenefitRecord]:
        """Benefit records that this person receives."""
        return self._held(Kind.BENEFIT_RECORD, BenefitRecord)

    @property
    def alive(self) -> list[Alive]:
        """Evidence of life."""
        return self._held(Kind.ALIVE, Alive)

    @property
    def transfers(self) -> list[Transfer]:
        """Legs of transfers."""
        return self._held(Kind.TRANSFER, Transfer)

    @property
    def balances(self) -> list[Balance]:
        """Account balances."""
        return self._held(Kind.BALANCE, Balance)

    @property
    def statuses(self) -> list[Status]:
        """Dated statuses."""
        return self._held(Kind.STATUS, Status)

    @property
    def national_matches(self) -> list[NationalMatch]:
        """Answers of the national platform."""
        return self._held(Kind.NATIONAL_MATCH, NationalMatch)

    @property
    def identity_records(self) -> list[IdentityRecord]:
        """What master rows say of the person."""
        return self._held(Kind.IDENTITY, IdentityRecord)

    @property
    def payroll(self) -> list[Payroll]:
        """Payroll months."""
        if not self.head.flags & _PAYROLL:
            return []
        return [fact for fact in self.timed(b"W") if isinstance(fact, Payroll) and fact.status in _HOLDS]

    def payments(self, record: bytes) -> list[BenefitPayment]:
        """Payment legs of one benefit record, each payment once, by benefit month."""
        legs = [fact for fact in self.timed(payment_section(record)) if isinstance(fact, BenefitPayment) and fact.status in _HOLDS]
        return payments_once(legs)

    def recoveries(self, record: bytes) -> list[BenefitRecovery]:
        """Money that came back on one benefit record: what is booked, each once."""
        back = [fact for fact in self.timed(payment_section(record)) if isinstance(fact, BenefitRecovery) and fact.status in _HOLDS]
        return booked_once(without_twins(back))

    def contributions(self, scheme: int) -> list[Contribution]:
        """Contribution rows of one scheme, all places, by month."""
        return [fact for fact in self.timed(ledger_section(scheme)) if isinstance(fact, Contribution) and fact.status in _HOLDS]

    def refunds(self, scheme: int) -> list[ContribRefund]:
        """Contribution refunds of one scheme."""
        return [fact for fact in self.timed(ledger_section(scheme)) if isinstance(fact, ContribRefund) and fact.status in _HOLDS]

    def entries(self, scheme: int) -> list[Entry]:
        """The ledger of one scheme: payments grouped over their reporters (domain 3.1b), by month."""
        if scheme not in self._entries:
            self._entries[scheme] = entries_of(self.contributions(scheme), self.refunds(scheme))
        return self._entries[scheme]

    def line(self, scheme: int) -> SchemeLine:
        """Month bitsets of one scheme; empty ones where there is nothing."""
        for line in self.head.schemes:
            if line.scheme == scheme:
                return line
        return SchemeLine(scheme, b"", b"", b"", 0)


_UNTIMED = {kind: (section.letter, section.flag) for kind, section in SECTIONS.items()}
_PAYROLL = Flag.PAYROLL
_HOLDS = frozenset({int(FactStatus.ASSERTED), int(FactStatus.ENDED), int(FactStatus.ROW_GONE)})
