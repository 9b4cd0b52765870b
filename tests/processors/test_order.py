"""Order does not matter: any arrival order, repeats, any split of the log and any speed of the sweep end in the same answer."""

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import msgpack

from processors.output import Output
from processors.rows import MemoryRows
from processors.stage import PeopleStage, derive
from processors.world_rows import WORLD_KEY, StateCodecError, read_root
from schemas.alert import Alert
from schemas.dates import day
from schemas.events import FORMAT, Facts, Horizon, Message, Tick, decode, encode
from schemas.policy import load_policy
from tests.processors.histories import STEP, messages_of

POLICY = load_policy()
FEEDS = ("household", "death_certificate", "cremation", "tax_contribution", "tax_payroll", "card", "business", "medical")
START = day("2024-07-01")
HISTORY = st.lists(STEP, min_size=2, max_size=14)


def copied(message: Message) -> Message:
    """A message as it comes off the wire: facts become part of the state, so nobody may share them."""
    copy: Message = decode(encode(message))
    return copy


def control(number_of_day: int) -> list[Message]:
    """One day's tick and horizons."""
    return [Tick(FORMAT, number_of_day), *(Horizon(FORMAT, feed, 0, 0, 1, number_of_day - 1) for feed in FEEDS)]


def play(log: list[Message], pace: random.Random | None = None) -> tuple[list[Alert], MemoryRows]:
    """Everything published for a log; `pace` sweeps at random moments in random slices, None drains after each message."""
    stage, rows, published = PeopleStage(POLICY, {}, strict=True), MemoryRows(derive), []

    def keep(output: Output) -> None:
        published.extend(output.alerts)

    for message in log:
        keep(stage.handle(rows, copied(message)))
        while stage.sweeping and (pace is None or pace.random() < 0.4):
            keep(stage.sweep(rows, pace.randint(1, 3) if pace else 1000))
        if pace is not None and pace.random() < 0.3:
            stage = PeopleStage(POLICY, {}, strict=True)  # another owner takes over between two batches
            stage.load(rows)
    while stage.sweeping:
        keep(stage.sweep(rows, 1000))
    return published, rows


def holding(published: list[Alert]) -> dict[tuple[str, str], tuple[Any, ...]]:
    """What holds at the end, without revision numbers, causes and knowledge times."""
    last = {alert.alert_id: alert for alert in published}
    return {
        (alert.rule, repr(alert.scope)): (
            alert.level,
            alert.severity,
            alert.months,
            alert.amount_fen,
            alert.certain_fen,
            alert.balance_fen,
            alert.keep,
            alert.clear,
            alert.refund_fen,
        )
        for alert in last.values()
        if alert.premise == "HOLDS"
    }


def days_after(count: int) -> list[Message]:
    """The days until every window has closed."""
    return [message for number in range(START + 1, START + count) for message in control(number)]


@settings(max_examples=60, deadline=None)
@given(HISTORY, st.randoms(use_true_random=False))
def test_arrival_order_does_not_matter(steps: list[dict[str, Any]], shuffler: random.Random) -> None:
    """The same facts in another order of arrival leave the same alerts once windows have closed."""
    facts = messages_of(steps)
    other: list[Facts] = list(facts)
    shuffler.shuffle(other)
    straight, _ = play([*control(START), *facts, *days_after(100)])
    shuffled, _ = play([*control(START), *other, *days_after(100)])
    assert holding(straight) == holding(shuffled)


@settings(max_examples=40, deadline=None)
@given(HISTORY, st.data())
def test_repeats_change_nothing(steps: list[dict[str, Any]], data: st.DataObject) -> None:
    """Delivering any messages again, at once or later, publishes nothing more."""
    facts = messages_of(steps)
    again = data.draw(st.lists(st.sampled_from(facts), max_size=10))
    once, _ = play([*control(START), *facts, *days_after(40)])
    twice, _ = play([*control(START), *facts, *again, *days_after(40)])
    assert [alert.alert_id + bytes([alert.revision]) for alert in once] == [alert.alert_id + bytes([alert.revision]) for alert in twice]


