"""quality.md 7.4: canary persons through the whole pipeline, with bad input and kills; then every file, topic, key and page is searched. 0 found.

`make proof` takes 10 000 persons, `make test` some hundred.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from confluent_kafka import Producer

from demo import stack as demo_stack
from demo.city.emit.departments import FEEDS, Day
from demo.city.emit.wire import Message
from demo.city.generate import generate
from demo.city.identity import GIVEN, Registry
from demo.drive import all_days, drive
from demo.servers.valkey import ValkeyServer, start_valkey
from demo.stack import Stack, start_workers
from demo.watch import Watch
from processors.identity.citizen import check_character
from streams.settings import load_settings
from streams.topics import create_missing, declared
from tests.privacy.places import Place, files, redis_entries, rows, topics, worker_pages
from tests.privacy.search import MARK, Canaries
from tests.privacy.web_pages import web_pages
from tests.servers.fixtures import Broker

pytestmark = [pytest.mark.kafka, pytest.mark.redis]
WORKERS = ("intake", "people", "deliver", "desk")
PARTITIONS = 4
MONTHS = 2
BAD_TOPIC = "canbao.feed.cremation"
END_SECONDS = 60.0


def account(number: int) -> str:
    """A bank account number of 19 digits."""
    return f"6299998{number:012d}"


@pytest.fixture
def own_valkey(tmp_path: Path) -> Iterator[ValkeyServer]:
    """A Redis of this test alone: everything in it is searched."""
    with start_valkey(tmp_path / "redis") as server:
        yield server


def named_canary(registry: Registry) -> str:
    """A name that begins with the mark."""
    return MARK + registry._rng.choice(GIVEN)


def with_account(message: Message, number: int) -> Message:
    """A plain record with a column more that its feed does not declare: a bank account."""
    if message.value is None or not message.value.startswith(b'{"record_type"'):
        return message
    row = {**json.loads(message.value), "bank_account": account(number)}
    return Message(message.topic, message.key, json.dumps(row, ensure_ascii=False).encode())


def decorated(days: Iterable[Day]) -> list[Day]:
    """All days, with accounts in the plain records."""
    return [Day(day.day, [with_account(message, number) for number, message in enumerate(day.rows)], day.markers) for day in days]


def bad_input(number: str, name: str) -> Iterator[tuple[bytes, bytes]]:
    """What departments send by mistake, with a canary in every wrong place, as (key, value)."""
    good = {
        "record_type": "cremation",
        "cremation_no": "H-1",
        "revision": 1,
        "record_state": "1",
        "id_no": number,
        "full_name": name,
        "cremated_on": "2023-10-02",
        "home_division": "370116",
    }
    wrong = number[:17] + ("0" if number[17] != "0" else "1")
    for change in (
        {"id_no": wrong},
        {"id_no": f"{number} {name}"},
        {"cremated_on": number},
        {"cremated_on": name},
        {"home_division": number},
        {"record_state": number},
        {"record_state": name},
        {"record_type": number},
        {"revision": number},
        {"cremation_no": number},
        {"cremation_no": [number, name]},
        {"full_name": number * 40},
        {number: name},
    ):
        yield number.encode(), json.dumps(good | change, ensure_ascii=False).encode()
    yield b"k", f"<xml>{number}{name}</xml>".encode("gb18030")
    yield b"k", number.encode("utf-16-le")
    yield number.encode(), b"\x00\x00\x00\x01\x02" + number.encode()


def spoil(bootstrap: str, numbers: list[str]) -> set[str]:
    """Send the bad input, thinly enough that no brake trips for good; returns numbers that are wrong in form and canaries all the same."""
    producer = Producer({"bootstrap.servers": bootstrap})
    for key, value in bad_input(numbers[0], MARK + "伟"):
        producer.produce(BAD_TOPIC, value, key, headers=[("department", numbers[1].encode())])
    assert producer.flush(END_SECONDS) == 0
    return {numbers[0][:17] + ("0" if numbers[0][17] != "0" else "1")}


class Kills:
    """Kills workers in the middle of the run and starts them again."""

    def __init__(self, stack: Stack, days: int) -> None:
        self.stack, self.done = stack, 0
        self._at = {days // 4: "people", days // 2: "intake", days * 3 // 4: "desk"}
        self._day = 0

    def __call__(self, day: Day | None) -> None:
        """After a day."""
        self.stack.check()
        if day is None:
            return
        self._day += 1
        name = self._at.get(self._day)
        if name:
            process = self.stack.workers[name]
            process.kill()
            process.start(lambda: True, 2.0)
            self.done += 1


def scan(canaries: Canaries, places: Iterable[Place]) -> tuple[int, int, list[str]]:
    """(places, bytes, what was found where)."""
    count = size = 0
    found = []
    for place, blob in places:
        count += 1
        size += len(blob)
        kind = canaries.found_in(blob)
        if kind:
            found.append(f"{place}: {kind}")
    return count, size, found


def leak_scan(bootstrap: str, redis_url: str, folder: Path, persons: int, patch: pytest.MonkeyPatch, tell: Callable[[str], None]) -> None:
    """The whole of it."""
    patch.setattr(Registry, "name", named_canary)
    patch.setitem(demo_stack.ROLES, "desk", "desk")
    city = generate(persons, MONTHS, 5)
    numbers = sorted({change.record.who.full_number for change in city.changes})
    days = decorated(all_days(city))
    with Stack(bootstrap, redis_url, embedded=False, partitions=PARTITIONS, folder=folder) as stack:
        settings = load_settings(stack.environment())
        create_missing(settings, declared(settings))
        start_workers(stack, WORKERS)
        wrong = spoil(bootstrap, numbers)
        kills = Kills(stack, len(days))
        with closing(Watch(bootstrap, PARTITIONS, len(FEEDS), embedded=False)) as watch:
            for _ in drive(stack, watch, days, kills):
                pass
            assert watch.revisions
        canaries = Canaries({*numbers, *wrong}, {account(number) for number in range(20_000)})
        parts = {"pages of workers": worker_pages(stack), "pages of the workbench": web_pages(settings)}
        counts = {name: scan(canaries, list(part)) for name, part in parts.items()}
        counts["topics"] = scan(canaries, topics(bootstrap))
        counts["Redis"] = scan(canaries, redis_entries(redis_url))
        for process in stack.workers.values():
            process.stop()
        counts["logs and files"] = scan(canaries, files(folder))
        counts["rows of local stores"] = scan(canaries, rows(folder))
    for name, (count, size, found) in counts.items():
        tell(f"{name}: {count} places, {size} bytes, {len(found)} found")
        assert count, f"nothing was searched: {name}"
        assert found == [], (name, found[:20])
    assert kills.done == 3
    tell(f"{len(numbers)} canary persons, {sum(count for count, _, _ in counts.values())} places, 0 found")
    _can_fail(canaries, numbers[-1], bootstrap, folder)


def _can_fail(canaries: Canaries, number: str, bootstrap: str, folder: Path) -> None:
    """One number in a log and one in a header of a topic: both are found."""
    (folder / "people" / "log").open("a", encoding="utf-8").write(f'{{"event": "failed for {number}"}}\n')
    assert [one for one in scan(canaries, files(folder))[2] if "log" in one]
    producer = Producer({"bootstrap.servers": bootstrap})
    producer.produce("canbao.control", b"x", b"k", headers=[("who", number.encode("utf-16-le"))])
    assert producer.flush(END_SECONDS) == 0
    assert any("canbao.control" in one for one in scan(canaries, topics(bootstrap))[2])


@pytest.mark.timeout(900)
def test_no_canary_is_found(own_kafka: Broker, own_valkey: ValkeyServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some hundred persons."""
    leak_scan(own_kafka.bootstrap, own_valkey.url, tmp_path / "run", 300, monkeypatch, print)


@pytest.mark.proof
@pytest.mark.timeout(7_200)
def test_no_canary_of_ten_thousand_is_found(
    own_kafka: Broker, own_valkey: ValkeyServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten thousand persons."""
    leak_scan(own_kafka.bootstrap, own_valkey.url, tmp_path / "run", 10_000, monkeypatch, print)


def test_the_canaries_are_valid() -> None:
    """Numbers of canaries pass GB 11643: else intake would refuse them and nothing would be proved."""
    numbers = {change.record.who.full_number for change in generate(40, 1, 5).changes}
    assert all(number[17] == check_character(number[:17]) for number in numbers)
