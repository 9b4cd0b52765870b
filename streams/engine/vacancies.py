"""Partitions that nobody owns although the group is at rest, and how they get an owner again.

In a cooperative rebalance a member gives partitions up and joins again, so that the next round gives them to others. A static member that
dies between the two is back within its session: the broker tells everyone the assignment that it has, without another round, and what was
given up belongs to nobody until the membership changes. So workers look who owns what; one of them leaves and joins anew, which is a round.
See docs/decisions/0008-partitions-without-an-owner.md.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable

import structlog

from streams.engine.errors import StoppedError
from streams.engine.folders import Place
from streams.engine.lookout import Lookout
from streams.engine.members import Member, member_name
from streams.engine.spec import EngineSettings, StageSpec

log = structlog.get_logger("canbao.engine")

_LOOK_SECONDS = 5.0
_LOOKS = 2
"""So often in a row the same partitions must be without an owner: between the two rounds of a rebalance they are, as they should be."""
_MOST_LOOKS = 64
"""After each round that changed nothing twice as many looks, up to this: a topic that was deleted can't be owned."""
_STOP_SECONDS = 2.0


def vacant(places: Iterable[Place], members: Collection[Member]) -> frozenset[Place]:
    """Those of `places` that no member owns."""
    return frozenset(places) - {place for member in members for place in member.places}


def called(members: Iterable[Member]) -> str:
    """The name of the member that joins anew: it owns least, so that least stands still; among equals the first by name."""
    return min((len(member.places), member.name) for member in members)[1]


class Vacancies:
    """`tell`, `found` and `stop` from the engine's thread; it looks on a thread of its own, which begins once others own partitions."""

    def __init__(self, spec: StageSpec, settings: EngineSettings, places: Collection[Place]) -> None:
        self._spec, self._settings = spec, settings
        self._places = frozenset(places)
        self._owned = 0
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._seen: frozenset[Place] = frozenset()
        self._looks = 0
        self._needed = _LOOKS
        self._found: frozenset[Place] = frozenset()

    def tell(self, owned: int) -> None:
        """How many partitions are ours; who owns them all need not look."""
        self._owned = owned
        if self._thread is None and owned < len(self._places) and not self._stop.is_set():
            self._thread = threading.Thread(target=self._work, name="vacancies", daemon=True)
            self._thread.start()

    def found(self) -> frozenset[Place]:
        """Partitions for which this worker is called to join anew; each finding is given once."""
        found = self._found
        if found:
            self._found = frozenset()
        return found

    def stop(self) -> None:
        """No more looks."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(_STOP_SECONDS)

    def _work(self) -> None:
        lookout = Lookout(self._spec, self._settings, self._between)
        while not self._stop.wait(_LOOK_SECONDS):
            try:
                members = lookout.members() if self._owned < len(self._places) else None
            except StoppedError:
                return
            except Exception as error:  # noqa: BLE001 - a broker that is away: nobody can join either, so look again later
                log.info("group can't be looked at", error=type(error).__name__)
                members = None
            if self._is_called(members or []):
                self._found = self._seen

    def _is_called(self, members: Collection[Member]) -> bool:
        """Whether the same partitions were without an owner often enough in a row, and this worker is the one to join anew."""
        now = vacant(self._places, members) if members else frozenset()
        self._looks = self._looks + 1 if now == self._seen else 1
        self._seen = now
        if members and not now:
            self._needed = _LOOKS
        if not now or self._looks < self._needed or called(members) != member_name(self._settings):
            return False
        self._looks, self._needed = 0, min(2 * self._needed, _MOST_LOOKS)
        return True

    def _between(self) -> None:
        if self._stop.is_set():
            raise StoppedError
