"""The engine against the naive model: both judge the same random histories, day by day, and must agree."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.output import Output
from processors.rows import MemoryRows
from processors.scenario.fields import label
from processors.scenario.run import person_key
from processors.scenario.short import Rows, facts_of
from processors.stage import PeopleStage, derive
from schemas.alert import Alert
from schemas.dates import day_of
from schemas.events import FORMAT, Facts, Horizon, Identity, Message, Tick, decode, encode
from schemas.policy import load_policy
from tests.oracle import naive

POLICY = load_policy()
PERSON = {"birth": "1958-03-02", "sex": "F", "division": 370102}
FEEDS = ("household", "death_certificate", "cremation", "tax_contribution", "tax_payroll", "card", "business", "medical")
COVERED = ("R01", "R01A", "R02", "R06", "R08", "R10", "R24")
FIRST = dt.date(2024, 5, 20)
LATER_DAYS = (0, 8, 40)
RECORDS = {"a": (170, 370102, 201801), "b": (110, 370102, 201804), "c": (170, 370203, 202001)}
NAMES: dict[Any, str] = {label(name).hex(): name for name in RECORDS}


def step(event: str, row: str | tuple[str, ...], **fields: Any) -> st.SearchStrategy[dict[str, Any]]:
    """A step with every field written out; `row` may be spelled from the step's own fields, so that equal things are one row."""
    drawn = {key: value if isinstance(value, st.SearchStrategy) else st.just(value) for key, value in fields.items()}

    def named(values: dict[str, Any]) -> dict[str, Any]:
        if "number" in values:
            form, person = values.pop("number")
            values |= {"id_form": form, "name": person}
        name = row if isinstance(row, str) else "-".join([row[0], *(str(values[key]) for key in row[1:])])
        return {"event": event, "row": name, **values}

    return st.fixed_dictionaries(drawn).map(named)


def of_record(event: str, record: str, **fields: Any) -> dict[str, Any]:
    """A step about a benefit record as a whole."""
    scheme, place, start = RECORDS[record]
    return {"event": event, "row": f"record-{record}", "record": record, "scheme": scheme, "place": place, "start_month": start, **fields}


