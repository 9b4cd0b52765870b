"""From a refused record to its event by the page alone, on real Kafka with an intake worker and the workbench, in a real browser.

The intake of last week does not know a table; the department sends it, and rubbish besides until the brake trips. The feed file is mended.
"""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from confluent_kafka import Producer
from playwright.sync_api import Page, expect

from demo.servers.valkey import ValkeyServer
from demo.stack import Stack, start_workbench, start_workers
from schemas.audit import Deed
from schemas.control import FeedState
from schemas.errors import Code
from schemas.events import Facts, decode
from schemas.topics import EVENTS
from streams.audit_reading import check_topic, read_audit
from streams.control import read_control
from streams.letters import read_letters
from streams.reading import TopicReader
from streams.settings import Settings, load_settings
from streams.topics import create_missing, declared
from tests.servers.fixtures import Broker
from tests.streams.engine.lab import wait_for
from tests.streams.test_intake_kafka import NUMBER, TOPIC, cremation
from tests.web.screens import chromium, entered

pytestmark = [pytest.mark.kafka, pytest.mark.redis, pytest.mark.browser]
ROOT = Path(__file__).parents[2]
ROOMS = ("schemas", "processors", "sinks", "streams")
RUBBISH = 49
"""With the record before them, what the brake takes."""
WAIT_SECONDS = 180.0
WAIT_MS = WAIT_SECONDS * 1_000


@pytest.fixture
def stack(own_kafka: Broker, valkey: ValkeyServer, tmp_path: Path) -> Iterator[Stack]:
    """Kafka with all topics."""
    with Stack(own_kafka.bootstrap, valkey.url, embedded=False, partitions=2, folder=tmp_path) as running:
        settings = load_settings(running.environment())
        create_missing(settings, declared(settings))
        yield running


def last_week(folder: Path) -> Path:
    """The program before the table was added to its feed file."""
    for room in ROOMS:
        shutil.copytree(ROOT / room, folder / room, ignore=shutil.ignore_patterns("__pycache__"))
    file = folder / "schemas/feeds/cremation.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("- name: cremation\n", "- name: burial\n"), encoding="utf-8")
    return folder


def produce(settings: Settings, *records: tuple[bytes, bytes]) -> None:
    """Write records as the department does."""
    producer = Producer({"bootstrap.servers": settings.kafka_bootstrap})
    for key, value in records:
        producer.produce(TOPIC, value, key)
    assert producer.flush(WAIT_SECONDS) == 0


def facts(settings: Settings) -> list[Facts]:
    """Messages about persons on canbao.events."""
    with TopicReader(settings, EVENTS) as reader:
        values = [value for chunk in reader.whole() for message in chunk if isinstance(value := message.value(), bytes)]
    return [message for value in values if isinstance(message := decode(value), Facts)]


def until(stack: Stack, holds: Callable[[], bool]) -> None:
    """Wait; a process that ended fails the test with its log."""

    def held() -> bool:
        stack.check()
        return holds()

    wait_for(held, WAIT_SECONDS, lambda: "not in time")


def confirmed(page: Page, reason: str) -> None:
    """Fill in the form and send it."""
    page.select_option("select[name=reason]", reason)
    page.fill("input[name=reference]", "工单-2026-17")
    page.check("input[name=sure]")
    page.click("main form button")
    page.wait_for_selector("#told")


def waiting(page: Page, code: Code) -> str:
    """How many letters of a code the page says wait; empty where it has no such row."""
    row = page.locator(f"tr[data-kind='cremation {code}'] td.number")
    return row.inner_text() if row.count() else ""


def test_a_refused_record_becomes_its_event_from_the_page(stack: Stack) -> None:
    """Shown, feed resumed, sent back: the event is there, the number falls, the audit chain has both deeds, and no page shows the person."""
    settings = load_settings(stack.environment())
    start_workers(stack, ["intake"], {"PYTHONPATH": str(last_week(stack.folder / "last-week"))})
    address = start_workbench(stack)
    produce(settings, (b"H-1", cremation(1)), *[(b"x", b"rubbish")] * RUBBISH)
    until(stack, lambda: read_control(settings).get("cremation") is not None)
    assert facts(settings) == []
    stack.workers["intake"].stop()
    start_workers(stack, ["intake"])
    with chromium() as browser:
        page = entered(browser, address, "operator", 370100)
        page.goto(f"{address}/quality")
        assert (waiting(page, Code.UNKNOWN_TABLE), waiting(page, Code.NOT_DECODABLE)) == ("1", str(RUBBISH))
        page.locator(".halt a", has_text="恢复").click()
        expect(page.locator("#place")).to_have_text(f"{TOPIC}[0]@{RUBBISH}", timeout=WAIT_MS)
        confirmed(page, "RELEASED")
        assert page.locator(".halt").count() == 0
        assert read_control(settings)["cremation"].state is FeedState.RUN
        page.locator(f"tr[data-kind='cremation {Code.UNKNOWN_TABLE}'] a").click()
        expect(page.locator("#count")).to_have_text("1", timeout=WAIT_MS)
        confirmed(page, "CODES_ADDED")
        assert (waiting(page, Code.UNKNOWN_TABLE), waiting(page, Code.NOT_DECODABLE)) == ("", str(RUBBISH))
        assert NUMBER not in page.content()
        assert "王建国" not in page.content()
        page.context.close()
    until(stack, lambda: len(facts(settings)) == 1)
    assert len(list(read_letters(settings))) == RUBBISH + 1
    kept = [one.record.entry for one in read_audit(settings, lambda record: record.entry.deed is not Deed.SIGNED_IN, ignored)]
    assert [(one.deed, one.objects, one.count, one.actor) for one in kept] == [
        (Deed.FEED_RESUMED, ["cremation"], 0, "demo-operator"),
        (Deed.DEAD_LETTERS_REPLAYED, ["cremation", Code.UNKNOWN_TABLE], 1, "demo-operator"),
    ]
    assert [one.reason for one in kept] == ["RELEASED 工单-2026-17", "CODES_ADDED 工单-2026-17"]
    assert check_topic(settings, {}, ignored).findings == []


def ignored(_done: int, _total: int) -> None:
    """Progress that nobody looks at."""
