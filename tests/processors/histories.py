"""Histories of persons for tests of the people stage: random ones in short form, generated near the gates of every rule, and a stage that plays them."""

from typing import Any

from hypothesis import strategies as st

from processors.output import Output
from processors.rows import MemoryRows
from processors.scenario.run import person_key
from processors.scenario.short import Rows, facts_of
from processors.stage import PeopleStage
from schemas.events import FORMAT, Facts, Identity, Message
from schemas.policy import load_policy

PERSON = {"birth": "1958-03-02", "sex": "F", "division": 370102}
MONTHS = st.integers(202401, 202406)
DAYS = st.sampled_from(["2024-02-11", "2024-03-02", "2024-04-20", "2024-05-05"])
PENSION_RECORDS = st.sampled_from([("a", 170, 370102), ("b", 110, 370102), ("c", 170, 370203)])
AMOUNT = st.sampled_from(["150.00", "213.00", "800.50"])


def _step(event: str, **fields: Any) -> st.SearchStrategy[dict[str, Any]]:
    given = {key: value if isinstance(value, st.SearchStrategy) else st.just(value) for key, value in fields.items()}
    return st.fixed_dictionaries({"event": st.just(event), **given})


@st.composite
def _of_record(draw: st.DrawFn, /, event: str, **fields: Any) -> dict[str, Any]:
    record, scheme, place = draw(PENSION_RECORDS)
    step = draw(_step(event, **fields))
    return {**step, "record": record, "division": place} | ({} if event == "BENEFIT_PAID" else {"scheme": scheme, "place": place})


STEP: st.SearchStrategy[dict[str, Any]] = st.one_of(
    _step("CREMATED", died_on=DAYS, change=st.sampled_from(["CREATED", "CREATED", "ANNULLED"])),
    _step("DEATH_REGISTERED", died_on=DAYS),
    _step("DEATH_CERTIFIED", died_on=DAYS, id_form=15, name=st.sampled_from(["", "name"])),
    _step(
        "HUKOU_CANCELLED", row="h", cancel_reason=st.sampled_from(["DEATH", "MILITARY", "MOVED_OUT"]), died_on=DAYS, from_day="1990-01-01"
    ),
    _step("HUKOU_IN", row="h", from_day="1990-01-01"),
    _of_record("ENROL_START", state=st.sampled_from(["PAYING", "DRAWING"]), from_day="2015-01-01"),
    _of_record("ENROL_PAUSE", reason=st.sampled_from([6301, 6303, 6308]), changed_on=DAYS),
    _of_record("BENEFIT_START", start_month=202401),
    _of_record("BENEFIT_SUSPENDED", reason=1299, changed_on=DAYS),
    _of_record("BENEFIT_ENDED", reason=1407, changed_on=DAYS),
    _of_record("BENEFIT_PAID", month=MONTHS, amount=AMOUNT, leg=st.sampled_from(["PAID", "PAID", "FAILED"])),
    _step("BENEFIT_RETURNED", record="a", month=MONTHS, amount=AMOUNT),
    _step(
        "CONTRIB_BOOKED",
        scheme=st.sampled_from([110, 310]),
        month=MONTHS,
        payer=st.sampled_from(["e1", "e2"]),
        person_fen=8000,
        employer_fen=16000,
    ),
    _step("CONTRIB_PAID", scheme=110, month=MONTHS, payer="e1", bill=st.sampled_from(["", "n1"]), person_fen=8000, employer_fen=16000),
    _step(
        "CONTRIB_BOOKED", scheme=170, month=202401, months=12, payer="self", payer_kind="INDIVIDUAL", person_fen=30000, paid_on="2024-01-10"
    ),
    _step("REFUND_POSTED", scheme=110, month=MONTHS, payer="e2", refund="r1", person_fen=8000, employer_fen=16000),
    _step("ENROL_START", scheme=st.sampled_from([310, 390]), record=st.sampled_from(["m", "n"]), place=st.sampled_from([370102, 370203])),
    _step("CARD_ISSUED", card="k", issued_on=DAYS),
    _step("CARD_CLOSED", card="k"),
    _step("LIFE_CERTIFIED", seen_on=DAYS),
)


def messages_of(steps: list[dict[str, Any]], name: str = "a", feed_offset: int = 0) -> list[Facts]:
    """The messages of a history, each with its own position; versions follow the order given here, not the order of arrival."""
    rows, key = Rows({}), person_key(name)
    found = []
    for offset, step in enumerate(steps):
        feed, facts = facts_of(step, PERSON, rows)
        found.append(Facts(FORMAT, key, key, b"", feed, 0, feed_offset + offset, "", 0, 0, 0, Identity(-4322, 2, 18), facts))
    return found


def play(rows: MemoryRows, *messages: Message) -> Output:
    """What a stage gives for messages, each with its sweep."""
    stage, output = PeopleStage(load_policy(), {}, strict=True), Output()
    stage.load(rows)
    for message in messages:
        output.merge(stage.handle(rows, message))
        while stage.sweeping:
            output.merge(stage.sweep(rows, 100))
    return output
