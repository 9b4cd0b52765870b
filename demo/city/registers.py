"""What the police and the card centre write."""

import datetime as dt
from dataclasses import replace

from demo.city.life import Life
from demo.city.records import CardRecord, Permit, Resident


def register(life: Life, since: dt.date | None = None, on: dt.date | None = None, reason: str = "02") -> None:
    """Household registration since a day (default: since birth)."""
    life.hukou = Resident(
        row=life.city.row(),
        who=life.who,
        noted=on or since or life.who.birth,
        place=life.home,
        since=since or life.who.birth,
        reason=reason,
    )
    life.city.write(life.hukou)


def permit(life: Life, since: dt.date) -> None:
    """Residence permit of somebody who is registered elsewhere."""
    life.city.write(Permit(row=life.city.row(), who=life.who, noted=since, place=life.home, since=since))


def cancel(life: Life, on: dt.date, reason: str, died: dt.date | None = None, certificate: str = "") -> None:
    """The registration is cancelled; the reason says why (01 death, 02 service, 03 moved out, 04 emigrated)."""
    if life.hukou is None:
        raise ValueError("no registration to cancel")
    life.hukou = replace(
        life.hukou, noted=on, cancelled_on=on, cancel_reason=reason, died_on=died.isoformat() if died else "", certificate=certificate
    )
    life.city.write(life.hukou)


def move(life: Life, on: dt.date, place: int) -> None:
    """Moved to another county: one spell ends, the next begins on the same day."""
    cancel(life, on, "03")
    life.home = place
    register(life, since=on)


def card(life: Life, on: dt.date, *, in_person: bool = False) -> CardRecord:
    """A social-security card is issued."""
    life.card = CardRecord(row=life.city.row(), who=life.who, noted=on, place=life.home, issued_on=on, in_person=in_person)
    life.city.write(life.card)
    return life.card


def close_card(life: Life, on: dt.date, record: CardRecord | None = None, state: str = "3") -> None:
    """A card is closed (3) or replaced (4)."""
    closed = record or life.card
    if closed is None:
        raise ValueError("no card to close")
    life.city.write(replace(closed, noted=on, state=state, in_person=False))
