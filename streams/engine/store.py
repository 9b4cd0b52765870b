"""RocksDB as a positioned cache of one changelog partition: it is right for what it says it is, or it is thrown away.

Rows and the changelog position they reach are written in one WriteBatch, so after any crash the two agree.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import msgspec
from rocksdict import BlockBasedOptions, Cache, DBCompressionType, Options, Rdict, ReadOptions, WriteBatch, WriteBufferManager, WriteOptions

from streams.engine.distrust import Distrust, Why
from streams.engine.errors import RefusedError
from streams.engine.header import CODEC
from streams.engine.rows import IDENTITY_KEY

_CONFIG = '{"raw_mode":true,"prefix_extractors":{}}'
_BLOOM_BITS = 10
_LOGGED = WriteOptions()
_UNLOGGED = WriteOptions()
_UNLOGGED.disable_wal = True  # type: ignore[method-assign, assignment] # a property, which the stub takes for a method

_COMPACT_AT = "level0_file_num_compaction_trigger"
_SERVING = {_COMPACT_AT: "4"}
_LOADING = {_COMPACT_AT: "32"}
"""While a copy is filled, its files are merged with what is there already an eighth as often."""
_LOADS_OF_A_LONG_RESTORE = 16
"""To change an option takes RocksDB as long as to write some thousand rows."""
_SLOW_AT_FILES = 64
_STOP_AT_FILES = 96
_BY_LEVEL = [DBCompressionType.none(), *[DBCompressionType.snappy()] * 6]
"""New files are merged soon, and compressing them took half of the time of writing them."""


class Identity(msgspec.Struct, frozen=True, array_like=True):
    """What a local state is a copy of."""

    cluster: str
    topic: str
    topic_id: str
    partitions: int
    index_version: int
    codec: int = CODEC


class Placed(msgspec.Struct, frozen=True, array_like=True):
    """The identity row: whose copy, up to which changelog offset (exclusive), when it was last whole (seconds since 1970).

    Whole: it had reached the end of its changelog. What it holds since then is at the mercy of the tombstones between its position and
    the end, so on the way there its age does not begin anew.
    """

    identity: Identity
    position: int
    at: float


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Placed).decode


class SharedMemory:
    """One block cache and one write buffer for all partitions of the process."""

    def __init__(self, cache_bytes: int, write_buffer_bytes: int) -> None:
        self._cache = Cache(cache_bytes)
        self._buffers = WriteBufferManager.new_write_buffer_manager_with_cache(write_buffer_bytes, False, self._cache)

    def options(self) -> Options:
        """Options of one partition's database."""
        tables = BlockBasedOptions()
        tables.set_block_cache(self._cache)
        tables.set_cache_index_and_filter_blocks(True)
        tables.set_bloom_filter(_BLOOM_BITS, False)
        options = Options(raw_mode=True)
        options.create_if_missing(True)
        options.set_block_based_table_factory(tables)
        options.set_write_buffer_manager(self._buffers)
        options.set_max_background_jobs(2)
        options.set_keep_log_file_num(2)
        options.set_compression_per_level(_BY_LEVEL)
        options.set_level_zero_slowdown_writes_trigger(_SLOW_AT_FILES)
        options.set_level_zero_stop_writes_trigger(_STOP_AT_FILES)
        return options


class Store:
    """Committed rows of one partition, and the changelog position they reach.

    `torn`: what lay in the folder could not be opened and was thrown away.
    """

    def __init__(self, folder: Path, identity: Identity, memory: SharedMemory, released: Callable[[], None] | None = None) -> None:
        self.folder = folder
        self.identity = identity
        self._memory = memory
        self._released = released
        self.torn: Distrust | None = None
        had_rows = any(folder.glob("*.sst"))
        try:
            self._db = _open(folder, memory)
        except _TornError as error:
            self.torn = Distrust(Why.TORN, str(error))
            delete_folder(folder)
            self._db = _open(folder, memory)
        self._had_rows = had_rows and self.torn is None
        self._placed = self._read_place()
        self._whole_at = self._placed.at if self._placed else time.time()
        self._loads = 0

    def _read_place(self) -> Placed | None:
        raw = self._db.get(IDENTITY_KEY)
        if raw is None:
            return None
        try:
            return _decode(raw)
        except msgspec.DecodeError:
            return None

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
        rows = self._db.iter(ReadOptions())
        rows.seek_to_first()
        return not rows.valid()

    def get(self, key: bytes) -> bytes | None:
        """Value of `key`, or None."""
        value: bytes | None = self._db.get(key)
        return value

    def get_many(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """Values in the order of `keys`."""
        values: list[bytes | None] = self._db.get(list(keys)) or []
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
        self._db.flush()
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
        self._db.write(batch, options)
        self._placed = placed

    def discard(self) -> None:
        """Throw the copy away and begin an empty one."""
        self._db.close()
        delete_folder(self.folder)
        self._db = _open(self.folder, self._memory)
        self._placed = None
        self._had_rows = False
        self._whole_at = time.time()
        self._loads = 0

    def close(self) -> None:
        """Release the folder."""
        released, self._released = self._released, None
        try:
            self._db.close()
        finally:
            if released is not None:
                released()


def delete_folder(folder: Path) -> None:
    """Delete a copy whole or not at all: killed half-way, a database without one of its logs would open and be wrong."""
    gone = folder.with_name(f"{folder.name}.gone")
    shutil.rmtree(gone, ignore_errors=True)
    folder.rename(gone)
    shutil.rmtree(gone)


class _TornError(Exception):
    """RocksDB says that what lies in the folder is no whole database."""


_TORN = ("Corruption:", "Invalid argument:", "Not implemented:", "IO error: No such file or directory:")
"""How RocksDB's words begin where the fault lies in the files. Any other (no room, no right, too many open files) says nothing against them."""


def _open(folder: Path, memory: SharedMemory) -> Rdict:
    """Open a database or begin one.

    Raises:
        _TornError: there is one, and it can't be used.
        RefusedError: another process has it, or the machine does not allow to open it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    # Any rocksdict that opens this folder rewrites the file; with another raw_mode in it, we could not open our own state.
    (folder / "rocksdict-config.json").write_text(_CONFIG, encoding="ascii")
    try:
        return Rdict(str(folder), memory.options())
    except Exception as error:
        if type(error) is not Exception:  # rocksdict raises bare Exception, with RocksDB's status as its text
            raise
        said = str(error)
        if said.startswith(_TORN):
            raise _TornError(said) from error
        if "/LOCK:" in said:
            raise RefusedError(f"state folder {folder.name} is in use by another process") from error
        raise RefusedError(f"state folder {folder.name} can't be opened; it is left as it is: {said}") from error
