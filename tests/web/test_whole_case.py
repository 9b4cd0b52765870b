"""One case from its first alert to its end, by mouse and keyboard, on real Kafka with every worker and the workbench between.

It arrives live, is read and explained; a second source makes it worse, so it opens again; the death is annulled and takes it back.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import Producer
from playwright.sync_api import Page, expect
from redis import Redis
from redis.asyncio import Redis as AsyncRedis

from demo.servers.valkey import ValkeyServer, start_valkey
from demo.stack import Stack, start_workbench, start_workers
from processors.scenario.run import person_key
from processors.scenario.short import Rows, facts_of
from schemas.audit import Deed
from schemas.dates import day
from schemas.events import FORMAT, Facts, Identity, Tick, encode
from schemas.topics import EVENTS
from sinks.desk.brief import Brief
from sinks.desk.read import DeskReader
from streams.audit_reading import check_topic, read_audit
from streams.rebuild_desk import rebuild_desk
from streams.settings import Settings, load_settings
from streams.topics import create_missing, declared
from tests.servers.fixtures import Broker
from tests.web.screens import chromium, entered
from tests.web.serving import aside

pytestmark = [pytest.mark.kafka, pytest.mark.redis, pytest.mark.browser]
PARTITIONS = 2
WAIT_MS = 90_000
BORN = {"birth": "1948-11-20", "sex": "F", "division": 370116}
KEY = person_key("whole case")


@pytest.fixture
def own_valkey(server_folder: Path) -> Iterator[ValkeyServer]:
    """A server that holds nothing of other tests: what arrives on the page is this case alone."""
    with start_valkey(server_folder / "whole-case") as server:
        yield server


@pytest.fixture
def stack(own_kafka: Broker, own_valkey: ValkeyServer, tmp_path: Path) -> Iterator[Stack]:
    """Kafka with all topics, the workers as real processes."""
    with Stack(own_kafka.bootstrap, own_valkey.url, embedded=False, partitions=PARTITIONS, folder=tmp_path) as running:
        settings = load_settings(running.environment())
        create_missing(settings, declared(settings))
        start_workers(running, ["intake", "people"])
        yield running


class Departments:
    """What departments report of one person, as intake writes it."""

    def __init__(self, settings: Settings) -> None:
        self._producer = Producer({"bootstrap.servers": settings.kafka_bootstrap, "partitioner": "murmur2_random"})
        self._rows = Rows({})
        self._offset = 0

    def day(self, text: str) -> None:
        """The day's tick in every partition."""
        for partition in range(PARTITIONS):
            self._producer.produce(EVENTS, encode(Tick(FORMAT, day(text))), partition=partition)
        assert self._producer.flush(30) == 0

    def report(self, **step: object) -> None:
        """One record."""
        feed, facts = facts_of(dict(step), BORN, self._rows)
        self._offset += 1
        identity = Identity(day("1948-11-20"), 2, 18)
        self._producer.produce(EVENTS, encode(Facts(FORMAT, KEY, KEY, b"", feed, 0, self._offset, "", 0, 0, 0, identity, facts)), KEY)
        assert self._producer.flush(30) == 0


def choose(page: Page, value: str) -> None:
    """Go down the focused list to a choice by its key alone."""
    for _ in range(40):
        page.keyboard.press("ArrowDown")
        if page.locator("form.decide select[name=choice]").first.input_value() == value:
            return
    raise AssertionError(f"{value} is not offered")


def until_shown(page: Page, text: str) -> None:
    """Look at the case again until its head says so."""
    for _ in range(60):
        page.reload()
        if page.locator("article header .tag", has_text=text).count():
            return
        page.wait_for_timeout(1_000)
    raise AssertionError(f"the case never says {text}: {page.locator('article').first.inner_text()}")


def test_a_whole_case_by_mouse_and_keyboard(stack: Stack) -> None:
    """Live, read, explained, opened again by worse evidence, taken back with the death; every step in an audit chain that is whole."""
    settings = load_settings(stack.environment())
    address, departments = start_workbench(stack), Departments(settings)
    with chromium() as browser:
        page = entered(browser, address, "clerk", 370116)
        page.get_by_text("实时更新中").wait_for()
        departments.day("2024-05-10")
        departments.report(event="BENEFIT_START", record="r", scheme=170)
        departments.report(event="CREMATED", died_on="2024-05-10", row="c")
        row = page.locator("#arrivals tr", has_text="R01A")
        row.wait_for(timeout=WAIT_MS)
        row.locator("a").click()
        page.locator("form.decide").first.wait_for()
        page.keyboard.press("d")
        choose(page, "EXPLAIN/IDENTITY_MIXED")
        page.keyboard.press("Tab")
        page.locator("input[name=valid_until]").first.fill("2024-12-31")
        page.locator("form.decide button").first.press("Enter")
        expect(page.locator("#decided")).to_contain_text("处理意见已生效", timeout=WAIT_MS)
        until_shown(page, "已解释")
        departments.report(event="DEATH_REGISTERED", died_on="2024-05-08", row="p")
        until_shown(page, "待受理")
        expect(page.locator(".story")).to_contain_text("处理状态：已解释 → 待受理", timeout=WAIT_MS)
        expect(page.locator(".facts").first).to_contain_text("出现新的或更重的情形，重新受理", timeout=WAIT_MS)
        departments.report(event="CREMATED", died_on="2024-05-10", row="c", change="ANNULLED")
        departments.report(event="DEATH_REGISTERED", died_on="2024-05-08", row="p", change="ANNULLED")
        until_shown(page, "已撤回")
        page.context.close()
    _audited(settings)
    _rebuilt(stack, settings)


def _rebuilt(stack: Stack, settings: Settings) -> None:
    """After somebody emptied Redis, `canbao rebuild desk` gives the person's alerts, row and decisions again."""
    before = aside(of_person(stack.redis))
    with Redis.from_url(stack.redis) as client:
        client.flushall()
    assert aside(of_person(stack.redis)) == ([], [], 0)
    rebuild_desk(settings, ignored)
    assert aside(of_person(stack.redis)) == before


async def of_person(url: str) -> tuple[list[Brief], list[int], int]:
    """A person's list rows, how many revisions each has, and decisions."""
    async with AsyncRedis.from_url(url) as client:
        desk = DeskReader(client)
        briefs = await desk.person(KEY.hex())
        ids = [brief.alert_id for brief in briefs]
        return briefs, [len(held) for held in await desk.revisions(ids)], len(await desk.decisions(ids))


def _audited(settings: Settings) -> None:
    """Signing in, reading and deciding are in the topic, and its chains are whole."""
    kept = read_audit(settings, lambda _record: True, ignored)
    deeds = {one.record.entry.deed for one in kept}
    assert {Deed.SIGNED_IN, Deed.PERSON_READ, Deed.DECIDED} <= deeds
    assert check_topic(settings, {}, ignored).findings == []


def ignored(_done: int, _total: int) -> None:
    """Progress that nobody looks at."""
