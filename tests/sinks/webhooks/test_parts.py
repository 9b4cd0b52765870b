"""Parts of webhooks: schedules, addresses, what a status means, order within an alert, what a request carries."""

import asyncio
import datetime as dt
import json
from collections.abc import Sequence

import pytest
from standardwebhooks import Webhook

from schemas.delivery import Delivery, delivery_of
from sinks.webhooks.address import AddressRefusedError, check_url, networks_of
from sinks.webhooks.fan import fan_out
from sinks.webhooks.schedule import HOLD_SECONDS, PARK_SECONDS, hold_seconds, park_seconds
from sinks.webhooks.send import Answer, Sender, Verdict, outlet, verdict, webhook_id
from tests.schemas.samples import sample_alert
from tests.sinks.webhooks.receiver import KEY, SECRET, receiving

NOW = dt.datetime.now(dt.UTC)


def test_a_target_that_is_down_is_asked_for_days() -> None:
    """1 s to 1 h between tries, then every hour for ever; a setting caps it."""
    assert [hold_seconds(number, 1e9) for number in range(1, 12)] == [1, 2, 5, 15, 60, 300, 900, 1800, 3600, 3600, 3600]
    assert [hold_seconds(number, 0.5) for number in (1, 5, 500)] == [0.5] * 3
    assert list(HOLD_SECONDS) == sorted(HOLD_SECONDS)


def test_a_refused_alert_is_tried_over_three_days() -> None:
    """The schedule of Standard Webhooks after the first try; then it is at its end."""
    assert [park_seconds(number) for number in range(1, 11)] == [5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400, None]
    assert 3 * 86_400 < sum(PARK_SECONDS) < 4 * 86_400


@pytest.mark.parametrize(
    ("url", "networks", "plain", "allowed"),
    [
        ("https://alerts.example.cn/hook", "", False, True),
        ("http://alerts.example.cn/hook", "", False, False),
        ("http://alerts.example.cn/hook", "", True, True),
        ("ftp://alerts.example.cn/hook", "", True, False),
        ("https://user:word@alerts.example.cn/hook", "", False, False),
        ("https://alerts.example.cn/hook#x", "", False, False),
        ("https:///hook", "", False, False),
        ("https://8.8.8.8/hook", "", False, True),
        ("https://10.1.2.3/hook", "", False, False),
        ("https://10.1.2.3/hook", "10.0.0.0/8", False, True),
        ("https://127.0.0.1/hook", "10.0.0.0/8", False, False),
        ("https://169.254.169.254/latest", "", False, False),
        ("https://[::1]/hook", "", False, False),
        ("https://[::ffff:10.1.2.3]/hook", "", False, False),
        ("https://[fd00::1]/hook", "fd00::/8", False, True),
        ("https://alerts.example.cn/" + "x" * 2048, "", False, False),
    ],
)
def test_where_a_webhook_may_go(url: str, networks: str, plain: bool, allowed: bool) -> None:
    """https, no user, public or named networks."""
    if allowed:
        check_url(url, networks_of(networks), plain=plain)
        return
    with pytest.raises(AddressRefusedError, match="CB-601"):
        check_url(url, networks_of(networks), plain=plain)


def test_a_name_that_leads_inside_is_not_followed() -> None:
    """A public-looking name is checked by what it resolves to, when the connection is made."""

    async def go() -> Answer:
        sender = Sender((), plain=True)
        try:
            return await sender.deliver(outlet("http://localhost:1/hook", [KEY]), delivery_of(sample_alert()), NOW)
        finally:
            await sender.close()

    assert asyncio.run(go()) == Answer(Verdict.DOWN, 0, "address")


@pytest.mark.parametrize(
    ("status", "headers", "expected"),
    [
        (200, {}, Verdict.TAKEN),
        (204, {}, Verdict.TAKEN),
        (301, {"Location": "https://elsewhere.cn"}, Verdict.DOWN),
        (400, {}, Verdict.REFUSED),
        (401, {}, Verdict.DOWN),
        (404, {}, Verdict.DOWN),
        (410, {}, Verdict.GONE),
        (422, {}, Verdict.REFUSED),
        (429, {}, Verdict.DOWN),
        (429, {"Retry-After": "7"}, Verdict.BUSY),
        (500, {}, Verdict.DOWN),
        (503, {"Retry-After": "7"}, Verdict.BUSY),
        (503, {"Retry-After": "soon"}, Verdict.DOWN),
    ],
)
def test_what_a_status_says(status: int, headers: dict[str, str], expected: Verdict) -> None:
    """About this alert, or about the whole target."""
    assert verdict(status, headers, NOW).verdict is expected


