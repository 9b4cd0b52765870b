"""The header row of a partition's state: what input it contains. The engine writes it, last in every transaction."""

from __future__ import annotations

import msgspec

CODEC = 1


class Header(msgspec.Struct, frozen=True, array_like=True):
    """Fields are only appended.

    `positions` maps each input topic to the next offset to read; `stage` is opaque to the engine; `incarnation` is raised when a
    state is rebuilt under other keys, so that rows of two lives never mix; `partitions` is the partition count it was kept under: with
    another count, keys lie elsewhere.
    """

    codec: int = CODEC
    incarnation: int = 1
    positions: dict[str, int] = {}
    stage: bytes = b""
    partitions: int = 0


class UnreadableHeaderError(ValueError):
    """The header row was written by a newer release, or is not ours."""


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Header).decode


def encode_header(header: Header) -> bytes:
    """Bytes of the row `HEADER_KEY`."""
    return _encode(header)


def decode_header(raw: bytes) -> Header:
    """Header of a row.

    Raises:
        UnreadableHeaderError: not a header, or of a codec this release does not know.
    """
    try:
        header = _decode(raw)
    except msgspec.DecodeError as error:
        raise UnreadableHeaderError("the row 0x00 of a changelog is not a partition header: is the topic another program's?") from error
    if header.codec > CODEC:
        raise UnreadableHeaderError(
            f"partition header has codec {header.codec}, this release reads up to {CODEC}: upgrade before taking over"
        )
    return header
