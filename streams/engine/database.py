"""RocksDB's files in one folder: open them, tell whether a failure lies in them, note that they can't be read, delete them."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
import structlog
from rocksdict import BlockBasedOptions, Cache, DBCompressionType, Options, Rdict, WriteBufferManager

from streams.engine.errors import RefusedError
from streams.engine.header import CODEC
from streams.engine.rows import IDENTITY_KEY

log = structlog.get_logger("canbao.engine")

_CONFIG = '{"raw_mode":true,"prefix_extractors":{}}'
_BLOOM_BITS = 10
_SLOW_AT_FILES = 64
_STOP_AT_FILES = 96
_BY_LEVEL = [DBCompressionType.none(), *[DBCompressionType.snappy()] * 6]
"""New files are merged soon, and compressing them took half of the time of writing them."""


_MARK = "unreadable.txt"
"""Beside RocksDB's files: these were found unreadable after they had been opened."""
_UNREADABLE = ("Corruption:", "No such file or directory", "Input/output error")
_TORN = ("Corruption:", "Invalid argument:", "Not implemented:", "IO error: No such file or directory:")
"""How RocksDB's words begin where the fault lies in the files. Any other (no room, no right, too many open files) says nothing against them."""


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


class TornError(Exception):
    """RocksDB says that what lies in the folder is no whole database."""


def open_placed(folder: Path, memory: SharedMemory) -> tuple[Rdict, Placed | None]:
    """`open_database`, and what the copy says of itself; None: nothing that can be understood.

    Raises:
        TornError, RefusedError: as `open_database`; also when an earlier process found the copy unreadable.
    """
    mark = folder / _MARK
    if mark.exists():
        raise TornError(f"found while it was read: {mark.read_text(encoding='utf-8', errors='replace')}")
    db = open_database(folder, memory)
    try:
        raw = db.get(IDENTITY_KEY)
    except Exception as error:
        db.close()
        raise _refused(folder, error) from error
    try:
        return db, _decode(raw) if raw is not None else None
    except msgspec.DecodeError:
        return db, None


def open_database(folder: Path, memory: SharedMemory) -> Rdict:
    """Open a database or begin one.

    Raises:
        TornError: there is one, and it can't be used.
        RefusedError: another process has it, or the machine does not allow to open it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    # Any rocksdict that opens this folder rewrites the file; with another raw_mode in it, we could not open our own state.
    (folder / "rocksdict-config.json").write_text(_CONFIG, encoding="ascii")
    try:
        return Rdict(str(folder), memory.options())
    except Exception as error:
        raise _refused(folder, error) from error


def _refused(folder: Path, error: Exception) -> Exception:
    """What a failure to open means: TornError where RocksDB finds fault with the files, RefusedError where with the machine."""
    if type(error) is not Exception:  # rocksdict raises bare Exception, with RocksDB's status as its text
        return error
    said = str(error)
    if said.startswith(_TORN):
        return TornError(said)
    if "/LOCK:" in said:
        return RefusedError(f"state folder {folder.name} is in use by another process")
    return RefusedError(f"state folder {folder.name} can't be opened; it is left as it is: {said}")


def note_unreadable(folder: Path, said: str) -> None:
    """If what RocksDB said of an open database blames its files: write it beside them, so that they are not opened again."""
    if not any(words in said for words in _UNREADABLE):
        return
    log.error("local copy can't be read", place=folder.name, reason=said)
    try:
        (folder / _MARK).write_text(said, encoding="utf-8")
    except OSError as error:
        log.error("local copy can't be marked", place=folder.name, error=error.strerror)  # noqa: TRY400 - the copy is what matters


def delete_folder(folder: Path) -> None:
    """Delete a copy whole or not at all: killed half-way, a database without one of its logs would open and be wrong."""
    gone = folder.with_name(f"{folder.name}.gone")
    shutil.rmtree(gone, ignore_errors=True)
    folder.rename(gone)
    shutil.rmtree(gone)
