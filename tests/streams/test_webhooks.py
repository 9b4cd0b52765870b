"""Webhooks from real Kafka by a real worker to a real receiver: order, outages, kills, refusals, rotation, replay."""

import base64
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook

from schemas.audit import Deed
from schemas.targets import Filter, TargetRow
from streams.audit_reading import read_audit
from streams.settings import load_settings
from tests.schemas.samples import sample_alert
from tests.sinks.webhooks.receiver import SECRET, Receiver, receiving
from tests.streams.delivering import Pipe, pipe

pytestmark = pytest.mark.kafka
HEALED = {"change": "HEALED", "premise": "HEALED"}


@pytest.fixture(scope="module")
def line(server_folder: Path) -> Iterator[Pipe]:
    """Broker and topics."""
    with pipe(server_folder / "webhooks") as found:
        yield found


@pytest.fixture(scope="module")
def city(line: Pipe) -> Iterator[Receiver]:
    """The receiver of the target `city`, with its worker."""
    with receiving() as found:
        line.put(TargetRow("city", found.url, []))
        line.start("city")
        yield found
        line.stop("city")


@pytest.fixture(autouse=True)
def anew(city: Receiver) -> None:
    """Every test begins with a receiver that takes everything."""
    city.answer, city.seconds, city.secret = (lambda _event: 204), 0.0, SECRET
    city.clear()


def refuse(alert: str, status: int) -> Any:
    """Refuse one alert, take the others."""
    return lambda event: status if event["subject"] == alert else 204


def test_a_every_revision_arrives_in_order(line: Pipe, city: Receiver) -> None:
    """150 alerts of three revisions; what is in Kafka twice is sent once."""
    history = [sample_alert(number, revision=revision) for revision in (1, 2, 3) for number in range(1, 151)]
    line.send(history)
    line.send(history[:50])
    line.wait(lambda: len(city.taken) >= 450, "city")
    line.wait(lambda: line.metric("city", "canbao_alerts_delivered_total", "repeated") >= 50, "city")  # a slow target's batch comes again
    assert set(map(tuple, city.versions().values())) == {((1, 0), (2, 0), (3, 0))}
    assert len(city.versions()) == 150
    assert len({one.identifier for one in city.taken}) == 450


def test_b_a_target_that_was_down_gets_everything_in_order(line: Pipe, city: Receiver) -> None:
    """It refuses twenty tries (an hour of the ordinary schedule); alerts and revisions come meanwhile; then it gets all of it, once."""
    city.answer = lambda _event: 503
    line.send([sample_alert(number, revision=4) for number in range(1, 101)])
    line.wait(lambda: line.metric("city", "canbao_sink_failures_total") >= 5, "city")
    line.send([sample_alert(number, revision=5, **HEALED) for number in range(1, 101)])
    line.wait(lambda: line.metric("city", "canbao_sink_failures_total") >= 20, "city")
    line.wait(lambda: line.metric("city", "canbao_target_state", "held") == 1, "city")  # between two tries it says running
    assert not city.taken
    city.answer = lambda _event: 204
    line.wait(lambda: len(city.taken) >= 200, "city")
    assert set(map(tuple, city.versions().values())) == {((4, 0), (5, 0))}
    assert len(city.taken) == 200


def test_c_a_wrong_signature_loses_nothing(line: Pipe, city: Receiver) -> None:
    """The receiver has another secret: 401, the target waits; `canbao target test` says so; with the right secret everything comes."""
    city.secret = "whsec_" + base64.b64encode(b"w" * 32).decode()
    line.send([sample_alert(number, revision=6) for number in range(1, 21)])
    line.wait(lambda: 401 in city.answered, "city")
    assert "down 401" in line.canbao("target", "test", "city", status=1)
    assert not city.taken
    city.secret = SECRET
    line.wait(lambda: len(city.taken) == 20, "city")
    assert "taken 204" in line.canbao("target", "test", "city")


def test_d_one_refused_alert_delays_no_other(line: Pipe, city: Receiver) -> None:
    """422 for one alert: the others go on, its newer revision takes its place, and it arrives once it is taken."""
    bad = sample_alert(5).alert_id.hex()
    city.answer = refuse(bad, 422)
    line.send([sample_alert(number, revision=7) for number in range(1, 21)])
    line.wait(lambda: len(city.taken) == 19, "city")
    line.send([sample_alert(number, revision=8) for number in range(1, 21)])
    line.wait(lambda: len(city.taken) == 38, "city")
    assert line.metric("city", "canbao_alerts_delivered_total", "superseded") == 1
    assert bad not in city.versions()
    city.answer = lambda _event: 204
    line.wait(lambda: bad in city.versions(), "city")
    assert city.versions()[bad] == [(8, 0)]


def test_e_gone_is_paused_until_it_is_resumed(line: Pipe, city: Receiver) -> None:
    """410: the row says PAUSED with its code, nothing is sent, nothing is lost; `resume` lets it go on."""
    city.answer = lambda _event: 410
    line.send([sample_alert(number, revision=9) for number in range(1, 11)])
    line.wait(lambda: "PAUSED CB-602" in line.canbao("target", "show", "city"), "city")
    line.wait(lambda: line.metric("city", "canbao_target_state", "paused") == 1, "city")
    asked = len(city.answered)
    line.send([sample_alert(number, revision=10) for number in range(1, 11)])
    city.answer = lambda _event: 204
    time.sleep(3)  # longer than a resting partition's look: it must not be asked
    assert len(city.answered) == asked
    line.canbao("target", "resume", "city")
    line.wait(lambda: len(city.taken) == 20, "city")
    assert set(map(tuple, city.versions().values())) == {((9, 0), (10, 0))}


