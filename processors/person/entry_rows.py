"""Which contribution rows are one payment (domain 3.1b): by bill, by share, by reporter, and rows without number by what they equal."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from schemas.dates import first_day
from schemas.facts import Contribution
from schemas.kinds import ContribKind, FactStatus, PayerKind

BILL_REUSE_DAYS = 180  # numbers start again every year: rows of one number paid further apart than this are two bills
RETURN_KINDS = frozenset({ContribKind.REFUND, ContribKind.WRITEOFF, ContribKind.REVERSAL})
ADJUST_KINDS = frozenset({ContribKind.BASE_ADJUST, ContribKind.RATE_ADJUST})


class Draft:
    """The rows of one entry while entries are being formed. Amounts are those of the best-placed reporter, before refunds."""

    __slots__ = (
        "bills",
        "employer_fen",
        "end",
        "extra",
        "lead",
        "month",
        "numbered",
        "person_fen",
        "public_fen",
        "rows",
        "sources",
        "unmatched",
    )

    def __init__(self, rows: Iterable[Contribution], *, numbered: bool) -> None:
        self.rows = sorted(rows, key=row_order)
        self.extra: list[Contribution] = []  # rows without number that joined: they raise the stage, they add no money
        self.numbered = numbered
        self.unmatched = False  # it equals several payments: one of them, nobody knows which
        self.bills = {row.bill for row in self.rows if row.bill}
        self.sources = {row.source for row in self.rows}
        self.month = min(row.month for row in self.rows)
        self.end = max(row.month + row.months for row in self.rows)
        self.lead = min(self.rows, key=_lead_order)
        self.person_fen, self.employer_fen, self.public_fen = _amounts(self.rows if numbered else [self.lead])

    @property
    def amounts(self) -> tuple[int, int]:
        """Personal and employer money."""
        return self.person_fen, self.employer_fen

    @property
    def payer(self) -> bytes:
        """Who paid."""
        return self.lead.payer

    @property
    def adjusts(self) -> bool:
        """Whether it only corrects base or rate."""
        return self.lead.kind in ADJUST_KINDS

    @property
    def order(self) -> tuple[int, tuple[bytes, ...]]:
        """Later payments sort later."""
        return max(map(paid_day, self.rows)), tuple(sorted(self.bills))


def drafts_of(rows: Sequence[Contribution]) -> list[Draft]:
    """The payments that these rows report, refunds and reversals left out."""
    drafts = _numbered(row for row in rows if row.bill)
    if len(drafts) > 1:
        drafts = _join_shares(drafts)
        drafts = _join_reporters(drafts, lambda draft: (draft.lead.kind,))
        drafts = _join_reporters(drafts, lambda draft: (draft.adjusts,))
    return drafts + _unnumbered([row for row in rows if not row.bill], drafts)


def gives_back(row: Contribution) -> bool:
    """Whether a row takes money off a payment: refund, reversal, write-off, or a negative amount."""
    return row.kind in RETURN_KINDS or row.person_fen + row.employer_fen < 0


def row_order(row: Contribution) -> tuple[int, int, int, bytes]:
    """Rows of a payment in one order, whatever came first."""
    return row.month, row.months, row.source, row.row


def _lead_order(row: Contribution) -> tuple[object, ...]:
    return -row.stage, row.kind == ContribKind.SUBSIDY, row.kind, row_order(row)


def paid_day(row: Contribution) -> int:
    """The day the money arrived, else the first day of its settlement month; 0 = unknown."""
    return row.paid_on or (first_day(row.settled_month) if row.settled_month else 0)


# rows with a number


def _numbered(rows: Iterable[Contribution]) -> list[Draft]:
    """One draft for each bill and connected span of months; a number used again a year later is another bill."""
    by_bill: dict[tuple[bytes, bytes, bool], list[Contribution]] = defaultdict(list)
    for row in rows:
        by_bill[row.payer, row.bill, row.kind in ADJUST_KINDS].append(row)
    drafts = []
    for key in sorted(by_bill):
        for span in _spans(by_bill[key]):
            drafts += [Draft(use, numbered=True) for use in _uses(span)]
    return drafts


def _uses(rows: list[Contribution]) -> list[list[Contribution]]:
    """Rows of one number, split where payments lie further apart than one bill's can; undated rows go with the first use."""
    if len(rows) == 1:
        return [rows]
    rows = sorted(rows, key=lambda row: (paid_day(row), row_order(row)))
    uses, last = [rows[:1]], paid_day(rows[0])
    for row in rows[1:]:
        paid = paid_day(row)
        if last and paid - last > BILL_REUSE_DAYS:
            uses.append([])
        uses[-1].append(row)
        last = paid
    return uses


def _spans(rows: list[Contribution]) -> list[list[Contribution]]:
    """Rows of one bill by connected months: a year row of the tax authority and twelve booked months are one payment."""
    if len(rows) == 1:
        return [rows]
    rows = sorted(rows, key=row_order)
    spans, end = [rows[:1]], rows[0].month + rows[0].months
    for row in rows[1:]:
        if row.month >= end:
            spans.append([])
        spans[-1].append(row)
        end = max(end, row.month + row.months)
    return spans


