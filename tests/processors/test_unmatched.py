"""LEDGER_UNMATCHED: rows that fit several payments or none are counted for their feed, once, when nothing resolved them in time."""

from processors.person.state import decode_head, head_key
from processors.person.unmatched import CODE
from processors.rows import MemoryRows
from processors.scenario.run import person_key
from processors.stage import derive
from schemas.dates import day
from schemas.events import FORMAT, Facts, Identity, Message, Tick
from schemas.facts import AnyFact
from schemas.kinds import ContribKind, PayLeg
from tests.processors.histories import play
from tests.processors.person.test_entries import MAY, refund, row, tax

KEY = person_key("a")
WAIT_DAYS = 60
"""Policy `contrib.ledger_unmatched_days`, said again: a test that asks the policy holds no number."""
CAME = day("2024-06-03")
AMBIGUOUS = (row(1), row(2, bill=b"bill-two"), row(3, bill=b""))


def told(*facts: AnyFact, feed: str = "business") -> Message:
    """What one message of a feed says of the person."""
    return Facts(FORMAT, KEY, KEY, b"", feed, 0, facts[0].offset, "", 0, 0, 0, Identity(-7700, 2, 18), list(facts))


def tick(days: int) -> Tick:
    """A day so long after the rows came."""
    return Tick(FORMAT, CAME + days)


def waits(rows: MemoryRows) -> list[int]:
    """Days on which the person's unmatched rows are to be counted."""
    return [wake.day for wake in decode_head(rows.values[head_key(KEY)]).wakes if wake.rule == CODE]


def test_a_row_that_equals_two_payments_is_counted_once_after_its_time() -> None:
    """Not on the last day of waiting, on the day after for the feed that said it, and never again."""
    rows = MemoryRows(derive)
    assert play(rows, tick(0), told(*AMBIGUOUS), tick(WAIT_DAYS)).unmatched == {}
    assert play(rows, tick(WAIT_DAYS + 1)).unmatched == {"business": 1}
    assert waits(rows) == []
    assert play(rows, tick(WAIT_DAYS + 2), told(row(9, month=MAY + 1)), tick(3 * WAIT_DAYS)).unmatched == {}


def test_a_row_that_is_matched_in_time_is_not_counted() -> None:
    """The row gets its number: it belongs to one payment, and nothing waits any more."""
    rows = MemoryRows(derive)
    play(rows, tick(0), told(*AMBIGUOUS))
    assert waits(rows) == [CAME + WAIT_DAYS + 1]
    assert play(rows, tick(30), told(row(3, sequence=9, bill=b"bill-two")), tick(2 * WAIT_DAYS)).unmatched == {}
    assert waits(rows) == []


def test_news_of_the_month_lets_it_wait_anew() -> None:
    """A third payment of the month after 30 days: the row has its whole time from there."""
    rows = MemoryRows(derive)
    play(rows, tick(0), told(*AMBIGUOUS), tick(30), told(row(4, bill=b"bill-three")))
    assert waits(rows) == [CAME + 30 + WAIT_DAYS + 1]
    assert play(rows, tick(30 + WAIT_DAYS + 1)).unmatched == {"business": 1}


def test_each_month_has_a_time_of_its_own() -> None:
    """May is counted; June, which came 30 days later, still waits and is counted on its own day."""
    rows = MemoryRows(derive)
    june = [row(number, month=MAY + 1, bill=bill) for number, bill in ((4, b"bill-four"), (5, b"bill-five"), (6, b""))]
    play(rows, tick(0), told(*AMBIGUOUS), tick(30), told(*june))
    assert play(rows, tick(WAIT_DAYS + 1)).unmatched == {"business": 1}
    assert waits(rows) == [CAME + 30 + WAIT_DAYS + 1]
    assert play(rows, tick(30 + WAIT_DAYS + 1)).unmatched == {"business": 1}


def test_news_of_another_month_does_not() -> None:
    """The next month's payment says nothing of this one."""
    rows = MemoryRows(derive)
    play(rows, tick(0), told(*AMBIGUOUS), tick(30), told(row(4, month=MAY + 1), row(5, month=MAY + 1, bill=b"")))
    assert waits(rows) == [CAME + WAIT_DAYS + 1]


def test_money_given_back_without_a_payment_is_counted() -> None:
    """A refund of an unknown bill, a reversal of another month, a pending one left out; by the feeds that said them."""
    back = {"kind": ContribKind.REVERSAL, "person_fen": -40000, "employer_fen": -80000, "bill": b"", "month": MAY + 5}
    rows = MemoryRows(derive)
    play(rows, tick(0), told(row(1)), told(refund(1, bill=b"bill-six"), refund(2, bill=b"bill-six", state=PayLeg.PENDING)))
    play(rows, told(tax(5, **back), feed="tax_contribution"))
    assert play(rows, tick(WAIT_DAYS + 1)).unmatched == {"business": 1, "tax_contribution": 1}


def test_what_was_loaded_before_the_first_day_is_counted_on_it() -> None:
    """Nobody knows how long it has stood: a first load does not wait."""
    rows = MemoryRows(derive)
    assert play(rows, told(*AMBIGUOUS)).unmatched == {}
    assert play(rows, tick(0)).unmatched == {"business": 1}


def test_a_plain_ledger_waits_for_nothing() -> None:
    """Two reporters of one payment, a row without number that joins, a refund that fits: no wake."""
    rows = MemoryRows(derive)
    play(rows, tick(0), told(tax(1), row(2), row(3, bill=b""), refund(1)), told(row(4, month=MAY + 1, bill=b"")))
    assert waits(rows) == []
