"""Decisions among facts and days: repeats change nothing, the two halves commute, versions only grow, the sweep's pace does not matter."""

import random
import uuid
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import msgpack, structs

from processors.handling.half import FRESH, alert_key, decode_row
from processors.output import Output
from processors.rows import MemoryRows
from processors.scenario.fields import ScenarioError
from processors.scenario.run import person_key, run_scenario
from processors.stage import PeopleStage, derive
from schemas.alert import Alert, alert_id
from schemas.decision import Action, Decision, DecisionResult, Verdict
from schemas.events import FORMAT, Command, Decided, Facts, Message
from schemas.handling import load_handling
from schemas.restrictions import RESTRICT
from tests.processors.histories import messages_of
from tests.processors.test_order import POLICY, START, control, copied, per_person, play

KEY = person_key("a")
RECORD: dict[str, Any] = {"event": "BENEFIT_START", "record": "a"}
DEATH: dict[str, Any] = {"event": "CREMATED", "died_on": "2024-03-02", "row": "x"}
PAID: dict[str, Any] = {"event": "BENEFIT_PAID", "record": "a", "month": 202405, "amount": 213, "paid_on": "2024-05-15"}
MORE: dict[str, Any] = {"event": "BENEFIT_PAID", "record": "a", "month": 202406, "amount": 213, "paid_on": "2024-06-15"}
TABLE = load_handling()
WISH = st.tuples(st.integers(0, 50), st.integers(0, 50), st.sampled_from(["FITTING", "FITTING", "FITTING", "ANY"]))
"""Which action and which code, by number: one that the table allows in the alert's state, or any of all."""


def story(*steps: dict[str, Any]) -> list[Facts]:
    """Messages about the person a, arriving on START."""
    return messages_of(list(steps), name="a")


def opened(steps: list[dict[str, Any]]) -> list[Message]:
    """A log in which R01 has become an ALERT."""
    return [*control(START), *story(*steps), *(one for number in range(START + 1, START + 9) for one in control(number))]


def decided(alert: Alert, action: str, code: str = "", mark: str = "", **fields: Any) -> Decided:
    """A decision of a supervisor of the city about an alert as it was published."""
    target = alert.referred_to or (370112 if action == "REFER" else 0)
    given: dict[str, Any] = {
        "decision_id": str(uuid.uuid5(uuid.NAMESPACE_OID, mark or f"{action} {code}")),
        "alert_id": alert.alert_id,
        "subject": alert.subject,
        "person_key": alert.person_key,
        "seen_revision": alert.revision,
        "action": action,
        "code": code,
        "note_ref": "n-1",
        "actor": "staff",
        "actor_role": "supervisor",
        "actor_division": alert.handling_division // 100 * 100,
        "at_ms": 1,
        "to_division": target,
    }
    return Decided(FORMAT, alert.person_key, Decision(**{**given, **fields}))


def chosen(alert: Alert, wish: tuple[int, int, str]) -> tuple[Action, str]:
    """The action and code of a wish about an alert in its state."""
    number, which, how = wish
    steps = TABLE.steps_from(alert.handling) if how == "FITTING" else list(TABLE.steps.values())
    step = steps[number % len(steps)]
    codes = [one.code for one in TABLE.codes_for(step.action, alert.rule) if one.code != "REPAYMENT_PLAN"] if how == "FITTING" else []
    codes = codes or (["", "AS_STATED", "NO_SUCH"] if how == "ANY" else [""])
    return step.action, codes[which % len(codes)]


class Play:
    """One partition, step by step."""

    def __init__(self, log: list[Message]) -> None:
        self.stage, self.rows = PeopleStage(POLICY, {}, strict=True), MemoryRows(derive)
        self.published: list[Alert] = []
        self.results: list[DecisionResult] = []
        for message in log:
            self.take(message)

    def take(self, message: Message) -> Output:
        """One message and the whole sweep after it."""
        output = self.stage.handle(self.rows, copied(message))
        while self.stage.sweeping:
            output.merge(self.stage.sweep(self.rows, 1000))
        self.published += output.alerts
        self.results += output.results
        return output

    def latest(self, rule: str = "R01") -> Alert:
        """The newest revision of the person's alert of a rule."""
        return next(one for one in reversed(self.published) if one.rule == rule)


def halves(alert: Alert) -> tuple[Any, ...]:
    """What both halves say, without counts of knowledge and times of judging."""
    return (alert.level, alert.premise, alert.months, alert.amount_fen, alert.handling, alert.handling_version, alert.handling_code)


