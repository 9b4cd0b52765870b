"""RocksDB as a positioned cache of one changelog partition: it is right for what it says it is, or it is thrown away.

Rows and the changelog position they reach are written in one WriteBatch, so after any crash the two agree.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import msgspec
import structlog
from rocksdict import ReadOptions, WriteBatch, WriteOptions

from streams.engine.database import Identity, Placed, SharedMemory, TornError, delete_folder, note_unreadable, open_database, open_placed
from streams.engine.distrust import Distrust, Why
from streams.engine.errors import EndsProcessError
from streams.engine.rows import IDENTITY_KEY

log = structlog.get_logger("canbao.engine")

_LOGGED = WriteOptions()
_UNLOGGED = WriteOptions()
_UNLOGGED.disable_wal = True  # type: ignore[method-assign, assignment] # a property, which the stub takes for a method

_COMPACT_AT = "level0_file_num_compaction_trigger"
_SERVING = {_COMPACT_AT: "4"}
_LOADING = {_COMPACT_AT: "32"}
"""While a copy is filled, its files are merged with what is there already an eighth as often."""
_LOADS_OF_A_LONG_RESTORE = 16
"""To change an option takes RocksDB as long as to write some thousand rows."""
_AFTER_ALL = b"\xff" * 64
"""Above every key."""
_encode = msgspec.msgpack.Encoder().encode


class Store:
    """Committed rows of one partition, and the changelog position they reach.

    `torn`: what lay in the folder could not be opened and was thrown away. `failed`: what RocksDB raised since; nothing that was done
    on the strength of its rows may be committed then, whoever caught the error on its way.
    """

    def __init__(self, folder: Path, identity: Identity, memory: SharedMemory, released: Callable[[], None] | None = None) -> None:
        self.folder = folder
        self.identity = identity
        self._memory = memory
        self._released = released
        self.torn: Distrust | None = None
        self.failed: EndsProcessError | None = None
        had_rows = any(folder.glob("*.sst"))
        try:
            self._db, self._placed = open_placed(folder, memory)
        except TornError as error:
            self.torn = Distrust(Why.TORN, str(error))
            delete_folder(folder)
            self._db, self._placed = open_placed(folder, memory)
        self._had_rows = had_rows and self.torn is None
        self._whole_at = self._placed.at if self._placed else time.time()
        self._loads = 0

    @property
    def position(self) -> int:
        """Next changelog offset that is not contained; 0 for an empty store."""
        return self._placed.position if self._placed else 0

    @property
    def new_files(self) -> int:
        """Files on disk that are not merged yet; each read looks into them."""
        return int(self._db.property_int_value("rocksdb.num-files-at-level0") or 0)

    def distrust(self, low: int, high: int, oldest: float) -> Distrust | None:
        """Why this copy can't be built upon, or None.

        The changelog now reaches from `low` to `high`; a copy made before `oldest` (seconds since 1970) may have missed tombstones.
        """
        if self._placed is None:
            return self._without_name()
        if self._placed.identity != self.identity:
            return Distrust(Why.FOREIGN, f"it is a copy of {self._placed.identity}, wanted is {self.identity}")
        if self._placed.position > high:
            return Distrust(Why.AHEAD, f"it reaches offset {self._placed.position}, the changelog ends at {high}")
        if self._placed.position < low:
            return Distrust(Why.BEHIND, f"it reaches offset {self._placed.position}, the changelog begins at {low}")
        if self._placed.at < oldest:
            return Distrust(Why.OLD, "it is older than the changelog keeps tombstones")
        return None

    def _without_name(self) -> Distrust | None:
        if not self._is_empty():
            return Distrust(Why.UNNAMED, "it does not say what it is a copy of")
        return Distrust(Why.TORN, "RocksDB has lost the list of its files") if self._had_rows else None

    def _is_empty(self) -> bool:
        return next(self.walk(b"", _AFTER_ALL), None) is None

    # -- read, write: whatever RocksDB raises here ends the process (EndsProcessError) -------------------------------------------

    def get(self, key: bytes) -> bytes | None:
        """Value of `key`, or None."""
        try:
            value: bytes | None = self._db.get(key)
        except Exception as error:
            raise self._given_up(error) from error
        return value

    def get_many(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """Values in the order of `keys`."""
        try:
            values: list[bytes | None] = self._db.get(list(keys)) or []
        except Exception as error:
            raise self._given_up(error) from error
        return values

    def walk(self, start: bytes, stop: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Rows with start <= key < stop, in key order."""
        rows = self._db.iter(ReadOptions())
        rows.seek(start)
        while rows.valid():
            key = rows.key()
            if key >= stop:
                return
            yield key, rows.value()
            rows.next()
        try:
            rows.status()  # a block that can't be read looks like the end, but for this
        except Exception as error:
            raise self._given_up(error) from error

    def load(self, rows: Iterable[tuple[bytes, bytes | None]], position: int) -> None:
        """`write`, on the way to the end, without the log of the database: half the cost.

        What a crash loses it loses with its position; `settle` ends it.
        """
        self._write(rows, position, _UNLOGGED)
        self._loads += 1
        if self._loads == _LOADS_OF_A_LONG_RESTORE:
            self._db.set_options(_LOADING)

    def settle(self) -> None:
        """After the last `load`: on disk before a logged write follows, or a crash would keep the later and lose the earlier."""
        if not self._loads:
            return
        try:
            self._db.flush()
        except Exception as error:
            raise self._given_up(error) from error
        if self._loads >= _LOADS_OF_A_LONG_RESTORE:
            self._db.set_options(_SERVING)
        self._loads = 0

    def write(self, rows: Iterable[tuple[bytes, bytes | None]], position: int, *, whole: bool = True) -> None:
        """Write rows (None deletes) and the changelog position they reach, together. `whole`: that is its end."""
        self.settle()
        if whole:
            self._whole_at = time.time()
        self._write(rows, position, _LOGGED)

    def _write(self, rows: Iterable[tuple[bytes, bytes | None]], position: int, options: WriteOptions) -> None:
        placed = Placed(self.identity, position, self._whole_at)
        batch = WriteBatch(raw_mode=True)
        put = batch.put
        for key, value in rows:
            if value is None:
                batch.delete(key)
            else:
                put(key, value)
        batch.put(IDENTITY_KEY, _encode(placed))
        try:
            self._db.write(batch, options)
        except Exception as error:
            raise self._given_up(error) from error
        self._placed = placed

    def _given_up(self, error: Exception) -> EndsProcessError:
        """The end of the process; the next one begins the copy anew if its files were at fault, instead of ending of them again."""
        if type(error) is not Exception:  # not RocksDB's: see `open_database`
            raise error
        note_unreadable(self.folder, str(error))
        self.failed = EndsProcessError(f"the copy of {self.identity.topic} in {self.folder.name}: {error}")
        return self.failed

    def discard(self) -> None:
        """Throw the copy away and begin an empty one."""
        self._db.close()
        delete_folder(self.folder)
        self._db = open_database(self.folder, self._memory)
        self._placed = None
        self._had_rows = False
        self._whole_at = time.time()
        self._loads = 0

    def close(self) -> None:
        """Release the folder. What RocksDB can't write any more is lost with its position, and comes again from the changelog."""
        released, self._released = self._released, None
        try:
            self._db.close()
        except Exception as error:  # noqa: BLE001 - told; whoever closes has others to close too
            log.warning("local copy could not be closed", topic=self.identity.topic, error=str(self._given_up(error)))
        finally:
            if released is not None:
                released()
