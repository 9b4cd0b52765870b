"""数据质量 from the workers' own figures, over HTTP, as Prometheus reads them."""

from collections.abc import Iterator

import pytest

from demo.servers.valkey import ValkeyServer
from schemas import metrics as m
from schemas.dates import day
from sinks.metrics import Metrics, MetricsServer
from sinks.web.feeds import states_of
from sinks.web.parts import Scraped
from sinks.web.scrape import samples_of
from tests.web.serving import serving

pytestmark = pytest.mark.redis
REFUSED = "http://127.0.0.1:9/metrics"


@pytest.fixture
def intake() -> Iterator[MetricsServer]:
    """The metrics of an intake that read ten records of one feed, refused three, and whose brake holds."""
    metrics = Metrics()
    metrics.add(m.EVENTS_RECEIVED, 10, feed="household")
    metrics.add(m.EVENTS_REJECTED, 2, feed="household", code="CB-202")
    metrics.add(m.EVENTS_REJECTED, 1, feed="household", code="CB-101")
    metrics.set(m.FEED_PAUSED, 1, feed="household")
    metrics.set(m.WATERMARK, day("2024-06-10") * 86_400, feed="household")
    server = MetricsServer(metrics.text, "127.0.0.1", 0, lambda: (True, {}), lambda: (True, {}))
    yield server
    server.close()


def test_the_page_shows_what_the_workers_say_and_who_is_silent(desk_valkey: ValkeyServer, intake: MetricsServer) -> None:
    """Refusals by code with their meaning, the brake, how far complete; a worker that does not answer is counted."""
    addresses = f"http://127.0.0.1:{intake.address[1]}/metrics {REFUSED}"
    with serving(desk_valkey.url, metrics=addresses) as running, running.enter("operator") as client:
        text = client.get("/quality").text
        (feed,) = (one for one in client.get("/").text.split("<tr>") if "公安户籍" in one)
    for part in ("CB-202", "证件号码长度错误", "公安户籍 2", "已暂停", "2024-06-10", "1 个处理进程没有应答"):
        assert part in text
    assert "暂停" in feed


def test_counters_of_processes_add_up_and_of_gauges_the_largest_stands() -> None:
    """Two workers of one feed."""
    texts = []
    for received, paused in ((3, 0), (4, 1)):
        metrics = Metrics()
        metrics.add(m.EVENTS_RECEIVED, received, feed="tax_payroll")
        metrics.set(m.FEED_PAUSED, paused, feed="tax_payroll")
        texts.append(metrics.text().decode())
    (state,) = (one for one in states_of(Scraped(samples_of(texts), [], 0)) if one.feed == "tax_payroll")
    assert (state.received, state.paused, state.known) == (7, True, True)


def test_a_feed_of_which_nothing_is_known_says_so() -> None:
    """No reading is not the same as no trouble."""
    assert not any(state.known for state in states_of(Scraped({}, [], 0)))
