"""A lab of its own for each test that needs real Kafka."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.fixtures import Broker
from tests.streams.engine.lab import Lab


@pytest.fixture
def lab(kafka: Broker, tmp_path: Path) -> Iterator[Lab]:
    """Topics and workers of one test."""
    made = Lab(kafka.bootstrap, tmp_path)
    yield made
    made.close()
