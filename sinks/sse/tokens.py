"""Machine readers of the stream: one bearer token a consumer, kept as its SHA-256 in a file that only the server reads.

consumers:
  - {name: medical-insurance, token_sha256: 9f86d0…, divisions: [370102, 370116]}
"""

import hashlib
import hmac
import secrets
from pathlib import Path

import structlog
from msgspec import Struct
from starlette.requests import Request

from schemas.strict_yaml import ConfigError, read_table
from sinks.sse.routes import Allow, Grant

log = structlog.get_logger("canbao.sse")

PREFIX = "canbao_"
TOKEN_BYTES = 32


class Consumer(Struct, forbid_unknown_fields=True, frozen=True):
    """One machine reader. `divisions`: what it may see."""

    name: str
    token_sha256: str
    divisions: list[int]


class _File(Struct, forbid_unknown_fields=True, frozen=True):
    consumers: list[Consumer]


def new_token() -> tuple[str, str]:
    """(token for the consumer, shown once; its digest for the file)."""
    token = PREFIX + secrets.token_urlsafe(TOKEN_BYTES)
    return token, digest(token)


def digest(token: str) -> str:
    """SHA-256 in hexadecimal. The token is random and long, so nothing slower is needed."""
    return hashlib.sha256(token.encode()).hexdigest()


def read_tokens(path: Path) -> list[Consumer]:
    """The file's consumers; ConfigError names file, line and field."""
    return read_table(path).convert(_File).consumers


class Tokens:
    """The file's consumers, read again when the file changes: a token that was taken out of it opens nothing from the next connection on."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._changed_ns = path.stat().st_mtime_ns
        self._consumers = read_tokens(path)

    def consumers(self) -> list[Consumer]:
        """Those of the newest file that could be read; one that cannot is said in the log, and the last good one stays."""
        try:
            changed_ns = self._path.stat().st_mtime_ns
            if changed_ns != self._changed_ns:
                self._changed_ns = changed_ns
                self._consumers = read_tokens(self._path)
        except (OSError, ConfigError) as error:
            log.error("the file of tokens cannot be read", error=type(error).__name__)  # noqa: TRY400 - the kind says all
        return self._consumers


def allow_tokens(tokens: Tokens) -> Allow:
    """Grants by `Authorization: Bearer …`; every digest is compared, so time says nothing."""

    async def allow(request: Request) -> Grant | None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        given = digest(token)
        found = [one for one in tokens.consumers() if hmac.compare_digest(one.token_sha256, given)]
        return Grant(found[0].name, frozenset(found[0].divisions)) if found and scheme.lower() == "bearer" else None

    return allow