DIED = st.sampled_from(["2024-03-31", "2024-04-01", "2024-05-05"])
CHANGE = st.sampled_from(["CREATED", "CREATED", "CREATED", "CREATED", "ANNULLED"])
CERTIFICATE = st.sampled_from(["", "n1"])
MONTH = st.sampled_from([202404, 202405])
DELETED = st.sampled_from(["CREATED", "CREATED", "DELETED"])
AGAIN = st.sampled_from(["", "", "again-"])
NUMBER = st.sampled_from([(18, "name"), (18, "name"), (18, "name"), (15, "name"), (15, "")])  # how a claim writes number and name
RECORD = st.sampled_from(sorted(RECORDS))
FEN = st.sampled_from([15000, 21300])
CLAIMS = st.one_of(
    step("CREMATED", "claim-f", died_on=DIED, change=CHANGE, certificate=CERTIFICATE, number=NUMBER),
    step("DEATH_REGISTERED", "claim-p", died_on=DIED, change=CHANGE, certificate=CERTIFICATE, number=NUMBER),
    step("DEATH_CERTIFIED", "claim-m", died_on=DIED, change=CHANGE, certificate=CERTIFICATE, number=NUMBER),
    step("DEATH_REPORTED_BY_FAMILY", "claim-a", died_on=DIED, change=CHANGE, certificate="", number=NUMBER),
    step("DEATH_DECLARED_BY_COURT", "claim-c", died_on=DIED, change=CHANGE, certificate="", number=NUMBER),
    step("HUKOU_CANCELLED", "h", died_on=DIED, cancel_reason=st.sampled_from(["DEATH", "MILITARY", "MOVED_OUT"]), from_day="1990-01-01"),
    step(
        "LIFE_CERTIFIED",
        ("seen", "seen_on"),
        seen_on=st.sampled_from(["2024-04-02", "2024-05-06", "2024-05-07"]),
        change=CHANGE,
        alive=st.sampled_from(["FACE", "COUNTER", "DATA_MATCH", "HOSPITAL_UNCHECKED"]),
    ),
)
PENSION_PAID = step(
    "BENEFIT_PAID",
    ("pay", "record", "month", "item"),
    record=RECORD,
    month=MONTH,
    amount_fen=FEN,
    item=st.sampled_from([1, 2]),
    item_class=st.sampled_from(["BASIC", "BASIC", "ACCOUNT"]),
    leg=st.sampled_from(["PAID", "PAID", "PAID", "FAILED"]),
    change=DELETED,
)
BENEFITS = st.one_of(
    PENSION_PAID,
    PENSION_PAID,
    step(
        "BENEFIT_PAID",
        ("heirs", "month"),
        record="b",
        month=MONTH,
        amount_fen=FEN,
        item=3,
        leg="PAID",
        item_class=st.sampled_from(["FUNERAL", "LUMP_INHERIT"]),
    ),
    step(
        "BENEFIT_RETURNED", ("back", "record", "month"), record=RECORD, month=st.one_of(st.just(0), MONTH), amount_fen=FEN, change=DELETED
    ),
    step(
        "BENEFIT_REFUNDED", ("refund", "record", "month"), record=RECORD, month=st.one_of(st.just(0), MONTH), amount_fen=FEN, change=DELETED
    ),
    st.builds(of_record, st.sampled_from(["BENEFIT_ENDED", "BENEFIT_RESUMED"]), RECORD),
    st.builds(lambda record: {**of_record("BENEFIT_START", record), "row": f"funeral-{record}", "benefit": "FUNERAL"}, RECORD),
)
BENEFITS = st.builds(lambda given, again: {**given, "row": again + given["row"]}, BENEFITS, AGAIN)  # the same, inserted under another row
BOOKED_ORDER = [("e1", "n1"), ("e2", "n1"), ("e1", "n2"), ("e2", "n2"), ("e1", ""), ("e2", "")]
PAYER = {
    "payer": st.sampled_from(["e1", "e2"]),
    "bill": st.sampled_from(["n1", "n1", "n1", "n2", ""]),
    "month": st.sampled_from([202405, 202405, 202405, 202404]),
}
SCHEME = st.sampled_from([310, 310, 310, 110, 410])
SHARES = {"person_fen": 8000, "employer_fen": st.sampled_from([16000, 16000, 17000])}
MONEY = st.one_of(
    *[
        step(
            event,
            ("money", "scheme", "month", "payer", "bill", "kind"),
            scheme=SCHEME,
            change=CHANGE,
            kind=st.sampled_from(["NORMAL", "NORMAL", "NORMAL", "BASE_ADJUST"]),
            **PAYER,
            person_fen=8000,
            employer_fen=16000,
        )
        for event in ("CONTRIB_PAID", "CONTRIB_BOOKED", "CONTRIB_BOOKED", "CONTRIB_BOOKED")
    ],
    *[
        step(event, ("back", "scheme", "month", "payer", "bill", "employer_fen"), scheme=SCHEME, **PAYER, **SHARES).map(
            lambda given: {**given, "refund": given["row"]}  # a document that two offices report is one refund
        )
        for event in ("REFUND_POSTED", "CONTRIB_REFUNDED")
    ],
).map(lambda given: {**given, "row": f"{given['event']}-{given['row']}", **numbered(given)})


def numbered(given: dict[str, Any]) -> dict[str, Any]:
    """The bill as intake names it, by payer and number; each bill is paid on a day of its own, so that which came first is never a tie."""
    order = BOOKED_ORDER.index((given["payer"], given["bill"]))
    bill = {"bill": given["bill"] and f"{given['payer']}-{given['bill']}"}
    return bill if given["row"].startswith("back") else {**bill, "paid_on": f"2024-05-{10 + order}"}


def planted_bill(payer: str) -> tuple[dt.date, dict[str, Any]]:
    """A booked bill under the row that the generator's own steps about it have, so that they annul and refund it."""
    given = {"scheme": 310, "month": 202405, "payer": payer, "bill": "n1", "kind": "NORMAL", "change": "CREATED"}
    row = f"CONTRIB_BOOKED-money-310-202405-{payer}-n1-NORMAL"
    return FIRST, {
        "event": "CONTRIB_BOOKED",
        **given,
        "person_fen": 8000,
        "employer_fen": 16000,
        "row": row,
        **numbered({**given, "row": row}),
    }


