"""Session-wide real servers as pytest fixtures. A machine that lacks one skips the tests that ask for it, by name."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from demo.servers.kafka import start_kafka
from demo.servers.valkey import ValkeyServer, start_valkey
from tests.servers.connect import ConnectServer, start_connect
from tests.servers.databases import connector_environment, load_databases
from tests.servers.postgres import PostgresServer, start_postgres


@dataclass(frozen=True)
class Broker:
    """A real Kafka that the whole run shares: use topic names of your own, don't stop it (start_kafka gives one to break)."""

    bootstrap: str


@pytest.fixture(scope="session")
def server_folder() -> Iterator[Path]:
    """A folder that the account postgres can reach too, deleted at the end of the run."""
    folder = Path(tempfile.mkdtemp(prefix="canbao-tests-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def kafka(server_folder: Path) -> Iterator[Broker]:
    """A real Kafka: the one CANBAO_TEST_KAFKA names, else one of our own."""
    named = os.environ.get("CANBAO_TEST_KAFKA")
    if named:
        yield Broker(named)
        return
    with start_kafka(server_folder / "kafka") as server:
        yield Broker(server.bootstrap)


@pytest.fixture(scope="session")
def valkey(server_folder: Path) -> Iterator[ValkeyServer]:
    """A real Redis-protocol server."""
    with start_valkey(server_folder / "valkey") as server:
        yield server


@pytest.fixture(scope="session")
def postgres(server_folder: Path) -> Iterator[PostgresServer]:
    """A PostgreSQL with the source databases of deploy/debezium, prepared by deploy/debezium/sql."""
    with start_postgres(server_folder / "postgres") as server:
        load_databases(server)
        yield server


@pytest.fixture(scope="session")
def connect(server_folder: Path, kafka: Broker, postgres: PostgresServer) -> Iterator[ConnectServer]:
    """A Kafka Connect worker that can reach `kafka` and `postgres`; no connector is registered yet."""
    with start_connect(server_folder / "connect", kafka.bootstrap, connector_environment(postgres)) as server:
        yield server


@pytest.fixture
def own_kafka(server_folder: Path, request: pytest.FixtureRequest) -> Iterator[Broker]:
    """A real Kafka for one test alone, for tests that need fixed topic names; deleted afterwards."""
    folder = server_folder / f"kafka-{abs(hash(request.node.nodeid))}"
    with start_kafka(folder) as server:
        yield Broker(server.bootstrap)
    shutil.rmtree(folder)