@settings(max_examples=40, deadline=None)
@given(st.lists(HISTORY, min_size=1, max_size=3), st.integers(0, 1 << 30))
def test_sweep_speed_and_owner_do_not_matter(histories: list[list[dict[str, Any]]], seed: int) -> None:
    """Every person's revisions are byte-equal whether the sweep drains at once or crawls over several ticks and owners."""
    log: list[Message] = [*control(START)]
    queues = [messages_of(steps, name=f"p{n}", feed_offset=100 * n) for n, steps in enumerate(histories)]
    shuffler = random.Random(seed)
    number = START
    while any(queues):
        queue = shuffler.choice([queue for queue in queues if queue])
        log.append(queue.pop(0))
        if shuffler.random() < 0.4:
            number += shuffler.choice([1, 1, 5, 20])
            log += control(number)
    log += [message for step in (1, 10, 40) for message in control(number + step)]
    drained, rows = play(log)
    crawling, other = play(log, random.Random(seed))
    assert per_person(drained) == per_person(crawling)
    assert {key: value for key, value in rows.values.items() if key[:1] == b"\x11"} == {
        key: value for key, value in other.values.items() if key[:1] == b"\x11"
    }


def per_person(published: list[Alert]) -> dict[bytes, list[bytes]]:
    """Revisions of each person, in order, as bytes."""
    found: dict[bytes, list[bytes]] = {}
    for alert in published:
        found.setdefault(alert.person_key, []).append(msgpack.encode(alert))
    return found


@settings(max_examples=40, deadline=None)
@given(HISTORY)
def test_annulled_as_if_never_sent(steps: list[dict[str, Any]]) -> None:
    """A claim that is annulled leaves no alert that it caused in force: what holds is what held without it, save the undo check."""
    without = [step for step in steps if step["event"] not in {"CREMATED", "DEATH_REGISTERED"}]
    claims = [{"event": "CREMATED", "died_on": "2024-03-02", "row": "x"}, {"event": "CREMATED", "row": "x", "change": "ANNULLED"}]
    plain, _ = play([*control(START), *messages_of(without), *days_after(60)])
    annulled, _ = play([*control(START), *messages_of([*without, *claims]), *days_after(60)])
    undone = {key: value for key, value in holding(annulled).items() if key[0] != "UNDO_CHECK"}
    assert undone == holding(plain)


def test_revisions_only_grow() -> None:
    """Per alert, revisions are 1, 2, 3 … without a gap, over closing and reopening."""
    steps = [
        {"event": "BENEFIT_START", "record": "a"},
        {"event": "CREMATED", "died_on": "2024-03-02", "row": "x"},
        {"event": "CREMATED", "row": "x", "change": "ANNULLED"},
        {"event": "CREMATED", "died_on": "2024-03-02", "row": "x"},
    ]
    published, _ = play([*control(START), *messages_of(steps)])
    seen: dict[bytes, int] = {}
    for alert in published:
        assert alert.revision == seen.get(alert.alert_id, 0) + 1
        seen[alert.alert_id] = alert.revision
    reopened = [alert for alert in published if alert.reopened]
    assert reopened
    assert all(alert.premise == "HOLDS" for alert in reopened)


def test_rows_of_another_release_are_refused() -> None:
    """State that this release would misread stops the partition before the first message, with what to do."""
    stage, rows = PeopleStage(POLICY, {}, strict=True), MemoryRows(derive)
    stage.handle(rows, Tick(FORMAT, START))
    root = read_root(rows.values[WORLD_KEY])
    root.codec -= 2
    rows.put(WORLD_KEY, msgpack.encode(root))
    with pytest.raises(StateCodecError, match="empty the changelog"):
        stage.load(rows)
