"""What the departments of `bench.pipeline` send: persons who draw a pension that is paid by the month, and their deaths."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator

from msgspec import json

from demo.city.emit.wire import DebeziumFeed, Message
from demo.city.identity import AREA
from processors.identity.citizen import check_character

TODAY = dt.date(2024, 6, 3)
DIED = TODAY - dt.timedelta(2)
PLACE = {"aab301": "370102", "valid_flag": "1", "zzz003": "20240101"}
FIRST_YEAR = 2023
MONTHS = 17
"""From the first month paid to the month before TODAY: more can't be paid."""


def number_of(person: int) -> str:
    """The identity number of one of the benchmark's persons."""
    birth = dt.date(1950, 1, 1) + dt.timedelta(person // 900)
    stem = f"{AREA}{birth:%Y%m%d}{person % 900 + 1:03d}"
    return stem + check_character(stem)


class Register:
    """The business database."""

    def __init__(self) -> None:
        self._feed = DebeziumFeed("business", "canbao.feed.business", "public")
        self._months = Counter[int]()
        self._payments = 0

    def history(self, persons: int, months: int) -> Iterator[Message]:
        """Each person: a drawing enrolment, a benefit record, months of payments."""
        for person in range(persons):
            enrolment = {"aae140": "170", "aac008": "1", "aac031": "3", "aac060": "1", "payer_kind": "102", "aae030": "20150701"}
            yield self._row("enrolment", person, person + 1, enrolment)
            record = {"aae140": "170", "benefit_kind": "1", "aae116": "1", "aae035": "20081201", "aic160": "200812"}
            yield self._row("benefit_record", person, person + 1, record)
            for _ in range(months):
                yield self.pay(person)

    def pay(self, person: int) -> Message:
        """The person's next month."""
        years, month = divmod(self._months[person], 12)
        self._months[person] += 1
        self._payments += 1
        name = str((FIRST_YEAR + years) * 100 + month + 1)
        paid = {"aae140": "170", "aaa036": "100011", "eac064": name, "aae019": "213.00", "pay_state": "1", "paid_on": f"{name}15"}
        return self._row("benefit_payment", person, self._payments, paid | {"run_id": f"R{name}"})

    def _row(self, table: str, person: int, number: int, columns: dict[str, str]) -> Message:
        who = {"id": number, "aac001": f"37{person:08d}", "aac002": number_of(person), "aac003": "王某"}
        (message,) = self._feed.changed(TODAY, table, "id", who | columns | PLACE, 1)
        return message


def cremation(person: int) -> Message:
    """The record that makes an alert."""
    day = DIED.isoformat()
    row = {"record_type": "cremation", "cremation_no": f"H{person}", "revision": 1, "record_state": "1", "id_type": "01"}
    row |= {
        "id_no": number_of(person),
        "full_name": "王某",
        "died_on": day,
        "cremated_on": day,
        "recorded_on": day,
        "home_division": "370102",
    }
    return Message("canbao.feed.cremation", f"H{person}".encode(), json.encode(row))
