"""The month ledger of a case as a chart takes it: for each scheme, what is known of each month.

Paid months come from the newest public row, drawn ones from the rows that said that a benefit is drawn or suspended while they stood. Single
payments are in no public row: what was paid twice, after a death or not at all is what the alerts that hold say.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from schemas.alert import Alert
from schemas.dates import month, month_of_day, yyyymm
from schemas.enrolment import EnrolmentRow
from sinks.web.wording import label

MONTHS = 36
OF_RULE = {
    "R01": "after",
    "R02": "after",
    "R06": "overlap",
    "R08": "overlap",
    "R09": "overlap",
    "R10": "overlap",
    "R11": "gap",
    "R12": "gap",
    "UNDO_CHECK": "gap",
}
"""What a rule's months are; of the others they say nothing about money."""
SUSPENDED = "PENSION_SUSPENDED"
KINDS = {"paid": "缴费或参保", "drawn": "领取待遇", "overlap": "重复", "gap": "中断或停发", "after": "死亡后收支"}

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
    """The months in which a row that says that a benefit is drawn stood; of the newest only its own, since nothing is known after it.

    Drawn in two places at once is an overlap; suspended and drawn nowhere is a gap.
    """
    first = month_of_day(row.as_of)
    last = max(first, month_of_day(newer.as_of) - 1) if newer else first
    drawing = Counter(place.scheme for place in row.places if place.drawing)
    kinds = {place.scheme: "gap" for place in row.places if place.state == SUSPENDED}
    kinds |= {scheme: "overlap" if places > 1 else "drawn" for scheme, places in drawing.items()}
    for scheme, kind in kinds.items():
        for of in range(first, last + 1):
            cells.setdefault((scheme, of), kind)


def _of_alert(cells: Cells, alert: Alert) -> None:
    if alert.premise != "HOLDS" or not alert.scheme:
        return
    kind = OF_RULE.get(alert.rule)
    if kind:
        for one in alert.months:
            cells[alert.scheme, month(one)] = kind