def _amounts(rows: list[Contribution]) -> tuple[int, int, int]:
    """Personal, employer and public money as the reporter of the highest stage has it: split payments add up, reports do not."""
    if len(rows) == 1:
        return rows[0].person_fen, rows[0].employer_fen, rows[0].public_fen
    sums: dict[tuple[int, int], list[int]] = defaultdict(lambda: [0, 0, 0])
    standing = {(row.source, row.stage, row.month, row.person_fen, row.employer_fen) for row in rows if not _gone(row)}
    for row in rows:
        if _gone(row) and (row.source, row.stage, row.month, row.person_fen, row.employer_fen) in standing:
            continue  # deleted and inserted again: one payment
        total = sums[row.stage, row.source]
        total[0] += row.person_fen
        total[1] += row.employer_fen
        total[2] += row.public_fen
    _, _, best = max((stage, sum(total), total) for (stage, _), total in sums.items())
    return best[0], best[1], best[2]


def _gone(row: Contribution) -> bool:
    return row.status == FactStatus.ROW_GONE


def _join_shares(drafts: list[Draft]) -> list[Draft]:
    """Employer and personal share of one month that came under two numbers of one employer and one reporter are one payment."""
    employer: dict[tuple[object, ...], list[Draft]] = defaultdict(list)
    personal: dict[tuple[object, ...], list[Draft]] = defaultdict(list)
    rest = []
    for draft in drafts:
        lead = draft.lead
        key = lead.payer, lead.kind, draft.month, draft.end, lead.stage, *sorted(draft.sources)
        if lead.payer_kind != PayerKind.EMPLOYER or draft.adjusts or all(draft.amounts) or not any(draft.amounts):
            rest.append(draft)
        elif draft.employer_fen:
            employer[key].append(draft)
        else:
            personal[key].append(draft)
    for group in sorted(employer.keys() | personal.keys(), key=repr):
        rest += _zip(employer[group], personal[group])
    return rest


def _join_reporters(drafts: list[Draft], also: Callable[[Draft], tuple[object, ...]]) -> list[Draft]:
    """Tax and business may number one bill differently: equal payer, month and amounts from different sources are one payment."""
    groups: dict[tuple[object, ...], list[Draft]] = defaultdict(list)
    for draft in drafts:
        groups[draft.payer, draft.month, draft.end, draft.amounts, draft.public_fen, also(draft)].append(draft)
    joined = []
    for group in groups.values():
        left = sorted(group, key=_draft_order)
        while left:
            draft = left.pop(0)
            twin = next((other for other in left if not draft.sources & other.sources), None)
            if twin is not None:
                left.remove(twin)
                left.insert(0, Draft(draft.rows + twin.rows, numbered=True))
            else:
                joined.append(draft)
    return joined


def _zip(first: list[Draft], second: list[Draft]) -> list[Draft]:
    """Pairs in order, then what is left over."""
    first, second = sorted(first, key=_draft_order), sorted(second, key=_draft_order)
    pairs = min(len(first), len(second))
    joined = [Draft(one.rows + two.rows, numbered=True) for one, two in zip(first, second, strict=False)]
    return joined + first[pairs:] + second[pairs:]


def _draft_order(draft: Draft) -> tuple[object, ...]:
    return draft.month, draft.end, min(map(paid_day, draft.rows)), sorted(draft.bills), draft.rows[0].row


# rows without a number


def _unnumbered(rows: list[Contribution], drafts: list[Draft]) -> list[Draft]:
    """Join each row to the one draft that it equals; what equals none becomes NO_BILL drafts, what equals several unmatched ones."""
    alone: dict[tuple[object, ...], list[Contribution]] = defaultdict(list)
    for row in sorted(rows, key=row_order):
        matches = [draft for draft in drafts if _equals(row, draft)]
        if len(matches) == 1:
            matches[0].extra.append(row)
        else:
            equal = row.month, row.months, row.payer, row.kind, row.person_fen, row.employer_fen, row.public_fen
            alone[bool(matches), *equal].append(row)
    left = [(several, Draft(group, numbered=False)) for (several, *_), group in alone.items()]
    for several, draft in left:
        draft.unmatched = bool(several)
    return [draft for _, draft in left]


def _equals(row: Contribution, draft: Draft) -> bool:
    """Equal payer, kind and amounts for the same month, whatever the settlement month."""
    if row.payer != draft.payer or row.month < draft.month or row.month + row.months > draft.end:
        return False
    amounts = row.person_fen, row.employer_fen
    if row.kind == draft.lead.kind and amounts == draft.amounts and row.public_fen == draft.public_fen:
        return True
    return any(row.kind == other.kind and amounts == (other.person_fen, other.employer_fen) and any(amounts) for other in draft.rows)
