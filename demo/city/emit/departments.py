"""All departments: which record goes to which table of which feed, and what a day of the city looks like on the wire."""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from demo.city.city import DAY, Change, City
from demo.city.emit import business, card, health, household, medical, tax
from demo.city.emit.plain import Columns
from demo.city.emit.wire import DebeziumFeed, JsonFeed, Message
from demo.city.records import (
    Benefit,
    Booking,
    CardRecord,
    Certificate,
    Certification,
    Cremation,
    Enrolment,
    MedicalBooking,
    MedicalEnrolment,
    Payment,
    Payroll,
    Permit,
    Record,
    Recovery,
    Refund,
    Resident,
    Settlement,
    TaxContribution,
)


@dataclass(frozen=True, slots=True)
class Table:
    """Where a kind of record goes."""

    feed: str
    name: str
    key: str
    columns: Callable[[Any, int], Columns]


TABLES: dict[type[Record], Table] = {
    Resident: Table("household", "resident", "resident_id", household.resident),
    Permit: Table("household", "residence_permit", "permit_id", household.permit),
    Certificate: Table("death_certificate", "certificate", "certificate_no", health.certificate),
    Cremation: Table("cremation", "cremation", "cremation_no", health.cremation),
    TaxContribution: Table("tax_contribution", "contribution", "row_no", tax.contribution),
    Payroll: Table("tax_payroll", "payroll", "row_no", tax.payroll),
    CardRecord: Table("card", "card", "card_serial", card.card),
    Enrolment: Table("business", "enrolment", "id", business.enrolment),
    Benefit: Table("business", "benefit_record", "id", business.benefit),
    Payment: Table("business", "benefit_payment", "id", business.payment),
    Recovery: Table("business", "benefit_return", "id", business.recovery),
    Booking: Table("business", "contribution", "id", business.booking),
    Certification: Table("business", "life_certification", "id", business.certification),
    MedicalEnrolment: Table("medical", "psn_insu", "psn_insu_id", medical.enrolment),
    MedicalBooking: Table("medical", "psn_clct", "psn_clct_id", medical.booking),
    Settlement: Table("medical", "setl", "setl_id", medical.settlement),
}
TAX_REFUND = Table("tax_contribution", "contribution_refund", "row_no", tax.refund)
BUSINESS_REFUND = Table("business", "contribution_refund", "id", business.refund)
DATABASES = {"household": "household", "business": "business", "medical": "medical"}
PLAIN = ("death_certificate", "cremation", "tax_contribution", "tax_payroll", "card")
FEEDS = (*DATABASES, *PLAIN)


def topic_of(feed: str) -> str:
    """The topic of a feed (schemas/feeds)."""
    return f"canbao.feed.{feed.replace('_', '-')}"


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the city on the wire: rows in the order of writing, then each feed's completeness markers behind them."""

    day: dt.date
    rows: list[Message]
    markers: list[Message]

    @property
    def messages(self) -> list[Message]:
        """Everything in order."""
        return self.rows + self.markers


def table_of(record: Record) -> Table:
    """Where a record goes."""
    if isinstance(record, Refund):
        return TAX_REFUND if record.by_tax else BUSINESS_REFUND
    return TABLES[type(record)]


def days_of(city: City) -> Iterator[Day]:
    """Every day of the run, also those on which nothing happens."""
    feeds: dict[str, DebeziumFeed | JsonFeed] = {name: DebeziumFeed(name, topic_of(name), schema) for name, schema in DATABASES.items()}
    feeds |= {name: JsonFeed(topic_of(name)) for name in PLAIN}
    by_day: dict[dt.date, list[Change]] = {}
    for change in sorted(city.changes, key=lambda change: (change.day, change.number)):
        by_day.setdefault(change.day, []).append(change)
    day = city.first
    while day <= city.last:
        rows = [message for change in by_day.get(day, []) for message in _messages(feeds, change)]
        yield Day(day, rows, [message for feed in feeds.values() for message in feed.complete(day)])
        day += DAY


def _messages(feeds: dict[str, DebeziumFeed | JsonFeed], change: Change) -> list[Message]:
    table = table_of(change.record)
    feed = feeds[table.feed]
    row = table.columns(change.record, change.version)
    if change.again:
        return feed.repeated(table.name, table.key, row)
    if change.gone:
        return feed.deleted(change.day, table.name, table.key, row)
    return feed.changed(change.day, table.name, table.key, row, change.version)
