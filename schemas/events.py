"""Messages of `canbao.events`: private to canbao, keyed by the 17-byte person key (control records go to a partition, key empty).

Wire form: msgpack, one array per message, tagged by type; fields are only ever appended.
"""

from msgspec import Struct, msgpack

from schemas.decision import Decision
from schemas.facts import AnyFact

FORMAT = 1


class Identity(Struct, array_like=True, gc=False):
    """What the identifier says of the person; never a name or a number. What records say of the person are IdentityRecord facts."""

    birth_day: int  # from the identifier; 0 = the identifier has none
    sex: int  # from the identifier: 1 male, 2 female, 0 unknown
    id_form: int  # 18, 15, or 0 = other document


class Facts(Struct, array_like=True, tag=1, gc=False):
    """All facts that one source record asserts or withdraws about one person."""

    version: int
    person: bytes
    origin: bytes  # person key under which the source filed it; differs from person after a merge
    event_id: bytes  # the source's own id; empty = derived from the position
    feed: str
    feed_partition: int
    offset: int
    batch: str
    snapshot: int  # 1 = read in a snapshot
    hops: int
    recorded_on: int  # day when the department recorded it; 0 = unknown
    identity: Identity
    facts: list[AnyFact]
    unmapped: list[str] = []  # raw codes that no code map knows, as field=code; their facts carry UNKNOWN


class Tick(Struct, array_like=True, tag=2, gc=False):
    """The calendar day has turned in Asia/Shanghai: as_of becomes `day`."""

    version: int
    day: int


class Horizon(Struct, array_like=True, tag=3, gc=False):
    """A feed is known complete through a recording day (inclusive), for one division and one source partition."""

    version: int
    feed: str
    division: int  # 0 = all divisions of the feed
    partition: int
    partitions: int  # how many source partitions the feed has; the horizon is their minimum
    through: int


class Command(Struct, array_like=True, tag=4, gc=False):
    """An operator's command to a person or a partition: `unquarantine`."""

    version: int
    name: str
    person: bytes
    argument: str


class Activate(Struct, array_like=True, tag=5, gc=False):
    """Reserved: a policy set takes effect."""

    version: int
    policy_hash: str
    from_day: int


class Hold(Struct, array_like=True, tag=6, gc=False):
    """Reserved: facts of a batch are not to be used."""

    version: int
    feed: str
    batch: str


class Release(Struct, array_like=True, tag=7, gc=False):
    """Reserved: a held batch is released or rejected."""

    version: int
    feed: str
    batch: str
    rejected: int


class Live(Struct, array_like=True, tag=8, gc=False):
    """Reserved: the first load of a partition is complete."""

    version: int


class Cut(Struct, array_like=True, tag=9, gc=False):
    """Reserved: the monthly cut."""

    version: int
    period: int


class Decided(Struct, array_like=True, tag=10, gc=False):
    """DECISION: a clerk's decision about an alert of the person."""

    version: int
    person: bytes
    decision: Decision


class Forward(Struct, array_like=True, tag=11, gc=False):
    """Reserved: facts on their way to another person after a merge."""

    version: int
    person: bytes
    facts: bytes


Message = Facts | Tick | Horizon | Command | Activate | Hold | Release | Live | Cut | Decided | Forward
encode = msgpack.Encoder().encode
decode = msgpack.Decoder(Message).decode
