"""What a reader knows besides the row: whom it is about, and which version of it this is."""

from msgspec import Struct

from processors.identity.kinds import Identifier
from schemas.events import Identity


class Scope(Struct, gc=False):
    """One record, one side of it (before or after). `notes` collects raw codes that no code map knows."""

    as_of_day: int
    person: bytes
    identifier: Identifier
    identity: Identity  # what the identifier says
    name: str
    name_key: bytes
    notes: list[str]
