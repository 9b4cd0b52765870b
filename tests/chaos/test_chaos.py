"""A minute of random kills, stalls and broker restarts: nothing lost, nothing twice, every state right."""

from pathlib import Path

import pytest

from demo.servers.kafka import start_kafka
from tests.chaos.run import chaos


@pytest.mark.chaos
@pytest.mark.kafka
@pytest.mark.timeout(600)
def test_a_minute_of_chaos(tmp_path: Path) -> None:
    """The offline checker, which knows only what was sent, finds exactly the alerts and states that it wants."""
    with start_kafka(tmp_path / "kafka") as server:
        report = chaos(server.bootstrap, tmp_path, 60.0, 1, server)
    assert report.right, report
    assert report.verdict.wanted > 1000, "too few alerts to prove anything"
    assert sum(report.done.values()) > 5, "too little disorder to prove anything"
