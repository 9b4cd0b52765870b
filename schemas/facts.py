"""Facts about a person: what one source row states, versioned by its position in that source.

A fact is identified within a person by (kind, row); for contributions, payments and recoveries also by their month or record: a row that
moves elsewhere is withdrawn there and asserted here under the same version. Applying is last-version-wins, so re-delivery, late arrival,
correction and merge are one operation. The same struct travels in `canbao.events` and rests in the state; `ref` and `known_on` are set
when it is applied. Wire form: msgpack arrays, first element the kind; fields are only ever appended.

Units: days since 1970-01-01 (0 = unknown), months year*12+month-1 (0 = unknown), money in fen, divisions GB/T 2260 six digits.
"""

from msgspec import Struct

from schemas.kinds import Kind

OLD_NUMBER = 15
"""`id_form` of a first-generation number: it has no check digit, so that a typing error in it cannot be seen."""
FORM_NOT_KEPT = -1
"""`id_form` of a claim that was stated before its form was kept; judged as one under a full number."""


class Fact(Struct, array_like=True, gc=False):
    """What every fact carries."""

    row: bytes  # 8 bytes: hash of (feed, table, primary key of the source row)
    status: int  # FactStatus
    incarnation: int  # version = (incarnation, sequence, sub), compared as a tuple
    sequence: int
    sub: int
    ref: int  # index into the row's table of Refs once applied; -1 on the wire
    offset: int  # offset of the source record in its topic partition
    known_on: int  # as_of day when first stated (the minimum over re-deliveries); 0 on the wire
    source: int  # Source
    division: int  # division of the office that states it


class DeathClaim(Fact, tag=int(Kind.DEATH_CLAIM)):
    """One office's claim that the person died."""

    origin: int  # DeathOrigin
    died_on: int
    precision: int  # Precision
    proof: int  # 0 reported, 1 certified, 2 registered, 3 court
    certificate: bytes  # 8-byte hash of the death certificate number, its own or the one it quotes; empty = none
    name_key: bytes
    withdrawn_on: int = 0  # as_of day when it was withdrawn; 0 on the wire and while it stands
    id_form: int = FORM_NOT_KEPT  # how its number was written: 18, 15, or 0 = other document


class Hukou(Fact, tag=int(Kind.HUKOU)):
    """One household registration or residence-permit spell."""

    place: int  # division registered in
    from_day: int
    to_day: int
    cancel_reason: int  # CancelReason
    residence_permit: int  # 1 = residence permit of a non-registered resident
    name_key: bytes


class Card(Fact, tag=int(Kind.CARD)):
    """One social-security card."""

    card: bytes  # 8-byte hash of the serial
    state: int  # CardState
    issued_on: int
    changed_on: int
    city: int


class Enrolment(Fact, tag=int(Kind.ENROLMENT)):
    """One enrolment record: AAC001 at one agency in one scheme."""

    record: bytes  # 8-byte hash of (source, scheme, AAC001 after successor mapping of the agency); equal for a re-reported record
    scheme: int
    place: int  # insuring division as reported
    state: int  # EnrolState
    raw_pair: int  # AAC008 * 10 + AAC031 as reported; 99 = not reported
    payer_kind: int
    employer: str  # uniform social credit code; empty = none
    reason: int  # AAE160
    from_day: int  # AAE030
    to_day: int  # AAE031
    changed_on: int  # AAE035
    first_month: int  # AAC049
    entitle_from: int
    entitle_to: int
    retired: int  # 1 = retired flag of this scheme
    subsidised: int  # 1 = premium paid by the government
    person_type: int
    name_key: bytes
    paused: bytes = b""  # medical: months wholly paused before the present state, as a bitset; empty on the wire, set when applied


class BenefitRecord(Fact, tag=int(Kind.BENEFIT_RECORD)):
    """One benefit record, filed under the person who receives it."""

    record: bytes  # as Enrolment.record
    benefit: int  # BenefitKind
    scheme: int
    place: int
    state: int  # BenefitState
    reason: int  # AAE160
    changed_on: int  # AAE035: when the state was booked
    start_month: int  # AIC160
    end_month: int
    own: int  # 1 = the receiver is the insured person
    certified_on: int  # last life certification as the record has it
    name_key: bytes
    awarded_on: int = 0  # changed_on of the award, kept when a later state is booked; 0 on the wire, set when applied


