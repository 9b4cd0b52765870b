"""The public row of a person: per scheme and place the state, the last covered month, drawing and retired. Sent only when it changed."""

import hashlib

from msgspec import msgpack

from processors.person.changes import changes_in
from processors.person.person import Person
from processors.restriction import is_restricted
from schemas.dates import yyyymm
from schemas.enrolment import EnrolmentPlace, EnrolmentRow
from schemas.kinds import EnrolState, Kind

READS = changes_in((Kind.ENROLMENT, Kind.CONTRIBUTION, Kind.CONTRIB_REFUND))


_encode = msgpack.Encoder().encode


def public_row(person: Person, as_of: int) -> EnrolmentRow | None:
    """The row to send, None where it is what was sent last; the head remembers its hash."""
    lines = [
        EnrolmentPlace(
            line.scheme,
            line.place,
            EnrolState(line.state).name,
            yyyymm(line.last_month) if line.last_month else 0,
            bool(line.drawing),
            bool(line.retired),
        )
        for line in person.head.places
        if not is_restricted(person)
    ]
    digest = hashlib.blake2b(_encode(lines), digest_size=8).digest()
    if digest == person.head.public:
        return None
    person.head.public = digest
    return EnrolmentRow(person.key, as_of, lines)
