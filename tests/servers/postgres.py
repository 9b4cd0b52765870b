"""PostgreSQL from the system's packages, with logical decoding on, as a cluster of its own in a folder."""

import os
import pwd
import secrets
import shutil
import signal
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg

from demo.servers.process import ServerError, ServerProcess, ServerUnavailable, free_ports, listens

DEBIAN = Path("/usr/lib/postgresql")
INITDB_SECONDS = 120.0
READY_SECONDS = 60.0
SUPERUSER = "postgres"
ACCOUNT = "postgres"
"""PostgreSQL refuses to run as root; the account that Debian's package makes owns the processes then."""
SETTINGS = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
wal_level = logical
max_wal_senders = 8
max_replication_slots = 8
max_slot_wal_keep_size = 1GB
shared_buffers = 64MB
timezone = 'Asia/Shanghai'
"""


class PostgresServer:
    """One cluster with its data in `folder`; keeps its port and data over stop, kill and start.

    `folder` must be reachable by the account postgres when the tests run as root, so it is no subfolder of a private one.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._programs = postgres_programs()
        self._account = _account()
        if self._account:
            shutil.chown(folder, self._account.pw_uid, self._account.pw_gid)
        self.password = secrets.token_urlsafe(16)
        (self.port,) = free_ports(1)
        run = [*self._as_account(), str(self._programs / "postgres"), "-D", str(self._data), "-p", str(self.port)]
        self._process = ServerProcess("PostgreSQL", folder, run)

    def dsn(self, database: str = "postgres") -> str:
        """Connection text of the superuser for one database."""
        return f"host=127.0.0.1 port={self.port} user={SUPERUSER} password={self.password} dbname={database}"

    def start(self) -> Self:
        """Start, or start again on the same data, and wait until a query is answered."""
        if not (self._data / "PG_VERSION").exists():
            self._make_cluster()
        self._process.start(self._ready, READY_SECONDS)
        return self

    def stop(self) -> None:
        """Stop in order: open sessions are ended, the log is flushed (PostgreSQL's fast shutdown)."""
        self._process.stop(signal.SIGINT)

    def kill(self) -> None:
        """Stop without a checkpoint (PostgreSQL's immediate shutdown): the next start recovers from the log.

        Not SIGKILL, after which stray children may hold the shared memory and keep the next start away.
        """
        self._process.stop(signal.SIGQUIT)

    def run_file(self, database: str, file: Path) -> None:
        """Run one SQL file in one transaction, as the superuser."""
        with psycopg.connect(self.dsn(database)) as connection:
            connection.execute(file.read_bytes())

    def make_database(self, database: str) -> None:
        """Create an empty database."""
        with psycopg.connect(self.dsn(), autocommit=True) as connection:
            connection.execute(psycopg.sql.SQL("create database {}").format(psycopg.sql.Identifier(database)))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.kill()

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _as_account(self) -> list[str]:
        if self._account is None:
            return []
        user, group = str(self._account.pw_uid), str(self._account.pw_gid)
        return ["setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups", "--pdeathsig", "KILL", "--"]

    def _make_cluster(self) -> None:
        secret = self.folder / "password"
        secret.write_text(self.password)
        secret.chmod(0o600)
        if self._account:
            shutil.chown(secret, self._account.pw_uid, self._account.pw_gid)
        options = ["-D", str(self._data), "-U", SUPERUSER, "-E", "UTF8", "--locale=C.UTF-8", "--auth=scram-sha-256", f"--pwfile={secret}"]
        command = [*self._as_account(), str(self._programs / "initdb"), *options]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False, timeout=INITDB_SECONDS)
        if done.returncode != 0:
            raise ServerError(f"initdb failed:\n{(done.stdout + done.stderr)[-2000:]}")
        with (self._data / "postgresql.conf").open("a") as settings:
            settings.write(SETTINGS)

    def _ready(self) -> bool:
        if not listens(self.port):
            return False
        try:
            with psycopg.connect(self.dsn(), connect_timeout=5):
                return True
        except psycopg.OperationalError:  # starting up, or recovering
            return False


def start_postgres(folder: Path) -> PostgresServer:
    """A running PostgreSQL with its data in `folder`; raises `ServerUnavailable` where it is not installed."""
    return PostgresServer(folder).start()


def postgres_programs() -> Path:
    """Folder of initdb and postgres: Debian's newest, else that of the `postgres` on the path."""
    debian = sorted(DEBIAN.glob("*/bin/postgres"), key=lambda program: float(program.parts[-3]))
    found = shutil.which("postgres")
    if not debian and found is None:
        raise ServerUnavailable("PostgreSQL", "install PostgreSQL 14 or newer (Debian: postgresql)")
    return debian[-1].parent if debian else Path(str(found)).resolve().parent


def _account() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(ACCOUNT)
    except KeyError as error:
        raise ServerUnavailable("PostgreSQL", f"run the tests as an ordinary user, or add the account {ACCOUNT}") from error