def planted_pension(record: str) -> tuple[dt.date, dict[str, Any]]:
    """A pension payment under the row that the generator's own steps about it have."""
    paid_item = {"item": 1, "item_class": "BASIC", "leg": "PAID", "amount_fen": 21300}
    return FIRST, {"event": "BENEFIT_PAID", "row": f"pay-{record}-202405-1", "record": record, "month": 202405, **paid_item}


BILLS = [planted_bill("e1"), planted_bill("e2")]
PENSIONS = [(FIRST, of_record("BENEFIT_START", record)) for record in "ab"] + [planted_pension("a"), planted_pension("b")]


@st.composite
def histories(
    draw: st.DrawFn, steps: st.SearchStrategy[dict[str, Any]], records: str = "abc", planted: naive.History | None = None
) -> naive.History:
    """Some of the benefit records, then steps of the given families a few days apart."""
    day, history = FIRST, [(FIRST, of_record("BENEFIT_START", record)) for record in sorted(draw(st.sets(st.sampled_from(records))))]
    history += draw(st.sampled_from([[], planted or []]))  # half of them begin beside a gate
    for given_step in draw(st.lists(steps, min_size=2, max_size=14)):
        day += dt.timedelta(draw(st.sampled_from([0, 0, 1, 3, 7])))
        history.append((day, given_step))
    return history


def messages_of(history: naive.History) -> list[tuple[int, Facts]]:
    """The messages of a history with their arrival days."""
    rows, key, found = Rows({}), person_key("a"), []
    for offset, (arrival, given_step) in enumerate(history):
        feed, facts = facts_of(given_step, PERSON, rows)
        found.append((day_of(arrival), Facts(FORMAT, key, key, b"", feed, 0, offset, "", 0, 0, 0, Identity(-4322, 2, 18), facts)))
    return found


def engine_answers(history: naive.History, days: list[dt.date]) -> list[naive.Answer]:
    """What the engine holds at the end of each of the days, played over the days on which anything arrives or is asked."""
    stage, rows, last, answers = PeopleStage(POLICY, {}, strict=True), MemoryRows(derive), dict[bytes, Alert](), []
    messages = messages_of(history)

    def take(message: Message) -> None:
        outputs: list[Output] = [stage.handle(rows, decode(encode(message)))]
        while stage.sweeping:
            outputs.append(stage.sweep(rows, 1000))
        last.update({alert.alert_id: alert for output in outputs for alert in output.alerts})

    for today in sorted({arrival for arrival, _ in messages} | {day_of(wanted) for wanted in days}):
        take(Tick(FORMAT, today))
        for feed in FEEDS:
            take(Horizon(FORMAT, feed, 0, 0, 1, today - 1))
        for arrival, facts in messages:
            if arrival == today:
                take(facts)
        answers += [(held(list(last.values()))) for wanted in days if day_of(wanted) == today]
    return answers


def scope_of(alert: Alert) -> tuple[Any, ...]:
    """The scope with records by name; a pair of records in the order of their names."""
    named = tuple(NAMES.get(part, part) for part in alert.scope)
    return tuple(sorted(named, key=str)) if alert.rule == "R06" else named


def held(alerts: list[Alert]) -> naive.Answer:
    """Alerts of the covered rules that hold, in the model's terms."""
    return {
        (alert.rule, scope_of(alert)): (alert.level, alert.months, alert.amount_fen, alert.certain_fen)
        for alert in alerts
        if alert.premise == "HOLDS" and alert.rule in COVERED
    }


def agree(history: naive.History) -> None:
    """Engine and model give the same answer on the last day of a history and later, when windows have closed."""
    last = max(arrival for arrival, _ in history)
    days = [last + dt.timedelta(count) for count in LATER_DAYS]
    for today, held_then in zip(days, engine_answers(history, days), strict=True):
        assert held_then == naive.answer(history, today), today


@settings(max_examples=60, deadline=None)
@given(histories(st.one_of(CLAIMS, BENEFITS), planted=PENSIONS).filter(lambda history: len(history) > 1))
def test_death_and_benefits(history: naive.History) -> None:
    """R01, R01A, R24 and R06 agree over random claims, annulments, evidence, payments, returns and refunds."""
    agree(history)


