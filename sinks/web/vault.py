"""The door to the identity vault: the port that the process is given, how many look-ups a user has in an hour, how many run at once."""

import asyncio
import hashlib
from collections.abc import Callable
from typing import Protocol, TypeVar

from redis.asyncio import Redis

from schemas.look_ups import Asker, BulkAnswer, BulkAsked, BulkPending, LookUp
from sinks.web.rights import User

PREFIX = "canbao:web:look-ups:"
PER_HOUR = 30
HOUR_SECONDS = 3_600
AT_ONCE = 2
"""Each reads a partition of the vault; the threads are shared with decisions."""
T = TypeVar("T")


class VaultPort(Protocol):
    """What answers. Calls block, and write down what they are asked before they read anything.

    Raises, from every call:
        AuditDownError: it could not be written down, so nothing was read.
        VaultDownError: the vault cannot be read.
    """

    def behind(self, asker: Asker, person: bytes) -> LookUp:
        """Number and name behind a person key."""

    def key_of(self, asker: Asker, number: str, now_ms: int) -> LookUp:
        """The person key of a number."""

    def request(self, asker: Asker, persons: set[bytes]) -> BulkAnswer:
        """Ask for many; its name goes to whoever approves."""

    def requested(self, request: str) -> BulkAsked | None:
        """What was asked under a name."""

    def pending(self) -> list[BulkPending]:
        """Requests that can still be approved or run, newest first."""

    def approve(self, asker: Asker, request: str) -> BulkAnswer:
        """Approve what another asked within a week; valid for a day and one run."""

    def run(self, asker: Asker, request: str) -> BulkAnswer:
        """The identities of an approved request, for who asked, once."""


class VaultDoor:
    """One for the process. `client` counts; it is told a digest of the account and the hour, never what was asked."""

    def __init__(self, port: VaultPort, client: Redis, per_hour: int = PER_HOUR) -> None:
        self.port, self.per_hour = port, per_hour
        self._redis = client
        self._turn = asyncio.Semaphore(AT_ONCE)

    async def admits(self, user: User, now_seconds: int) -> bool:
        """Count one attempt; False once the user's hour is used up."""
        account = hashlib.sha256(user.subject.encode()).hexdigest()
        key = f"{PREFIX}{account}:{now_seconds // HOUR_SECONDS}"
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.incr(key)
            pipe.expire(key, HOUR_SECONDS)
            used, _ = await pipe.execute()
        return int(used) <= self.per_hour

    async def ask(self, call: Callable[[], T]) -> T:
        """Run a blocking call of the port in its turn."""
        async with self._turn:
            return await asyncio.to_thread(call)
