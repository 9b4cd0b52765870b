"""The public row of a person: state, last month, drawing and retired per scheme and place, covered months per scheme. Sent only when it changed."""

import hashlib

from msgspec import msgpack

from processors.person.changes import changes_in
from processors.person.person import Person
from processors.person.state import SchemeLine
from processors.restriction import is_restricted
from schemas.dates import MONTH_ZERO, bits_of, yyyymm
from schemas.enrolment import EnrolmentMonths, EnrolmentPlace, EnrolmentRow
from schemas.kinds import EnrolState, Kind

READS = changes_in((Kind.ENROLMENT, Kind.CONTRIBUTION, Kind.CONTRIB_REFUND))

BYTE_MONTHS = 8

_NAMES = {int(state): state.name for state in EnrolState}
_encode = msgpack.Encoder().encode


def public_row(person: Person, as_of: int) -> EnrolmentRow | None:
    """The row to send, None where it is what was sent last; the head remembers its hash."""
    lines = [
        EnrolmentPlace(
            line.scheme,
            line.place,
            _NAMES[line.state],
            yyyymm(line.last_month) if line.last_month else 0,
            bool(line.drawing),
            bool(line.retired),
        )
        for line in (() if is_restricted(person) else person.head.places)
    ]
    months = [] if is_restricted(person) else [_months(line) for line in person.head.schemes if line.cover]
    digest = hashlib.blake2b(_encode([lines, months]), digest_size=8).digest()
    if digest == person.head.public:
        return None
    person.head.public = digest
    return EnrolmentRow(person.key, as_of, lines, months)


def _months(line: SchemeLine) -> EnrolmentMonths:
    """The line's bitsets from the first byte that has a month."""
    shift = line.cover[0] * BYTE_MONTHS
    doubled = bits_of(line.many) >> shift
    return EnrolmentMonths(
        line.scheme, yyyymm(MONTH_ZERO + shift), line.cover[1:], doubled.to_bytes(doubled.bit_length() + 7 >> 3, "little")
    )
