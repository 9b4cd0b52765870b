"""Persons whose data is only stored (个人信息保护法 art. 47: stop all processing but storage and protection; docs/decisions/0004).

Facts are still applied, so a replay and a repeated command give the same state. No rule is asked, no wake is set; what was published is withdrawn:
every alert that the person ever had gets a last revision without content, and the public row becomes empty.
"""

from msgspec import structs

from processors.handling.half import AlertRow, decode_row, shown
from processors.person.person import Person
from processors.person.state import DETAIL, Flag, encode
from processors.rows import Rows
from schemas.alert import FIRST_LINE, Alert
from schemas.kinds import Change, Premise

TEXT = f"{FIRST_LINE}\n个人信息已依法限制处理，内容不再显示。"
ALERTS_MAX = 10_000
ALERT_SECTION = b"Z"
WITHOUT_CONTENT = {
    "change": Change.RETRACTED.value,
    "premise": Premise.RETRACTED.value,
    "healed_by": "",
    "superseded_by": b"",
    "due": 0,
    "months": [],
    "amount_fen": 0,
    "certain_fen": 0,
    "refunded_fen": 0,
    "balance_fen": 0,
    "refund_fen": 0,
    "keep": "",
    "clear": "",
    "advice": "",
    "text": TEXT,
    "evidence": [],
    "cause_event_ids": [],
}


def is_restricted(person: Person) -> bool:
    """Whether the person's data is only stored."""
    return bool(person.head.flags & Flag.RESTRICTED)


def restrict(person: Person) -> None:
    """Set the mark, which stays through replay and rebuild of the state; nothing of the person is open or waited for any more."""
    person.head.flags |= Flag.RESTRICTED
    person.head.wakes = []
    person.head.open = []


def withdraw(rows: Rows, person: Person, as_of: int) -> list[Alert]:
    """One last revision, without content, of every alert that the person ever had; a repeat gives none."""
    published = []
    for key, raw in rows.scan(DETAIL + person.key + ALERT_SECTION, ALERTS_MAX):
        row: AlertRow = decode_row(raw)
        if row.alert.text == TEXT:
            continue
        bare = structs.replace(row.alert, **{**WITHOUT_CONTENT, "revision": row.alert.revision + 1, "as_of": as_of})
        rows.put(key, encode(structs.replace(row, alert=bare)))
        published.append(shown(bare, row.half))
    return published
