"""What deliver keeps of one webhook target in a partition: revisions it has, alerts it refused, how far a replay came."""

from msgspec import Struct, msgpack

from streams.engine.batch import Batch

HAS, PARKED, REPLAY = b"\x10", b"\x11", b"\x12"
"""Kind bytes; HAS and PARKED are followed by the alert id, 16 bytes."""
MOST_PARKED = 1_000
"""Of one partition; where more are refused, the partition waits."""
Version = tuple[int, int]
"""(revision, handling_version)"""


class Parked(Struct, array_like=True, frozen=True):
    """An alert whose newest revision, at `offset`, was refused `attempts` times; `epoch` is the target's row that refused it."""

    offset: int
    version: Version
    attempts: int
    due_ms: int
    epoch: int


class Progress(Struct, array_like=True, frozen=True):
    """Replay `number`: offsets from `next` to before `end` are still to be sent."""

    number: int = 0
    next: int = 0
    end: int = 0

    @property
    def active(self) -> bool:
        """Whether it is going on."""
        return self.next < self.end


encode = msgpack.Encoder().encode
_version = msgpack.Decoder(Version).decode
_parked = msgpack.Decoder(Parked).decode
_progress = msgpack.Decoder(Progress).decode


def versions(batch: Batch, ids: list[bytes]) -> dict[bytes, Version]:
    """The newest revision that the target has, of those alerts that it has."""
    found = batch.get_many([HAS + one for one in ids])
    return {one: _version(value) for one, value in zip(ids, found, strict=True) if value is not None}


def parked(batch: Batch, ids: list[bytes]) -> dict[bytes, Parked]:
    """Those of the alerts that are parked."""
    found = batch.get_many([PARKED + one for one in ids])
    return {one: _parked(value) for one, value in zip(ids, found, strict=True) if value is not None}


def all_parked(batch: Batch) -> dict[bytes, Parked]:
    """Every parked alert of the partition."""
    return {key[1:]: _parked(value) for key, value in batch.scan(PARKED, MOST_PARKED)}


def took(batch: Batch, alert: bytes, version: Version) -> None:
    """The target has this revision; an older one that was parked is done with, a newer one stays."""
    held = versions(batch, [alert]).get(alert)
    if held is None or version > held:
        batch.put(HAS + alert, encode(version))
    waiting = parked(batch, [alert]).get(alert)
    if waiting is not None and waiting.version <= version:
        batch.delete(PARKED + alert)


def park(batch: Batch, alert: bytes, row: Parked) -> None:
    """Keep an alert for later."""
    batch.put(PARKED + alert, encode(row))


def unpark(batch: Batch, alert: bytes) -> None:
    """Forget a parked alert."""
    batch.delete(PARKED + alert)


def progress(batch: Batch) -> Progress:
    """How far the newest replay came."""
    value = batch.get(REPLAY)
    return Progress() if value is None else _progress(value)


def set_progress(batch: Batch, row: Progress) -> None:
    """Keep how far it came."""
    batch.put(REPLAY, encode(row))