@settings(max_examples=60, deadline=None)
@given(histories(st.one_of(MONEY, MONEY, CLAIMS), records="b", planted=BILLS).filter(lambda history: len(history) > 1))
def test_contributions(history: naive.History) -> None:
    """R10 and R02 agree over random bills of two payers, two reporters and refunds, with and without a death.

    No 170 record: drawing it beside 110 is R08, which the model does not have and which silences R10 of 110.
    """
    agree(history)


def of_pension(given: dict[str, Any]) -> dict[str, Any]:
    """A step about money, of the employee pension whatever its scheme was."""
    row = given["row"].replace(f"-{given['scheme']}-", "-110-")
    return {
        **given,
        "scheme": 110,
        "row": row,
        **({"refund": given["refund"].replace(f"-{given['scheme']}-", "-110-")} if "refund" in given else {}),
    }


@settings(max_examples=60, deadline=None)
@given(histories(st.one_of(MONEY.map(of_pension), PENSION_PAID, BENEFITS), planted=PENSIONS).filter(lambda history: len(history) > 1))
def test_precedence(history: naive.History) -> None:
    """R06, R08 and R10 agree on which months are whose where pensions are drawn and contributions paid twice."""
    agree(history)


def on(text: str, event: str, row: str, **fields: Any) -> tuple[dt.date, dict[str, Any]]:
    """One step of a history written by hand."""
    return dt.date.fromisoformat(text), {"event": event, "row": row, **fields}


def paid(record: str, month: int, **fields: Any) -> tuple[dt.date, dict[str, Any]]:
    """A pension payment of 213.00 yuan."""
    basic = {"item": 1, "item_class": "BASIC", "leg": "PAID", "amount_fen": 21300}
    return on("2024-06-01", "BENEFIT_PAID", f"pay-{record}-{month}", record=record, month=month, **{**basic, **fields})


def booked(payer: str, bill: str, day: str) -> tuple[dt.date, dict[str, Any]]:
    """A booked contribution of 240.00 yuan to 310 for May 2024."""
    money = {"scheme": 310, "month": 202405, "kind": "NORMAL", "person_fen": 8000, "employer_fen": 16000}
    return on("2024-06-01", "CONTRIB_BOOKED", f"{payer}-{bill}", payer=payer, bill=bill, paid_on=day, **money)


