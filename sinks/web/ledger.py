"""The month ledger of a case as a chart takes it: for each scheme, what is known of each month."""

from collections.abc import Iterable, Sequence
from typing import Any

from schemas.alert import Alert
from schemas.dates import month, month_of_day, yyyymm
from schemas.enrolment import EnrolmentRow
from sinks.web.wording import label

MONTHS = 36
OVERLAPS = frozenset({"R06", "R08", "R09", "R10"})
GAPS = frozenset({"R11", "R12"})
KINDS = {"paid": "缴费或参保", "drawn": "领取待遇", "overlap": "重复", "gap": "中断", "after": "死亡后发放"}

Cells = dict[tuple[int, int], str]
"""(scheme, month) → kind; what an alert says of a month stands over what the public row says."""


def ledger(rows: Sequence[EnrolmentRow], alerts: Iterable[Alert], as_of: int) -> dict[str, Any]:
    """Months on one side, schemes on the other, one cell for each month that something is known of. Empty where nothing is."""
    cells: Cells = {}
    for row in rows[:1]:
        _covered(cells, row)
    for row, newer in zip(rows, [None, *rows], strict=False):
        _drawn(cells, row, newer)
    for alert in alerts:
        _of_alert(cells, alert)
    if not cells:
        return {}
    last = max(*(of for _, of in cells), month_of_day(as_of))
    months = list(range(last - MONTHS + 1, last + 1))
    shown = {place: kind for place, kind in cells.items() if place[1] >= months[0]}
    schemes = sorted({scheme for scheme, _ in shown})
    return {
        "kind": "ledger",
        "months": [yyyymm(one) for one in months],
        "schemes": [label("scheme", scheme) for scheme in schemes],
        "kinds": KINDS,
        "cells": [[of - months[0], schemes.index(scheme), kind] for (scheme, of), kind in sorted(shown.items())],
    }


def _covered(cells: Cells, row: EnrolmentRow) -> None:
    """Every month that the newest row knows: paid, paid twice, or a hole between two that are paid."""
    for line in row.months:
        first, covered, doubled = month(line.first_month), *(int.from_bytes(raw, "little") for raw in (line.covered, line.doubled))
        known = [at for at in range(covered.bit_length()) if covered >> at & 1]
        for at in range(known[0], known[-1] + 1) if known else ():
            kind = "gap" if not covered >> at & 1 else "overlap" if doubled >> at & 1 else "paid"
            cells[line.scheme, first + at] = kind


def _drawn(cells: Cells, row: EnrolmentRow, newer: EnrolmentRow | None) -> None:
    """The months in which a row that says that a benefit is drawn stood; of the newest only its own, since nothing is known after it."""
    first = month_of_day(row.as_of)
    last = max(first, month_of_day(newer.as_of) - 1) if newer else first
    for place in row.places:
        if place.drawing:
            for of in range(first, last + 1):
                cells.setdefault((place.scheme, of), "drawn")


def _of_alert(cells: Cells, alert: Alert) -> None:
    if alert.premise != "HOLDS" or not alert.scheme:
        return
    kind = "after" if alert.rule == "R01" else "overlap" if alert.rule in OVERLAPS else "gap" if alert.rule in GAPS else ""
    if kind:
        for one in alert.months:
            cells[alert.scheme, month(one)] = kind
