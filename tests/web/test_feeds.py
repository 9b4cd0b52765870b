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
    for feed, division, through in (
        ("tax_contribution", 370102, "2024-06-09"),
        ("tax_contribution", 370116, "2024-05-20"),
        ("card", 0, "2024-06-09"),
    ):
        metrics.set(m.HORIZON, day(through) * 86_400, feed=feed, division=str(division))
    metrics.set(m.HELD_PARTITIONS, 2, why="braked")
    metrics.add(m.QUARANTINED, 3)
    server = MetricsServer(metrics.text, "127.0.0.1", 0, lambda: (True, {}), lambda: (True, {}))
    yield server
    server.close()


def test_the_page_shows_what_the_workers_say_and_who_is_silent(desk_valkey: ValkeyServer, intake: MetricsServer) -> None:
    """Refusals by code with their meaning, the brake, how far complete; a worker that does not answer is counted."""
    addresses = f"http://127.0.0.1:{intake.address[1]}/metrics {REFUSED}"
    with serving(desk_valkey.url, metrics=addresses) as running, running.enter("operator") as client:
        text = client.get("/quality").text
        (feed,) = (one for one in client.get("/").text.split("<tr>") if "公安户籍" in one)
    for part in ("CB-202", "证件号码长度错误", "退回部门更正后重新报送", "公安户籍 2", "已暂停", "2024-06-10", "1 个处理进程没有应答"):
        assert part in text
    assert "来源配置文件" in text
    assert "Return the record" not in text
    assert "暂停" in feed


def test_the_page_says_what_is_held_back_and_why(desk_valkey: ValkeyServer, intake: MetricsServer) -> None:
    """How far each division is complete, who stands still, which rules judge no absence beyond or say 未比对, persons and partitions set aside."""
    addresses = f"http://127.0.0.1:{intake.address[1]}/metrics"
    with serving(desk_valkey.url, metrics=addresses) as running, running.enter("auditor") as client:
        rows = client.get("/quality").text.split("<tr data-feed=")
    tax, card, education = (next(row for row in rows if row.startswith(f'"{feed}"')) for feed in ("tax_contribution", "card", "education"))
    for part in ("2024-06-09", "历下区", "2024-05-20", "莱芜区", "落后 20 天", "R11 缴费中断"):
        assert part in tax
    assert "落后" not in card
    assert "R17 社保卡信息不一致" in card
    assert "尚无完整性标记" in education
    assert "R12 尚未参保" in education
    assert not [row for row in rows if row.startswith('"cremation"')]
    for part in ("搁置的人员 3 名", "断路暂停的分区 2 个", "等待重试的分区 0 个"):
        assert part in rows[-1]


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
