"""State rows of a person and their keys (design: formats fixed from the start).

A person is a head row (presence flags, lines of month bitsets, wakes, open alerts) and detail rows, one per kind of fact. What is paid by
month (contributions, benefit payments, payroll) has one row a month while it is new, so that a fact rewrites little; months that have
passed are packed together. Rules read the head and ask for detail only on a finding. Lines are pure functions of detail.

Keys: kind byte, person key (17 bytes), then for detail a section letter and its id.
"""

import zlib
from collections.abc import Callable
from typing import Any, Protocol

from msgspec import DecodeError, Raw, Struct, convert, defstruct, field, msgpack

from schemas.facts import AnyFact

CODEC = 2
PARTITION = b"\x00"
HORIZON = b"\x01"
CONTROL = b"\x02"
HEAD = b"\x10"
DETAIL = b"\x11"
QUARANTINE = b"\x1f"


class Flag:
    """What there is of a person at all; a rule that needs something absent is never called. Set once, never cleared.

    Plain integers: an operator of an enum member costs as much as decoding a row.
    """

    DEATH = 1
    HUKOU = 2
    CARD = 4
    ENROLMENT = 8
    BENEFIT = 16
    PAYMENT = 32
    CONTRIBUTION = 64
    REFUND = 128
    ALIVE = 256
    TRANSFER = 512
    BALANCE = 1024
    PAYROLL = 2048
    STATUS = 4096
    NATIONAL = 8192
    IDENTITY = 1 << 14
    RECOVERY = 1 << 15
    PENSION_EMP = 1 << 16  # an enrolment, record or contribution of 110 or 120
    PENSION_RES = 1 << 17  # of 170
    MED_EMP = 1 << 18  # of 310
    MED_RES = 1 << 19  # of 390
    TWO_RECORDS = 1 << 20  # more than one benefit record
    RESTRICTED = 1 << 30  # stored, no longer processed (个人信息保护法 art. 47)


class SchemeLine(Struct, array_like=True, gc=False):
    """What rules need of one scheme over all places: bitsets of months from 1980-01 (schemas.dates)."""

    scheme: int
    cover: bytes  # months with at least one entry that counts, TREASURY or BOOKED
    own: bytes  # of these, months paid with the person's or an employer's money
    many: bytes  # months with more than one entry that counts and is BOOKED
    span_max: int  # longest span of one contribution seen


class PlaceLine(Struct, array_like=True, gc=False):
    """What the public row says of one scheme and place."""

    scheme: int
    place: int
    state: int  # EnrolState of the latest record there
    last_month: int  # last covered month there
    drawing: int
    retired: int


class MonthIndex(Struct, array_like=True, gc=False):
    """Where the facts of one timed section lie. Bitsets of slots (see `sections.slot_of`)."""

    section: bytes
    floor: int = 0  # first slot that is not packed
    hot: bytes = b""  # slots from `floor` on that have a row of their own
    packed: bytes = b""  # packs that have a row; a pack is PACK_MONTHS slots


class WakeEntry(Struct, array_like=True, gc=False, order=True):
    """When a rule wants to be asked again: clock '' = calendar, else 'feed@division'."""

    rule: str
    clock: str
    day: int
    family: int = 0  # scheme family that the rule was asked about (processors.person.families); 0 = the whole person


class OpenAlert(Struct, array_like=True, gc=False):
    """A published finding that holds."""

    rule: str
    alert_id: bytes
    content: bytes  # 8-byte hash of what was published
    family: int = 0  # as in WakeEntry
    basis: bytes = b""  # 8-byte hash of the finding that it was built from
    until: int = 0  # last day on which a clerk's decision about it stands; 0 = no end


class Head(Struct, array_like=True, gc=False):
    """The head row."""

    codec: int
    subject: bytes
    wakes: list[WakeEntry] = field(default_factory=list)  # near the front: the due index reads no further
    flags: int = 0
    birth_day: int = 0
    sex: int = 0
    schemes: list[SchemeLine] = field(default_factory=list)
    places: list[PlaceLine] = field(default_factory=list)
    months: list[MonthIndex] = field(default_factory=list)
    open: list[OpenAlert] = field(default_factory=list)
    judged_to: int = 0  # number of the last control record that this person was judged under
    public: bytes = b""  # 8-byte hash of the public row last sent
    quarantined: str = ""  # error code; empty = not quarantined
    standing: int = 0  # what the records say now (processors.person.standing)


class Ref(Struct, array_like=True, frozen=True):
    """Where a fact came from, apart from its offset."""

    feed: str = ""
    partition: int = 0
    batch: str = ""
    snapshot: int = 0
    origin: bytes = b""  # empty = filed under this person's own key
    event_id: bytes = b""  # empty = derived from the position


StoredRef = tuple[Any, ...]
"""The fields of a Ref as a row keeps them: what is empty at the end is left out."""


class DetailRow(Struct, array_like=True, gc=False):
    """Facts of one kind (or of one scheme or record, and month or pack), sorted by month, kind and row."""

    refs: list[StoredRef] = field(default_factory=list)
    facts: list[AnyFact] = field(default_factory=list)


encode = msgpack.Encoder().encode
decode_head = msgpack.Decoder(Head).decode
_decode_row = msgpack.Decoder(DetailRow).decode
_ZLIB = 0x78  # first byte of a zlib stream (RFC 1950); a row in the clear starts with a msgpack array
_LEVEL = 6


UNREADABLE = (DecodeError, ValueError)
"""What reading a row raises that is no row of this kind."""


def decode_detail(raw: bytes) -> DetailRow:
    """A detail row, packed or not."""
    return _decode_row(zlib.decompress(raw) if raw[0] == _ZLIB else raw)


def pack_detail(row: DetailRow) -> bytes:
    """A detail row that is seldom written: names, payers and places repeat from fact to fact, so it shrinks to a third."""
    return zlib.compress(encode(row), _LEVEL)


def stored_ref(*values: str | int | bytes) -> StoredRef:
    """The values of a Ref as rows keep them."""
    length = len(values)
    while length and not values[length - 1]:
        length -= 1
    return values[:length]


def full_ref(stored: StoredRef) -> Ref:
    """The reference that a row keeps."""
    return convert(stored, Ref)


class _Woken(Protocol):
    wakes: list[WakeEntry]


_BEFORE_WAKES = Head.__struct_fields__[: Head.__struct_fields__.index("wakes")]
_HeadWakes = defstruct("_HeadWakes", [*((name, Raw) for name in _BEFORE_WAKES), ("wakes", list[WakeEntry])], array_like=True)
decode_wakes: Callable[[bytes], _Woken] = msgpack.Decoder(_HeadWakes).decode  # type: ignore[assignment] # the class is made at run time
"""A head of which only `wakes` is read: a restore derives the due index from millions of heads."""


def head_key(person: bytes) -> bytes:
    """Key of the head row."""
    return HEAD + person


def detail_key(person: bytes, section: bytes) -> bytes:
    """Key of a detail row; `section` starts with its letter."""
    return DETAIL + person + section
