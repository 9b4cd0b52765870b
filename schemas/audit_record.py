"""Records of the audit topic on the wire: version byte, SHA-256, body. The hash covers the body's bytes, the body names the hash before it.

digest = SHA-256(body); body = msgpack [writer, sequence, previous digest, at_ms, entry]. Each writer has a chain of its own, from sequence 1.
"""

import hashlib

import msgspec
from msgspec import Struct, msgpack

from schemas.audit import AuditEntry

VERSION = b"\x01"
DIGEST_BYTES = 32
START = bytes(DIGEST_BYTES)
"""Previous digest of a chain's first record."""


class AuditRecordError(ValueError):
    """Bytes that are no audit record."""


class AuditRecord(Struct, array_like=True, frozen=True):
    """One link of a writer's chain. `at_ms`: epoch milliseconds by the writer's clock."""

    writer: str
    sequence: int
    previous: bytes
    at_ms: int
    entry: AuditEntry


class Link(Struct, frozen=True):
    """A record as it was read: its own digest as stored, and whether the body still has it."""

    record: AuditRecord
    digest: bytes
    intact: bool


_encode = msgpack.Encoder().encode
_decode = msgpack.Decoder(AuditRecord).decode


def encode(record: AuditRecord) -> tuple[bytes, bytes]:
    """The bytes of a record, and its digest: the next record's `previous`."""
    body = _encode(record)
    digest = hashlib.sha256(body).digest()
    return VERSION + digest + body, digest


def decode(raw: bytes | None) -> Link:
    """The record behind the bytes; AuditRecordError where they are none. An altered body that is still readable is a Link that is not intact."""
    if raw is None or raw[:1] != VERSION or len(raw) <= 1 + DIGEST_BYTES:
        raise AuditRecordError("not an audit record of a version known here")
    digest, body = raw[1 : 1 + DIGEST_BYTES], raw[1 + DIGEST_BYTES :]
    try:
        record = _decode(body)
    except (msgspec.MsgspecError, ValueError) as error:
        raise AuditRecordError(f"not an audit record: {type(error).__name__}") from None
    return Link(record, digest, hashlib.sha256(body).digest() == digest)