class BenefitPayment(Fact, tag=int(Kind.BENEFIT_PAYMENT)):
    """One leg of one payment run for one benefit month (EAC064) and item (AAA036)."""

    record: bytes
    month: int
    item: int
    item_class: int
    amount_fen: int
    leg: int  # PayLeg
    paid_on: int
    run: bytes  # 8-byte hash of the run row; empty = unknown
    payee_other: int  # 1 = payee is not the insured person


class BenefitRecovery(Fact, tag=int(Kind.BENEFIT_RECOVERY)):
    """Benefit money that came back: returned leg, refund, offset, write-off."""

    record: bytes
    month: int  # benefit month; 0 = not stated, set against the oldest first
    recovery: int  # RecoveryKind
    amount_fen: int
    state: int  # PayLeg; only PAID counts
    booked_on: int


class Contribution(Fact, tag=int(Kind.CONTRIBUTION)):
    """One contribution row: AAE003 month (or a span of months) of one scheme, by one payer."""

    scheme: int
    place: int
    month: int  # AAE003; first month of the span
    months: int  # span; 1 = one month, 12 = a year payment
    bill: bytes  # 8-byte hash of (payer, bill number); empty = no number
    stage: int  # Stage
    kind: int  # ContribKind
    payer_kind: int
    payer: bytes  # 8-byte hash of the payer's code, or of the person for an individual payer
    item: int  # payer item of 170: 1 person, 3-5 subsidies, 6 collective, 11 government; 0 = none
    person_fen: int
    employer_fen: int
    public_fen: int  # subsidies and government premium
    paid_on: int  # EAD131
    settled_month: int  # AAE002
    base_fen: int
    reversed: int  # 1 = this row is 已退收 / reversed / written off as a whole
    record: bytes  # enrolment record; empty = unknown
    name_key: bytes
    employer: str  # uniform social credit code as reported; empty = none


class ContribRefund(Fact, tag=int(Kind.CONTRIB_REFUND)):
    """Contribution money given back (CONTRIB_REFUNDED, REFUND_POSTED)."""

    scheme: int
    place: int
    month: int
    months: int
    bill: bytes  # bill refunded; empty = joined by amounts
    refund: bytes  # 8-byte hash of the refund document's number: two reporters of one refund agree; empty = none
    refund_type: int  # F10004 -> 10004
    person_fen: int
    employer_fen: int
    state: int  # PayLeg; only PAID counts
    posted_on: int
    payer: bytes


class Alive(Fact, tag=int(Kind.ALIVE)):
    """Evidence that the person lived on a day."""

    alive: int  # AliveKind
    seen_on: int  # service or certification day; last treatment day of a stay
    record: bytes  # benefit record certified; empty = none


class Transfer(Fact, tag=int(Kind.TRANSFER)):
    """One leg of a transfer between places."""

    scheme: int
    direction: int  # EAC071: 1 out, 2 in
    other_division: int
    month: int
    months: int
    booked_on: int
    cancelled: int


class Balance(Fact, tag=int(Kind.BALANCE)):
    """Balance of an individual account."""

    record: bytes
    scheme: int
    balance_fen: int
    state: int  # EAC040
    as_of: int


class Payroll(Fact, tag=int(Kind.PAYROLL)):
    """One payroll month of one employer from the tax authority."""

    employer: str
    income_kind: int  # 1 wage, 2 labour fee, 9 other
    month: int  # income month
    tax_month: int
    wage_fen: int


class Status(Fact, tag=int(Kind.STATUS)):
    """A dated status: student, military, custody, emigrated, hardship, or a recorded reason for not being enrolled."""

    status_kind: int  # StatusKind
    from_day: int
    to_day: int
    code: int


class NationalMatch(Fact, tag=int(Kind.NATIONAL_MATCH)):
    """Answer of the national platform about enrolment elsewhere."""

    scheme: int
    place: int
    state: int  # EnrolState; NONE = not found
    first_month: int
    last_month: int
    drawing: int
    queried_on: int


class IdentityRecord(Fact, tag=int(Kind.IDENTITY)):
    """What a person-master row (resident, enrolment record, benefit record, card) says of the person; asserted for each such row."""

    name_key: bytes
    birth_day: int  # as the record has it; 0 = not stated
    sex: int  # 1 male, 2 female, 0 not stated
    id_form: int  # 18, 15, or 0 = other document
    record: bytes  # enrolment or benefit record; empty = a register row


AnyFact = (
    DeathClaim
    | Hukou
    | Card
    | Enrolment
    | BenefitRecord
    | BenefitPayment
    | BenefitRecovery
    | Contribution
    | ContribRefund
    | Alive
    | Transfer
    | Balance
    | Payroll
    | Status
    | NationalMatch
    | IdentityRecord
)