def test_f_both_secrets_sign_while_one_replaces_the_other(line: Pipe, city: Receiver) -> None:
    """After `rotate-secret` requests verify under the old and under the new secret; without time to keep, under the new one only."""
    shown = line.canbao("target", "rotate-secret", "city").splitlines()[-1]
    line.send([sample_alert(1, revision=11)])
    line.wait(lambda: len(city.taken) == 1, "city")
    (one,) = city.taken
    for secret in (SECRET, shown):
        Webhook(secret).verify(one.body, one.headers)
    assert "until" in line.canbao("target", "show", "city")
    line.put(TargetRow("city", city.url, []))


def test_g_a_dead_neighbour_delays_nobody(line: Pipe, city: Receiver) -> None:
    """Another target whose port is closed: its worker waits, this one gets everything; the filter of a third lets through what it wants."""
    line.put(TargetRow("dead", "http://127.0.0.1:9/hook", []))
    with receiving() as tax:
        line.put(TargetRow("tax", tax.url, [], Filter(rules=["R10"], divisions=[370102])))
        line.start("dead")
        line.start("tax")
        news = [sample_alert(number, revision=12) for number in range(1, 31)]
        news += [sample_alert(number, rule="R10", handling_division=370102) for number in range(1, 6)]
        news += [sample_alert(number, rule="R10", handling_division=370116, revision=2) for number in range(1, 6)]
        news += [sample_alert(number, rule="R10", handling_division=370116) for number in range(6, 9)]
        line.send(news)
        line.wait(lambda: len(city.taken) == len(news), "city")
        line.wait(lambda: len(tax.taken) == 10, "tax")
        assert set(map(tuple, tax.versions().values())) == {((1, 0), (2, 0))}
        line.wait(lambda: line.metric("dead", "canbao_sink_failures_total") > 0, "dead")
        line.stop("tax")
        line.stop("dead")


def test_h_kills_under_load_lose_and_double_nothing(line: Pipe, city: Receiver) -> None:
    """Three kill -9 while 3 000 revisions pass: a consumer that checks revisions has each of them once, in order."""
    city.seconds = 0.002
    line.send([sample_alert(number, revision=20 + step) for step in range(3) for number in range(1, 1_001)])
    for share in (200, 900, 1_800):
        line.wait(lambda share=share: len(city.taken) >= share, "city")
        line.kill("city")
        line.start("city")
    line.wait(lambda: {some[-1] for some in city.versions().values()} == {(22, 0)} and len(city.versions()) == 1_000, "city")
    applied = 0
    for some in city.versions().values():
        newest = (0, 0)
        for version in some:
            if version > newest:
                applied, newest = applied + 1, version
    assert applied == 3_000
    bodies: dict[str, set[bytes]] = {}
    for one in city.taken:
        bodies.setdefault(one.identifier, set()).add(one.body)
    assert {len(some) for some in bodies.values()} == {1}


def test_i_a_slow_target_is_fed_at_its_own_pace(line: Pipe, city: Receiver) -> None:
    """Half a second an answer: nothing times out, nothing is sent twice."""
    city.seconds = 0.5
    line.send([sample_alert(number, revision=30) for number in range(1, 101)])
    line.wait(lambda: len(city.taken) >= 100, "city")
    assert len(city.taken) == 100


def test_j_ten_thousand_alerts_are_replayed_from_a_time(line: Pipe, city: Receiver) -> None:
    """`replay --from`: what came since is sent once more, in order per alert, live alerts behind it; what came before is not."""
    time.sleep(1.1)  # the command's time has whole seconds
    since = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime())
    line.send([sample_alert(number, revision=revision, rule="R12") for revision in (1, 2) for number in range(1, 5_001)])
    line.wait(lambda: len(city.taken) >= 10_000, "city", 200)
    city.clear()
    line.canbao("target", "replay", "city", "--from", since)
    line.wait(lambda: len(city.taken) >= 500, "city")
    line.send([sample_alert(number, revision=3, rule="R12") for number in range(1, 101)])
    line.wait(lambda: len(city.taken) >= 10_100, "city", 200)
    assert len(city.taken) == 10_100
    orders = [tuple(some) for some in city.versions().values()]
    assert orders.count(((1, 0), (2, 0))) == 4_900
    assert orders.count(((1, 0), (2, 0), (3, 0))) == 100


def test_k_targets_are_kept_by_commands_and_audited(line: Pipe, city: Receiver) -> None:
    """Added, listed, paused, removed; each change is in the audit topic under its own name; an address inside the network is refused."""
    assert "CB-601" in line.canbao("target", "add", "inside", "https://10.1.2.3/hook", status=2)
    shown = line.canbao("target", "add", "outside", "https://alerts.example.cn/hook", "--rule", "r10", "--level", "ALERT")
    assert shown.splitlines()[-1].startswith("whsec_")
    listed = line.canbao("target", "list")
    assert "outside" in listed
    assert "city" in listed
    assert "rule R10; level ALERT" in line.canbao("target", "show", "outside")
    assert "there already" in line.canbao("target", "add", "outside", "https://alerts.example.cn/hook", status=2)
    assert "PAUSED" in line.canbao("target", "pause", "outside")
    line.canbao("target", "remove", "outside")
    assert "no target" in line.canbao("target", "show", "outside", status=2)
    kept = read_audit(load_settings(line.environment), lambda _one: True, lambda _done, _all: None)
    told = [(one.record.entry.deed, *one.record.entry.objects) for one in kept]
    assert [what for _, name, what, *_ in told if name == "outside"] == ["add", "pause", "remove"]
    assert {deed for deed, name, *_ in told if name == "city"} == {Deed.TARGET_CHANGED, Deed.TARGET_REPLAYED}
