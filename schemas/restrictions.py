"""Persons whose data is stored and protected but no longer processed (个人信息保护法 art. 47): the mark on canbao.restrictions, and the command."""

import msgspec
from msgspec import Struct, msgpack

from schemas.newer import NewerRowError

RESTRICT = "restrict"
"""Name of the command on canbao.events that lets the people stage withdraw what it published of a person."""


class Restriction(Struct, array_like=True, frozen=True):
    """Since when and why. `at_ms`: epoch milliseconds; `reason`: as the audit record has it."""

    at_ms: int
    actor: str
    reason: str


encode = msgpack.Encoder().encode
_decode = msgpack.Decoder(Restriction).decode


def decode(raw: bytes) -> Restriction:
    """The mark; NewerRowError where the bytes are none."""
    try:
        return _decode(raw)
    except msgspec.MsgspecError:
        raise NewerRowError("canbao.restrictions") from None
