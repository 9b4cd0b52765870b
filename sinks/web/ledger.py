"""The month ledger of a case as a chart takes it: for each scheme, what is known of each month."""

from collections.abc import Iterable, Sequence
from typing import Any

from schemas.alert import Alert
from schemas.dates import month, month_of_day, yyyymm
from schemas.enrolment import EnrolmentRow
from sinks.web.wording import label

MONTHS = 36
OVERLAPS = frozenset({"R06", "R08", "R09", "R10"})
DRAWN = frozenset({"R01", "R06"})
GAPS = frozenset({"R11", "R12"})
KINDS = {"paid": "缴费或参保", "drawn": "领取待遇", "overlap": "重复", "gap": "中断", "after": "死亡后发放"}

Cells = dict[tuple[int, int], str]
"""(scheme, month) → kind; what an alert says of a month stands over what the public row says."""


def ledger(rows: Sequence[EnrolmentRow], alerts: Iterable[Alert], as_of: int) -> dict[str, Any]:
    """Months on one side, schemes on the other, one cell for each month that something is known of. Empty where nothing is."""
    cells: Cells = {}
    for row in reversed(rows):
        _of_row(cells, row)
    for alert in alerts:
        _of_alert(cells, alert)
    if not cells:
        return {}
    last = max(*(of for _, of in cells), month_of_day(as_of))
    months = list(range(last - MONTHS + 1, last + 1))
    schemes = sorted({scheme for scheme, _ in cells})
    return {
        "kind": "ledger",
        "months": [yyyymm(one) for one in months],
        "schemes": [label("scheme", scheme) for scheme in schemes],
        "kinds": KINDS,
        "cells": [[of - months[0], schemes.index(scheme), kind] for (scheme, of), kind in sorted(cells.items()) if of >= months[0]],
    }


def _of_row(cells: Cells, row: EnrolmentRow) -> None:
    """What the public row says of this month and of the last one covered."""
    for place in row.places:
        if place.last_covered_month:
            cells.setdefault((place.scheme, month(place.last_covered_month)), "paid")
        if place.drawing:
            cells[place.scheme, month_of_day(row.as_of)] = "drawn"


def _of_alert(cells: Cells, alert: Alert) -> None:
    if alert.premise != "HOLDS" or not alert.scheme:
        return
    kind = "after" if alert.rule == "R01" else "overlap" if alert.rule in OVERLAPS else "gap" if alert.rule in GAPS else ""
    if kind:
        for one in alert.months:
            cells[alert.scheme, month(one)] = kind
