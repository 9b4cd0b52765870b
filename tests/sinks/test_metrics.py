"""Metrics: one typed list, names by convention, series at 0, probes on a port of their own."""

import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas import metrics as m
from schemas.metrics import METRICS, Type, page
from sinks.metrics import Metrics, MetricsServer
from streams.engine.health import HealthReport, PartitionHealth, Phase
from streams.health import CountedEngine, serve
from streams.settings import Settings

ROOT = Path(__file__).parents[2]
FORBIDDEN = {"person", "person_key", "subject", "name", "id", "card", "account", "alert_id", "case_id"}


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_names_follow_the_conventions(metric: m.Metric) -> None:
    """Prefix, base unit, `_total` on counters only, no label that could name a person, help that says something."""
    assert re.fullmatch(r"canbao_[a-z][a-z_]*[a-z]", metric.name)
    assert metric.name.endswith("_total") == (metric.type is Type.COUNTER)
    assert not FORBIDDEN & metric.labels.keys()
    assert len(metric.help) > 10
    if metric.type is Type.HISTOGRAM:
        assert list(metric.buckets) == sorted(metric.buckets)
        assert metric.name.endswith(("_seconds", "_partitions"))


def test_names_are_unique_and_documented() -> None:
    """No name twice, and docs/reference/metrics.md is the list as it stands."""
    assert len({metric.name for metric in METRICS}) == len(METRICS)
    assert (ROOT / "docs/reference/metrics.md").read_text(encoding="utf-8") == page()


def test_known_label_sets_start_at_zero() -> None:
    """Rates exist before the first event."""
    text = Metrics().text().decode()
    assert 'canbao_alerts_emitted_total{change="OPENED",rule="R01",severity="HIGH"} 0.0' in text
    assert 'canbao_facts_applied_total{result="stale"} 0.0' in text


def test_a_wrong_use_is_an_error() -> None:
    """A gauge is not a counter, and a label that the list does not have is refused."""
    metrics = Metrics()
    with pytest.raises(TypeError, match="is a gauge"):
        metrics.add(m.LIVE)
    with pytest.raises(ValueError, match="label"):
        metrics.add(m.ABORTED, person="x")


def get(server: MetricsServer, path: str) -> tuple[int, str]:
    """Status and body of a path."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{server.address[1]}{path}", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


@pytest.fixture
def state() -> dict[str, HealthReport]:
    """What the engine says; a test changes it."""
    restoring = PartitionHealth("canbao.events", 3, Phase.RESTORING, 5, 100)
    return {"now": HealthReport(Phase.RESTORING, live=True, ready=False, age_seconds=0.1, reason="", partitions=(restoring,))}


@pytest.fixture
def server(state: dict[str, HealthReport]) -> Iterator[MetricsServer]:
    """A server on a free port."""
    metrics = Metrics()
    CountedEngine(metrics).committed(0.02, 41, 40)
    found = serve(Settings(metrics_host="127.0.0.1", metrics_port=0), metrics, lambda: state["now"])
    yield found
    found.close()


def test_probes_follow_the_engine(server: MetricsServer, state: dict[str, HealthReport]) -> None:
    """Restoring: live, not ready, with progress. Ready: both. Failed: neither, with the reason."""
    assert get(server, "/livez")[0] == 200
    status, body = get(server, "/readyz")
    assert status == 503
    assert json.loads(body)["partitions"][0]["rows_to_restore"] == 100
    state["now"] = HealthReport(Phase.READY, live=True, ready=True, age_seconds=0.0, reason="")
    assert get(server, "/readyz")[0] == 200
    state["now"] = HealthReport(Phase.FAILED, live=False, ready=False, age_seconds=0.0, reason="fenced")
    assert (get(server, "/livez")[0], get(server, "/readyz")[0]) == (503, 503)
    assert "fenced" in get(server, "/livez")[1]


def test_metrics_are_served_with_the_engines_state(server: MetricsServer) -> None:
    """/metrics has the engine's counters and gauges as of the scrape; other paths do not exist."""
    status, body = get(server, "/metrics")
    assert status == 200
    assert 'canbao_engine_partitions{phase="restoring"} 1.0' in body
    assert "canbao_engine_commits_over_aim_total 1.0" in body
    assert "canbao_ready 0.0" in body
    assert get(server, "/table/people/x")[0] == 404
