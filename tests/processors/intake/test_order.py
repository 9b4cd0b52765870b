"""Whatever the order, repeats and gaps of re-delivery: what stands in the end is what the newest version of each row states."""

import random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from processors.intake.outcome import Accepted, Rejected, Skipped
from processors.intake.statement import place_of
from schemas.kinds import FactStatus
from tests.processors.intake.recorded import Intake, numbered, person, shipped

PERSONS = ["379999194811200016", numbered("37999919560315001"), numbered("37999919900310002")]
MONTHS = ["202404", "202405"]
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
STATES = st.lists(st.tuples(st.sampled_from(PERSONS), st.sampled_from(MONTHS), st.sampled_from(["1.00", "2.00"])), min_size=1, max_size=6)


class Ledger:
    """Facts as any state keeps them: per person and place, the largest version wins."""

    def __init__(self) -> None:
        self._rows: dict[tuple[Any, ...], Any] = {}

    def take(self, outcome: object) -> None:
        """Apply an outcome's facts."""
        assert isinstance(outcome, Accepted | Skipped), outcome
        for message in outcome.messages if isinstance(outcome, Accepted) else []:
            for fact in message.facts:
                key = (message.person, *place_of(fact))
                old = self._rows.get(key)
                if old is None or (fact.sequence, fact.sub) > (old.sequence, old.sub):
                    self._rows[key] = fact

    def standing(self) -> set[tuple[bytes, int, int]]:
        """(person, month, amount) of what is not withdrawn."""
        return {(key[0], fact.month, fact.amount_fen) for key, fact in self._rows.items() if fact.status != FactStatus.WITHDRAWN}


def expected(last: tuple[str, str, str]) -> set[tuple[bytes, int, int]]:
    """What the newest version states."""
    number, month, amount = last
    return {(person(number), int(month[:4]) * 12 + int(month[4:]) - 1, int(amount[0]) * 100)}


def payments(states: list[tuple[str, str, str]]) -> list[dict[str, Any]]:
    """One payment row's life as Debezium records with before-images."""
    rows = [
        {"id": 1, "aac001": "1", "aac002": number, "aac003": "某", "aae140": "170", "aaa036": "100011", "eac064": month, "aae019": amount}
        | {"pay_state": "1", "aab301": "370116"}
        for number, month, amount in states
    ]
    befores: list[Any] = [None, *rows[:-1]]
    return [
        {
            "op": "u" if before else "c",
            "before": before,
            "after": row,
            "source": {"table": "benefit_payment", "lsn": 10 + place, "txId": 1 + place},
        }
        for place, (before, row) in enumerate(zip(befores, rows, strict=True))
    ]


def canonical(states: list[tuple[str, str, str]]) -> list[dict[str, Any]]:
    """The same life as events of a department without before-images."""
    return [
        {
            "event_id": str(place),
            "event_type": "BENEFIT_PAID",
            "change_type": "CORRECTED" if place else "CREATED",
            "chain_id": "P-1",
            "source_system": "county",
            "source_org": 370116,
            "source_seq": 10 + place,
            "subject_ids": [{"type": "01", "value": number, "country": "CHN"}],
            "after": {
                "scheme": "170",
                "person_no": "1",
                "division": "370116",
                "month": month,
                "item": "100011",
                "amount_fen": int(amount[0]) * 100,
            }
            | {"pay_state": "1"},
        }
        for place, (number, month, amount) in enumerate(states)
    ]


def shuffled(records: list[dict[str, Any]], seed: int) -> list[dict[str, Any]]:
    """Every record at least once, some again, in any order."""
    order = random.Random(seed)
    found = records + order.choices(records, k=len(records))
    order.shuffle(found)
    return found


def run(intake: Intake, records: list[dict[str, Any]]) -> Ledger:
    """All records through intake into a ledger."""
    ledger = Ledger()
    for record in records:
        ledger.take(intake.read(record))
    return ledger


@QUICK
@given(STATES, st.integers(0, 2**32))
def test_before_images_in_any_order(states: list[tuple[str, str, str]], seed: int) -> None:
    """A database feed: repeats and replays that step back end where the last change left the row."""
    assert run(shipped("business"), shuffled(payments(states), seed)).standing() == expected(states[-1])


@QUICK
@given(STATES, st.integers(0, 2**32))
def test_an_index_in_any_order(states: list[tuple[str, str, str]], seed: int) -> None:
    """A feed without before-images: the index lets no older version undo a newer one, whoever it was about."""
    assert run(shipped("canonical"), shuffled(canonical(states), seed)).standing() == expected(states[-1])


def test_a_connect_worker_repeats_its_last_seconds() -> None:
    """The recorded case: 930 changes come again with the same source block; nothing new stands."""
    intake, ledger = shipped("business"), Ledger()
    life = payments([(PERSONS[place % 3], MONTHS[place % 2], "1.00") for place in range(930)])
    for record in life:
        ledger.take(intake.read(record))
    before = ledger.standing()
    for record in life[-930:]:
        outcome = intake.read(record | {"ts_ms": 9})
        assert not isinstance(outcome, Rejected)
        ledger.take(outcome)
    assert ledger.standing() == before
