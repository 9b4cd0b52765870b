"""Why a local copy of state is thrown away: for the log, in words, and for the counter, by kind."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Why(StrEnum):
    """Kinds of reasons; the values of the label `reason` of `canbao_engine_copies_discarded_total`."""

    TORN = "torn"
    UNNAMED = "unnamed"
    FOREIGN = "foreign"
    AHEAD = "ahead"
    BEHIND = "behind"
    OLD = "old"
    REPLACED = "replaced"
    FORGOTTEN = "forgotten"


class Distrust(msgspec.Struct, frozen=True):
    """One reason; `words` name no person, only offsets, files and topics."""

    why: Why
    words: str
