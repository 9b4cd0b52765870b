"""Standby: a copy of partitions whose owner is on another machine, so that taking them over restores only the last rows.

A standby serves nothing, writes nothing to Kafka and judges no positions: it moves a positioned copy forward, read_committed, and
closes it as soon as the partition is ours. The take-over's own order decides then, on what it finds on disk, as after any restart.
See docs/decisions/0005-standby.md.
"""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable

import structlog

from streams.engine.folders import Folders, Place
from streams.engine.local_copy import LocalCopy
from streams.engine.lookout import Found, Lookout
from streams.engine.observe import Observe
from streams.engine.spec import ROWS, EngineSettings, StageSpec
from streams.engine.standby_copies import StandbyCopies
from streams.engine.standby_sweep import delete_forgotten

log = structlog.get_logger("canbao.engine")

_LOOK_SECONDS = 10.0
_LOOK_AGAIN_SECONDS = 1.0
"""While partitions change hands."""
_ALONE_SECONDS = 60.0
"""While all members are on one machine."""
_REST_SECONDS = 30.0
"""After a failure, of one copy or of all."""
_RENEW_SECONDS = 600.0
"""Copies are judged anew, and one at an idle end is told again that it is whole."""
_NAP_SECONDS = 0.1
_STOP_SECONDS = 5.0
_BYTES_A_SECOND = 8 << 20
_LEAST_ROOM = 0.15
"""Share of the disk that must be free; below it CanbaoDiskFilling is raised."""


class StoppedError(Exception):
    """Asked to stop while an answer was awaited."""


class Standby:
    """`tell` and `stop` from the engine's thread; everything else on a thread of its own, which begins once others own partitions."""

    def __init__(
        self,
        spec: StageSpec,
        settings: EngineSettings,
        copy_of: Callable[[str, int], LocalCopy],
        partitions: int,
        folders: Folders,
        observe: Observe,
    ) -> None:
        self._spec = spec
        self._settings = settings
        self._copy_of = copy_of
        self._partitions = partitions
        self._folders = folders
        self._observe = observe
        self._owned = 0
        self._busy = False
        self._changed = True
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._lookout: Lookout | None = None
        self._look_at = self._read_at = self._renew_at = 0.0
        self._resting: dict[Place, float] = {}

    def tell(self, owned: int, *, busy: bool) -> None:
        """How many partitions are ours, and whether some of them are being taken over: then nothing is read beside it."""
        if (owned, busy) != (self._owned, self._busy):
            self._changed = self._changed or owned != self._owned
            self._owned, self._busy = owned, busy
            self._wake.set()
        if self._thread is None and owned < self._partitions and not self._stop.is_set():
            self._thread = threading.Thread(target=self._work, name="standby", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Close the copies."""
        self._stop.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(_STOP_SECONDS)

    def _work(self) -> None:
        log.info("standby looks for partitions", stage=self._spec.name)
        self._copies = StandbyCopies(self._spec, self._settings, self._folders)
        try:
            while not self._stop.is_set():
                try:
                    self._turn()
                except StoppedError:
                    return
                except Exception as error:  # noqa: BLE001 - a standby less is no failure of the worker
                    log.warning("standby rests", error=type(error).__name__)
                    self._rest(_REST_SECONDS)
        finally:
            self._copies.close(self._copies.places)

    def _turn(self) -> None:
        """Let go of what is ours, look who owns what when that is due, move the copies forward."""
        self._copies.let_go()
        now = time.monotonic()
        if self._owned >= self._partitions:
            self._rest(_LOOK_SECONDS)
        elif self._busy:
            self._nap(_NAP_SECONDS)
        elif self._changed or now >= self._look_at:
            self._changed, self._look_at = False, now + _LOOK_SECONDS
            self._look(now)
        elif not self._copies.places:
            self._nap(self._look_at - now)
        elif now < self._read_at:
            self._nap(min(_NAP_SECONDS, self._read_at - now))
        else:
            self._read_at = now + self._copies.read() / _BYTES_A_SECOND

    def _rest(self, seconds: float) -> None:
        """Without copies and clients."""
        self._copies.close(self._copies.places)
        self._lookout = None
        self._observe.standing_by(0, 0)
        self._look_at = time.monotonic() + seconds
        self._nap(seconds)

    def _nap(self, seconds: float) -> None:
        self._wake.wait(seconds)
        self._wake.clear()

    def _between(self) -> None:
        if self._stop.is_set():
            raise StoppedError
        self._copies.let_go()

    # -- look ------------------------------------------------------------------------------------------------------------------

    def _look(self, now: float) -> None:
        if self._lookout is None:
            self._lookout = Lookout(self._spec, self._settings, self._between)
        found = self._lookout.look()
        if found is None:
            self._look_at = now + _LOOK_AGAIN_SECONDS
            return
        if found.machines == 1:
            self._rest(_ALONE_SECONDS)
            return
        wanted = self._wanted(found, now)
        self._copies.close(self._copies.places - wanted)
        if wanted:
            self._open(self._lookout, wanted)
        for place in self._copies.failed:
            self._resting[place] = now + _REST_SECONDS
        self._copies.failed.clear()
        self._observe.standing_by(len(self._copies.places), self._copies.lag())
        delete_forgotten(self._settings.state_folder / ROWS, self._spec, self._folders, keep=set(found.places), observe=self._observe)

    def _wanted(self, found: Found, now: float) -> set[Place]:
        """What to keep open until the next look; nothing while the disk is full."""
        disk = shutil.disk_usage(self._settings.state_folder)
        if disk.free < _LEAST_ROOM * disk.total:
            log.warning("standby waits for room on the disk", count=len(found.places))
            return set()
        if now >= self._renew_at:
            self._renew_at = now + _RENEW_SECONDS
            self._copies.close(self._copies.places)
        return {place for place in found.places[: self._settings.standby_partitions] if self._resting.get(place, 0.0) <= now}

    def _open(self, lookout: Lookout, wanted: set[Place]) -> None:
        """Open what is missing. A changelog that was made again is another one than this worker's copies are of."""
        ids = lookout.topic_ids({topic for topic, _ in wanted})
        copies = [self._copy_of(*place) for place in sorted(wanted)]
        again = {copy.place for copy in copies if ids[copy.identity.topic] != copy.identity.topic_id}
        if again:
            log.warning("standby needs a restart: a changelog was made again", topic=", ".join(sorted({topic for topic, _ in again})))
            self._copies.discard(again)
        missing = [copy for copy in copies if copy.place not in again and copy.place not in self._copies.places]
        ends = lookout.ends([copy.place for copy in missing]) if missing else {}
        for copy in missing:
            self._between()
            self._copies.open(copy, *ends[copy.place])