@settings(max_examples=60, deadline=None)
@given(st.lists(WISH, max_size=8))
def test_a_repeat_is_answered_alike_and_changes_nothing(wishes: list[tuple[int, int, str]]) -> None:
    """Any decisions, each sent again at once and all again at the end: the same answers, the same revisions, versions that only grow."""
    once, twice = Play(opened([RECORD, DEATH, PAID])), Play(opened([RECORD, DEATH, PAID]))
    sent = []
    for number, wish in enumerate(wishes):
        message = decided(once.latest(), *chosen(once.latest(), wish), f"{number}")
        sent.append(message)
        once.take(message)
        twice.take(message)
        twice.take(message)
    for message in sent:
        twice.take(message)
    assert per_person(once.published) == per_person(twice.published)
    by_id = {one.decision_id: one for one in once.results}
    assert all(by_id[one.decision_id] == one for one in twice.results)
    seen: dict[bytes, tuple[int, int]] = {}
    for alert in once.published:
        version = (alert.revision, alert.handling_version)
        assert version > seen.get(alert.alert_id, (0, 0))
        assert alert.handling_version >= seen.get(alert.alert_id, (0, 0))[1]
        seen[alert.alert_id] = version


@settings(max_examples=60, deadline=None)
@given(st.lists(WISH, min_size=1, max_size=8))
def test_only_what_the_table_allows_is_applied(wishes: list[tuple[int, int, str]]) -> None:
    """Applied: the state was one of the action's, and it leads where the table says; refused: the alert is as it was."""
    run = Play(opened([RECORD, DEATH, PAID]))
    for number, wish in enumerate(wishes):
        before = run.latest()
        action, code = chosen(before, wish)
        run.take(decided(before, action, code, f"{number}"))
        after, result = run.latest(), run.results[-1]
        if result.verdict != Verdict.APPLIED:
            assert after == before
            continue
        step = TABLE.steps[action]
        assert before.handling in step.since
        assert after.handling == step.to or (action is Action.REFUSE and after.handling in {"REFERRED", "CONFIRMED"})
        assert after.handling_version == before.handling_version + 1 == result.handling_version
        assert structs.replace(after, **dict.fromkeys(CLERKS, 0)) == structs.replace(before, **dict.fromkeys(CLERKS, 0))


CLERKS = (
    "handling",
    "handling_version",
    "handling_code",
    "handled_on",
    "stands_until",
    "referred_to",
    "referred_agency",
    "handling_division",
    "involved_divisions",
    "owner_agency",
    "due",
    "reopened",
    "change",
    "as_of",
    "cause_event_ids",
)
"""Fields that a decision may change."""


def test_the_two_halves_commute_where_nobody_settled() -> None:
    """A decision then more evidence, or the evidence then the decision on the new revision: the same end."""
    first = Play(opened([RECORD, DEATH, PAID]))
    first.take(decided(first.latest(), "CHECK"))
    for message in story(RECORD, DEATH, PAID, MORE)[3:]:
        first.take(message)
    second = Play(opened([RECORD, DEATH, PAID]))
    for message in story(RECORD, DEATH, PAID, MORE)[3:]:
        second.take(message)
    second.take(decided(second.latest(), "CHECK"))
    assert halves(first.latest()) == halves(second.latest())
    assert first.latest().handling == "CHECKING"
    assert first.latest().months == [202405, 202406]


def test_evidence_that_came_first_refuses_the_decision() -> None:
    """The same two in one order apply, in the other the clerk must look again."""
    run = Play(opened([RECORD, DEATH, PAID]))
    stale = decided(run.latest(), "CHECK")
    for message in story(RECORD, DEATH, PAID, MORE)[3:]:
        run.take(message)
    run.take(stale)
    assert run.results[-1].verdict == Verdict.EVIDENCE_MOVED
    assert run.results[-1].revision == run.latest().revision == stale.decision.seen_revision + 1
    assert run.latest().handling == "NEW"


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1 << 30), st.lists(WISH, max_size=5), st.integers(1, 40))
def test_sweep_speed_and_owner_do_not_matter(seed: int, wishes: list[tuple[int, int, str]], until_days: int) -> None:
    """Explanations that end, decisions and facts in between: byte-equal revisions whether the sweep drains at once or crawls."""
    run = Play(opened([RECORD, DEATH, PAID]))
    log: list[Message] = [*opened([RECORD, DEATH, PAID])]
    until = START + 8 + until_days
    for number, wish in enumerate([None, *wishes]):
        action, code = chosen(run.latest(), wish) if wish else (Action.EXPLAIN, "DATA_ERROR")
        message = decided(run.latest(), action, code, f"{number}", valid_until=until if action is Action.EXPLAIN else 0)
        log.append(message)
        run.take(message)
    later = [one for number in (START + 20, START + 30, until, until + 1, until + 60) if number > START + 8 for one in control(number)]
    log += [*later[:9], *story(RECORD, DEATH, PAID, MORE)[3:], *later[9:]]
    drained, rows = play(log)
    crawling, other = play(log, random.Random(seed))
    assert per_person(drained) == per_person(crawling)
    assert {key: value for key, value in rows.values.items() if key[:1] == b"\x11"} == {
        key: value for key, value in other.values.items() if key[:1] == b"\x11"
    }


