"""Rows of `canbao.control`: whether a feed runs, why not, and under which incarnation of its source. Key: the feed's name."""

from enum import StrEnum

import msgspec
from msgspec import Struct, msgpack

from schemas.newer import NewerRowError

TOP_INCARNATION = 65_535


class FeedState(StrEnum):
    """RUN: records are read. PAUSED: they wait in their topic."""

    RUN = "RUN"
    PAUSED = "PAUSED"


class FeedControl(Struct, array_like=True, frozen=True):
    """What one feed is told. `epoch` rises with every row, so that an old row read late is known as old."""

    state: FeedState = FeedState.RUN
    reason: str = ""  # CB-nnn, or what the operator gave
    incarnation: int = 1
    epoch: int = 0
    place: str = ""  # topic[partition]@offset where a brake tripped


encode = msgpack.Encoder().encode
_decode = msgpack.Decoder(FeedControl).decode


def decode(raw: bytes | None) -> FeedControl:
    """The row, or RUN where there is none.

    Raises:
        NewerRowError: the bytes are no control row.
    """
    if raw is None:
        return FeedControl()
    try:
        return _decode(raw)
    except msgspec.MsgspecError as error:
        raise NewerRowError("canbao.control") from error
