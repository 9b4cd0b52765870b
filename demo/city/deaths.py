"""Deaths: who reports them, and how affairs are put in order afterwards."""

import datetime as dt
from dataclasses import replace

from demo.city.city import DAY
from demo.city.life import Life
from demo.city.records import Certificate, Cremation
from demo.city.registers import cancel, close_card
from demo.city.work import end


def certified(life: Life, died: dt.date, on: dt.date) -> Certificate:
    """A hospital certifies the death."""
    record = Certificate(row=life.city.row(), who=life.who, noted=on, place=life.home, died_on=died.isoformat())
    life.city.write(record)
    return record


def cremated(life: Life, died: dt.date, on: dt.date, certificate: str = "") -> Cremation:
    """The crematorium registers the death."""
    record = Cremation(
        row=life.city.row(),
        who=life.who,
        noted=on,
        place=life.home,
        died_on=died.isoformat(),
        cremated_on=died + 2 * DAY,
        certificate=certificate,
    )
    life.city.write(record)
    return record


def annulled(life: Life, record: Certificate | Cremation, on: dt.date) -> None:
    """The claim was wrong: the office revokes it."""
    life.city.write(replace(record, noted=on, state="9"))


def put_in_order(life: Life, died: dt.date, on: dt.date) -> None:
    """Registration cancelled, enrolments ended, card closed, each some days after the other; benefits are left to the case."""
    if life.hukou is not None and not life.hukou.cancel_reason:
        cancel(life, on, "01", died)
    end(life, on + 2 * DAY, "6401", [scheme for scheme in (*life.enrolments, *life.medical) if scheme not in life.benefits])
    if life.card is not None:
        close_card(life, on + 3 * DAY)