START = [(FIRST, of_record("BENEFIT_START", "a")), (FIRST, of_record("BENEFIT_START", "b"))]
DEAD = on("2024-06-02", "CREMATED", "claim-f", died_on="2024-04-01", certificate="")
DOUBT = on("2024-06-03", "LIFE_CERTIFIED", "seen", seen_on="2024-04-03", alive="FACE")
AGAIN_PAID = (dt.date(2024, 6, 3), {**paid("a", 202405)[1], "row": "again"})  # what was deleted, inserted under another number
RETURNED = on("2024-06-03", "BENEFIT_RETURNED", "back", record="a", month=0, amount_fen=15000)
TWO_BILLS = [booked("e1", "n1", "2024-05-10"), booked("e2", "n1", "2024-05-14")]
ENDED = (dt.date(2024, 6, 1), of_record("BENEFIT_ENDED", "a"))
JOBS = [
    (day, {**step, "scheme": 110, "month": month, "row": f"{step['row']}-{month}"}) for day, step in TWO_BILLS for month in (202404, 202405)
]
CASES: dict[str, tuple[naive.History, str, tuple[Any, ...], naive.Finding]] = {
    "R01": ([*START, DEAD, paid("a", 202405)], "2024-06-09", ("a",), ("ALERT", [202405], 21300, 21300)),
    "R01 in its window": ([*START, DEAD, paid("a", 202405)], "2024-06-08", ("a",), ("SIGNAL", [202405], 21300, 21300)),
    "R01 under 15 digits, no name": (
        [*START, (DEAD[0], {**DEAD[1], "id_form": 15, "name": ""}), paid("a", 202405)],
        "2024-07-20",
        ("a",),
        ("SIGNAL", [202405], 21300, 21300),
    ),
    "R01 under 15 digits, the name agrees": (
        [*START, (DEAD[0], {**DEAD[1], "id_form": 15}), paid("a", 202405)],
        "2024-06-09",
        ("a",),
        ("ALERT", [202405], 21300, 21300),
    ),
    "R01 beside a claim under 15 digits": (
        [
            *START,
            DEAD,
            on("2024-05-25", "DEATH_CERTIFIED", "weak", died_on="2024-03-31", id_form=15, name=""),
            paid("a", 202404),
            paid("a", 202405),
        ],
        "2024-06-08",
        ("a",),
        ("SIGNAL", [202405], 21300, 21300),
    ),
    "R01 deleted and inserted again": (
        [*START, DEAD, paid("a", 202405, change="DELETED"), AGAIN_PAID],
        "2024-06-09",
        ("a",),
        ("ALERT", [202405], 21300, 21300),
    ),
    "R01 beside a funeral grant": (
        [*START, DEAD, (FIRST, {**of_record("BENEFIT_START", "a"), "row": "funeral", "benefit": "FUNERAL"}), paid("a", 202405)],
        "2024-06-09",
        ("a",),
        ("ALERT", [202405], 21300, 21300),
    ),
    "R06 less a return without month": (
        [*START, paid("a", 202405), paid("b", 202405), RETURNED],
        "2024-06-04",
        ("a", "b"),
        ("ALERT", [202405], 6300, 0),
    ),
    "R01A": ([*START, DEAD, paid("a", 202404)], "2024-06-09", ("a",), ("ALERT", [], 0, 0)),
    "R01A held": ([*START, DEAD, DOUBT], "2024-06-09", ("a",), ("SIGNAL", [], 0, 0)),
    "R02": ([DEAD, TWO_BILLS[0]], "2024-06-26", (310,), ("ALERT", [202405], 24000, 24000)),
    "R06": ([*START, paid("a", 202405), paid("b", 202405)], "2024-06-02", ("a", "b"), ("ALERT", [202405], 21300, 0)),
    "R10": (TWO_BILLS, "2024-06-26", (310, 202405), ("ALERT", [202405], 24000, 0)),
    "R10 in its window": (TWO_BILLS, "2024-06-25", (310, 202405), ("SIGNAL", [202405], 24000, 0)),
    "R08 less a month of R06": (
        [START[0], *JOBS, ENDED, paid("a", 202404), paid("a", 202405), START[1], paid("b", 202405)],
        "2024-06-26",
        (2024,),
        ("ALERT", [202404], 0, 0),
    ),
    "R10 beside R08": ([START[0], *JOBS, ENDED, paid("a", 202405)], "2024-06-26", (110, 202404), ("ALERT", [202404], 24000, 0)),
    "R24": ([DEAD, DOUBT], "2024-06-03", (), ("ALERT", [], 0, 0)),
}


@pytest.mark.parametrize("name", CASES)
def test_each_rule_fires_in_both(name: str) -> None:
    """Each covered rule fires in the model and in the engine, on the day and with the money of the sheet."""
    history, today, scope, finding = CASES[name]
    when = dt.date.fromisoformat(today)
    assert naive.answer(history, when)[name.split(maxsplit=1)[0], scope] == finding
    assert engine_answers(history, [when])[0][name.split(maxsplit=1)[0], scope] == finding


@pytest.mark.parametrize(
    ("number", "wrong", "case"),
    [
        ("SETTLE_DAYS", 8, "R01"),
        ("SETTLE_DAY_OF_MONTH", 24, "R10 in its window"),
        ("CONTRADICTED_DAYS", 3, "R24"),
        ("PENSION_ITEMS", set(), "R06"),
        ("PENSIONS", set(), "R10 beside R08"),
    ],
)
def test_a_wrong_model_is_noticed(number: str, wrong: Any, case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With one of its numbers changed the model no longer agrees: the comparison can fail."""
    history, today, _, _ = CASES[case]
    when = dt.date.fromisoformat(today)
    right = engine_answers(history, [when])[0]
    assert right == naive.answer(history, when)
    monkeypatch.setattr(naive, number, wrong)
    assert right != naive.answer(history, when)