def test_a_date_may_say_when() -> None:
    """Retry-After as a date; never longer than an hour."""
    later = (NOW + dt.timedelta(seconds=90)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    assert 88 <= verdict(503, {"Retry-After": later}, NOW).seconds <= 90
    assert verdict(503, {"Retry-After": "999999"}, NOW).seconds == 3600


def test_a_request_is_signed_by_every_secret_and_the_same_each_time() -> None:
    """Real requests: id and body equal on repeat, both secrets verify, CloudEvents attributes are there, no redirect is followed."""
    one, other = delivery_of(sample_alert(revision=3)), b"o" * 32
    now = dt.datetime.now(dt.UTC)

    async def go(url: str) -> list[Answer]:
        sender = Sender(networks_of("127.0.0.0/8"), plain=True)
        try:
            return [await sender.deliver(outlet(url, [other, KEY]), one, now) for _ in range(2)]
        finally:
            await sender.close()

    with receiving() as receiver:
        assert [answer.verdict for answer in asyncio.run(go(receiver.url))] == [Verdict.TAKEN] * 2
        receiver.answer = lambda _event: (302, {"Location": receiver.url})
        assert asyncio.run(go(receiver.url))[0] == Answer(Verdict.DOWN, 302, "302")
        first, second = receiver.taken
        assert (first.identifier, first.body) == (second.identifier, second.body)
        assert first.identifier == f"{one.alert_id}:3"
        assert first.headers["content-type"] == "application/cloudevents+json"
        for secret in (SECRET, other):
            Webhook(secret).verify(first.body, first.headers)
        event = first.event
        assert (event["specversion"], event["type"], event["subject"]) == ("1.0", "canbao.alert", one.alert_id)
        assert event["data"] == json.loads(one.json)


def test_a_clerks_change_of_the_same_revision_is_another_message() -> None:
    """The id tells them apart."""
    assert webhook_id(delivery_of(sample_alert(revision=2, handling_version=1))).endswith(":2.1")


def test_order_within_an_alert_and_an_end_at_its_first_failure() -> None:
    """Many alerts at once, each one's revisions one after the other; after a failure its newer ones are not sent."""
    running: set[str] = set()
    most = 0
    sent: list[tuple[str, int]] = []
    groups = {number: [delivery_of(sample_alert(number, revision=revision)) for revision in (1, 2, 3)] for number in range(1, 41)}
    bad = groups[7][1].alert_id

    async def send(one: Delivery) -> Answer:
        nonlocal most
        assert one.alert_id not in running
        running.add(one.alert_id)
        most = max(most, len(running))
        await asyncio.sleep(0.001)
        running.discard(one.alert_id)
        sent.append((one.alert_id, one.revision))
        return Answer(Verdict.DOWN if (one.alert_id, one.revision) == (bad, 2) else Verdict.TAKEN)

    answers = asyncio.run(fan_out(groups, send, 8, start_seconds=30))
    assert most == 8
    assert [one.verdict for one in answers[7]] == [Verdict.TAKEN, Verdict.DOWN]
    assert all(len(some) == 3 for number, some in answers.items() if number != 7)
    by_alert = {alert: [revision for name, revision in sent if name == alert] for alert, _ in sent}
    assert all(order == sorted(order) for order in by_alert.values())


@pytest.mark.parametrize(("verdicts", "asked"), [([Verdict.DOWN], 4), ([Verdict.GONE], 1), ([Verdict.BUSY], 1), ([Verdict.REFUSED], 20)])
def test_a_dead_target_is_not_asked_for_every_alert(verdicts: Sequence[Verdict], asked: int) -> None:
    """Four failures without a success stop the rest; gone and busy stop at once; a refusal is about one alert."""
    count = 0

    async def send(_one: object) -> Answer:
        nonlocal count
        count += 1
        return Answer(verdicts[0])

    asyncio.run(fan_out({number: [delivery_of(sample_alert(number))] for number in range(1, 21)}, send, 1))
    assert count == asked