def test_nothing_is_known_of_a_stranger_and_nothing_is_kept() -> None:
    """No such person, no such alert: NOT_FOUND, and no row is made."""
    run = Play(opened([RECORD, DEATH, PAID]))
    rows = dict(run.rows.values)
    alert = run.latest()
    run.take(decided(structs.replace(alert, person_key=person_key("nobody")), "CHECK"))
    run.take(decided(structs.replace(alert, alert_id=alert_id("R99", alert.subject, [])), "CHECK"))
    assert [one.verdict for one in run.results] == ["NOT_FOUND", "NOT_FOUND"]
    assert run.rows.values == rows


def test_a_person_set_aside_is_told_to_the_clerk() -> None:
    """Quarantined: TRY_LATER; a failure in taking the decision sets the person aside and is answered alike."""
    run = Play(opened([RECORD, DEATH, PAID]))
    message = decided(run.latest(), "CHECK")
    run.stage.strict = False
    broken = alert_key(KEY, run.latest().alert_id)
    run.rows.put(broken, b"\xc1")
    output = run.take(message)
    assert [one.verdict for one in output.results] == ["TRY_LATER"]
    assert output.faults
    assert [one.verdict for one in run.take(message).results] == ["TRY_LATER"]


def test_a_restriction_keeps_what_was_decided_and_takes_no_more_decisions() -> None:
    """The last revision has no content, but handling and its version never step back; a further decision is refused."""
    run = Play(opened([RECORD, DEATH, PAID]))
    run.take(decided(run.latest(), "CHECK"))
    run.take(Command(FORMAT, RESTRICT, KEY, ""))
    last = run.latest()
    assert (last.premise, last.revision, last.handling_version, last.handling) == ("RETRACTED", 3, 1, "CHECKING")
    run.take(decided(last, "CLOSE", "PREMISE_GONE"))
    assert run.results[-1].verdict == Verdict.ALERT_CLOSED


def test_rows_of_an_earlier_release_are_read() -> None:
    """A row without a clerks' half has a fresh one, and takes decisions."""
    run = Play(opened([RECORD, DEATH, PAID]))
    key = alert_key(KEY, run.latest().alert_id)
    row = decode_row(run.rows.values[key])
    run.rows.put(key, msgpack.encode([row.alert, row.alerted_on]))
    assert decode_row(run.rows.values[key]).half == FRESH
    run.take(decided(run.latest(), "EXPLAIN", "DATA_ERROR"))
    assert run.latest().handling == "EXPLAINED"


@pytest.mark.parametrize(
    ("step", "says"),
    [
        ({"alert": "R01", "because": "x"}, "because: no such field; allowed: alert"),
        ({"alert": "R99"}, "alert.rule: found a text of 3 characters; allowed: R01, "),
        ({"alert": "R11"}, "alert: rule names 0 alerts"),
        ({"alert": {"premise": "HOLDS"}}, "names 2 alerts"),
        ({"alert": "R01", "note_ref": "有备注"}, "note_ref: allowed"),
        ({"alert": "R01", "decision": "STOP"}, "decision: allowed: ACCEPT"),
    ],
)
def test_a_wrong_decision_step_is_refused_by_name(step: dict[str, Any], says: str) -> None:
    """A scenario's step that names no field, no alert or several, or has not its form."""
    steps = [{**one, "at": "2024-07-01"} for one in (RECORD, DEATH, PAID, {"event": "HUKOU_IN", "from_day": "1990-01-01"})]
    wrong = {"at": "2024-10-01", "decision": "CHECK", **step}
    with pytest.raises(ScenarioError, match=says):
        run_scenario({"steps": [*steps, wrong]}, POLICY)
