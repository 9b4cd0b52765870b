"""Sessions on the server, in Redis. The browser has a random token; Redis has its hash, so what Redis holds signs nobody in."""

import hashlib
import secrets

from msgspec import Struct, json
from redis.asyncio import Redis

from sinks.web.rights import User

PREFIX = "canbao:web:session:"
PENDING_PREFIX = "canbao:web:signin:"
IDLE_SECONDS = 15 * 60
LONGEST_SECONDS = 12 * 3_600
PENDING_SECONDS = 5 * 60
TOKEN_BYTES = 32


class Session(Struct, frozen=True):
    """One signed-in browser. `csrf` is what its forms must send back; `ends_at` when it must sign in anew, seconds since 1970."""

    user: User
    csrf: str
    ends_at: int


class Sessions:
    """Opens, reads and ends sessions. `idle_seconds` after the last act of a person, a session is gone."""

    def __init__(self, client: Redis, idle_seconds: int = IDLE_SECONDS) -> None:
        self._redis = client
        self._idle_seconds = idle_seconds

    async def open(self, user: User, now_seconds: int) -> str:
        """A new session; the token for the browser's cookie."""
        token = secrets.token_urlsafe(TOKEN_BYTES)
        session = Session(user, secrets.token_urlsafe(TOKEN_BYTES), now_seconds + LONGEST_SECONDS)
        await self._redis.set(_key(token), json.encode(session), ex=self._idle_seconds)
        return token

    async def read(self, token: str, now_seconds: int, *, touch: bool) -> Session | None:
        """The session of a token. `touch`: a person did something; what a page fetches by itself does not keep a session alive."""
        key = _key(token)
        found = await (self._redis.getex(key, ex=self._idle_seconds) if touch else self._redis.get(key))
        session = json.decode(found, type=Session) if found else None
        return session if session and session.ends_at > now_seconds else None

    async def end(self, token: str) -> None:
        """Forget a session."""
        await self._redis.delete(_key(token))

    async def keep_pending(self, state: dict[str, object]) -> str:
        """Keep what a sign-in must remember until the browser comes back; the token for its cookie."""
        token = secrets.token_urlsafe(TOKEN_BYTES)
        await self._redis.set(_key(token, PENDING_PREFIX), json.encode(state), ex=PENDING_SECONDS)
        return token

    async def take_pending(self, token: str) -> dict[str, object]:
        """What was kept, once; empty where it is gone."""
        found = await self._redis.getdel(_key(token, PENDING_PREFIX))
        return json.decode(found, type=dict[str, object]) if found else {}


def _key(token: str, prefix: str = PREFIX) -> str:
    return prefix + hashlib.sha256(token.encode()).hexdigest()
