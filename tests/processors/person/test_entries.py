"""The contribution ledger: what is one payment, what covers, what a refund leaves (domain 3.1b)."""

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from processors.person import entries as ledger
from processors.person.entries import Entry, entries_of
from schemas.dates import day, month
from schemas.facts import ContribRefund, Contribution
from schemas.kinds import ContribKind, FactStatus, PayerKind, PayLeg, Scheme, Source, Stage

FIRM = b"firm-one"
OTHER = b"firm-two"
MAY = month(202405)


def row(number: int, **given: object) -> Contribution:
    """One BOOKED business row of 400.00 + 800.00 for 202405, bill B1, unless said otherwise."""
    fields: dict[str, object] = {
        "row": number.to_bytes(8, "big"),
        "status": FactStatus.ASSERTED,
        "incarnation": 0,
        "sequence": number,
        "sub": 0,
        "ref": 0,
        "offset": number,
        "known_on": day("2024-06-03"),
        "source": Source.BUSINESS,
        "division": 370102,
        "scheme": Scheme.PENSION_EMP,
        "place": 370102,
        "month": MAY,
        "months": 1,
        "bill": b"bill-one",
        "stage": Stage.BOOKED,
        "kind": ContribKind.NORMAL,
        "payer_kind": PayerKind.EMPLOYER,
        "payer": FIRM,
        "item": 0,
        "person_fen": 40000,
        "employer_fen": 80000,
        "public_fen": 0,
        "paid_on": day("2024-05-16"),
        "settled_month": MAY,
        "base_fen": 500000,
        "reversed": 0,
        "record": b"",
        "name_key": b"",
        "employer": "",
    }
    return Contribution(**(fields | given))  # type: ignore[arg-type]  # the fields of the struct, by name


def tax(number: int, **given: object) -> Contribution:
    """The tax authority's TREASURY row of the same payment."""
    return row(number, **({"source": Source.TAX, "stage": Stage.TREASURY} | given))


def refund(number: int, **given: object) -> ContribRefund:
    """A paid refund of 400.00 + 800.00 for 202405 on bill B1, by the business database."""
    fields: dict[str, object] = {
        "row": b"r" + number.to_bytes(7, "big"),
        "status": FactStatus.ASSERTED,
        "incarnation": 0,
        "sequence": number,
        "sub": 0,
        "ref": 0,
        "offset": number,
        "known_on": day("2024-07-01"),
        "source": Source.BUSINESS,
        "division": 370102,
        "scheme": Scheme.PENSION_EMP,
        "place": 370102,
        "month": MAY,
        "months": 1,
        "bill": b"bill-one",
        "refund": b"",
        "refund_type": 10004,
        "person_fen": 40000,
        "employer_fen": 80000,
        "state": PayLeg.PAID,
        "posted_on": day("2024-07-01"),
        "payer": FIRM,
    }
    return ContribRefund(**(fields | given))  # type: ignore[arg-type]  # the fields of the struct, by name


def booked(entries: list[Entry]) -> list[Entry]:
    """The entries that a duplicate rule counts."""
    return [entry for entry in entries if entry.booked and entry.joined and entry.covers]


def test_tax_and_business_rows_of_one_bill_are_one_entry() -> None:
    """Scenario 25: two reporters and a later settlement month make one payment of 1 200.00, covered since TREASURY."""
    entries = entries_of([tax(1), row(2, settled_month=MAY + 1)], [])
    assert [(e.net_fen, e.stage, e.covers, e.booked) for e in entries] == [(120000, Stage.BOOKED, True, True)]
    assert [(e.covers, e.booked) for e in entries_of([tax(1)], [])] == [(True, False)]


def test_row_without_number_joins_the_entry_it_equals() -> None:
    """Scenario 25: a repeat without number adds evidence, no money; its settlement month does not matter."""
    entries = entries_of([tax(1), row(2), row(3, bill=b"", settled_month=MAY + 3)], [])
    assert [(e.net_fen, len(e.facts)) for e in entries] == [(120000, 3)]


def test_row_without_number_raises_the_stage() -> None:
    """A booking without number books the payment that the tax authority reported with one."""
    assert [(e.stage, e.booked, e.joined) for e in entries_of([tax(1), row(2, bill=b"")], [])] == [(Stage.BOOKED, True, True)]


def test_row_without_number_and_without_match_covers_only() -> None:
    """NO_BILL: covers, is not counted as a duplicate, and repeats of it are one; another amount is another entry."""
    entries = entries_of([row(1), row(2, bill=b"", person_fen=100), tax(3, bill=b"", person_fen=100)], [])
    assert [(e.joined, e.covers, e.net_fen) for e in entries] == [(False, True, 80100), (True, True, 120000)]


def test_row_without_number_that_equals_several_joins_none() -> None:
    """Two payments of equal amounts: the row without number stays unmatched, covers, and is never counted as a third."""
    entries = entries_of([row(1), row(2, bill=b"bill-two"), row(3, bill=b"")], [])
    assert len(booked(entries)) == 2
    assert [(e.joined, e.booked, e.covers) for e in entries if e.unmatched] == [(False, False, True)]
    entries = entries_of([row(1), row(2, bill=b"bill-two"), row(3, bill=b"")], [refund(1), refund(2, bill=b"")])
    assert [e.counts for e in entries if not e.unmatched] == [False, False]


def test_two_bills_of_one_reporter_are_two_payments() -> None:
    """A second number of the same office, a PREPAID or RETRO one included, is a second payment."""
    for kind in (ContribKind.NORMAL, ContribKind.PREPAID, ContribKind.RETRO):
        assert len(booked(entries_of([row(1), row(2, bill=b"bill-two", kind=kind)], []))) == 2


def test_different_numbers_of_tax_and_business_are_one_payment() -> None:
    """Equal payer, month and amounts from different sources are one; two by each office stay two."""
    assert len(entries_of([tax(1, bill=b"tax-one"), row(2)], [])) == 1
    rows = [tax(1, bill=b"tax-one"), tax(2, bill=b"tax-two"), row(3), row(4, bill=b"bill-two")]
    assert [e.net_fen for e in entries_of(rows, [])] == [120000, 120000]
    assert len(entries_of([tax(1, bill=b"tax-one", payer=OTHER), row(2)], [])) == 2


def test_an_adjustment_is_not_the_other_offices_payment() -> None:
    """Equal amounts under two numbers, one of them a base top-up: two entries, and the payment still covers."""
    rows = [tax(1), row(2, bill=b"bill-two", kind=ContribKind.BASE_ADJUST)]
    assert sorted((e.kind, e.covers) for e in entries_of(rows, [])) == [(ContribKind.NORMAL, True), (ContribKind.BASE_ADJUST, False)]


def test_refund_by_the_tax_authoritys_number_of_a_booked_payment() -> None:
    """Tax and booking number one bill differently: a refund by either number is a refund of the one payment."""
    rows = [tax(1, bill=b"tax-one"), row(2), row(3, bill=b"bill-two", payer=OTHER)]
    for number in (b"tax-one", b"bill-one"):
        assert [e.payer for e in entries_of(rows, [refund(1, bill=number, employer_fen=90000)]) if e.counts] == [OTHER]


def test_shares_as_two_rows_are_one_entry() -> None:
    """Employer and personal share are amounts of one entry, under one number or under two."""
    shares = [row(1, person_fen=0), row(2, employer_fen=0)]
    assert [e.net_fen for e in entries_of(shares, [])] == [120000]
    shares[1].bill = b"bill-two"
    assert [(e.person_fen, e.employer_fen) for e in entries_of(shares, [])] == [(40000, 80000)]
    assert [e.net_fen for e in entries_of([*shares, tax(3, bill=b"tax-one")], [])] == [120000]


def test_split_payments_of_one_bill_add_up() -> None:
    """Two instalments of one bill are one entry with the sum."""
    assert [e.net_fen for e in entries_of([row(1, employer_fen=0), row(2, person_fen=10000, employer_fen=0)], [])] == [50000]


def test_number_used_again_by_another_payer_or_year_is_another_payment() -> None:
    """Bill numbers start again: another payer, or a payment a year later, is not the same bill."""
    assert len(booked(entries_of([row(1), row(2, payer=OTHER)], []))) == 2
    assert len(booked(entries_of([row(1), row(2, paid_on=day("2025-05-14"))], []))) == 2
    assert len(booked(entries_of([row(1), row(2, paid_on=day("2024-07-14"))], []))) == 1


def test_base_top_up_never_covers() -> None:
    """Scenario 9: an adjustment of the same bill or of its own is an entry that covers nothing and adds nothing to the payment."""
    for bill in (b"bill-one", b"bill-two", b""):
        entries = entries_of([row(1), row(2, bill=bill, kind=ContribKind.BASE_ADJUST, person_fen=500, employer_fen=900)], [])
        assert [e.net_fen for e in entries if e.covers] == [120000]
    assert not any(e.covers for e in entries_of([row(1, kind=ContribKind.RATE_ADJUST)], []))


def test_subsidy_covers_without_the_persons_money() -> None:
    """A subsidy row covers its months with public money only."""
    subsidy = row(1, kind=ContribKind.SUBSIDY, person_fen=0, employer_fen=0, public_fen=10000, payer_kind=PayerKind.GOVERNMENT, item=11)
    assert [(e.covers, e.net_fen, e.public_fen) for e in entries_of([subsidy], [])] == [(True, 0, 10000)]


def test_year_payment_and_its_monthly_bookings_are_one() -> None:
    """A year row of the tax authority and twelve booked months of the same bill are one payment of twelve months."""
    months = [row(n, month=month(202401) + n, person_fen=2500, employer_fen=0) for n in range(12)]
    year = tax(20, month=month(202401), months=12, person_fen=30000, employer_fen=0)
    assert [(e.months, e.net_fen, e.booked) for e in entries_of([*months, year], [])] == [(12, 30000, True)]


def test_delete_and_insert_of_one_payment_is_counted_once() -> None:
    """A row that was deleted and inserted again is one payment; an archived row still stands."""
    assert [e.net_fen for e in entries_of([row(1, status=FactStatus.ROW_GONE), row(2)], [])] == [120000]
    assert [e.net_fen for e in entries_of([row(1, status=FactStatus.ROW_GONE)], [])] == [120000]


def test_refund_ends_cover_and_a_part_of_it_does_not() -> None:
    """An entry counts while money of it is there."""
    assert [(e.counts, e.covers, e.net_fen) for e in entries_of([row(1)], [refund(1)])] == [(False, False, 0)]
    assert [(e.counts, e.net_fen) for e in entries_of([row(1)], [refund(1, employer_fen=0)])] == [(True, 80000)]
    assert [e.net_fen for e in entries_of([row(1)], [refund(1, state=PayLeg.PENDING)])] == [120000]


def test_one_refund_by_two_reporters_is_one() -> None:
    """CONTRIB_REFUNDED and REFUND_POSTED of one refund: net one payment, never zero; the document or the amounts tell."""
    rows = [row(1), row(2, bill=b"bill-two", payer=OTHER)]
    for changes in ({"refund": b"doc-one"}, {"bill": b""}, {"refund": b"", "bill": b"bill-one"}):
        refunds = [refund(1, refund=b"doc-one"), refund(2, **({"source": Source.TAX, "refund": b"doc-tax"} | changes))]
        assert [e.payer for e in entries_of(rows, refunds) if e.counts] == [OTHER]
        assert sum(e.net_fen for e in entries_of([row(1, person_fen=90000, employer_fen=180000)], refunds)) == 150000


def test_number_known_here_stands_where_two_reporters_name_different_ones() -> None:
    """Of one refund under a known and an unknown number the known one counts; an unknown number beside none counts as none."""
    rows = [row(1), row(2, bill=b"bill-two", payer=OTHER)]
    for number in (b"bill-one", b""):
        for posted in (day("2024-06-28"), day("2024-07-04")):
            refunds = [refund(1, bill=number, posted_on=posted), refund(2, source=Source.TAX, bill=b"elsewhere")]
            assert [e.payer for e in entries_of(rows, refunds) if e.counts] == [OTHER]


def test_refund_that_two_reporters_have_is_not_the_second_one_of_either() -> None:
    """One document by both offices and another by one of them are two refunds, whatever the numbers say."""
    both = [refund(1, bill=b"", refund=b"doc-one"), refund(2, bill=b"", refund=b"doc-one", source=Source.TAX)]
    rows = [row(1), row(2, bill=b"bill-two", paid_on=day("2024-05-20"))]
    assert not [e for e in entries_of(rows, [*both, refund(3, source=Source.BUSINESS, refund=b"doc-two")]) if e.counts]


def test_refund_that_equals_payment_and_adjustment_is_the_payments() -> None:
    """A top-up of the same number or payer with equal amounts: the payment left."""
    for bill in (b"bill-one", b"bill-two"):
        rows = [row(1), row(2, bill=bill, kind=ContribKind.BASE_ADJUST, paid_on=day("2024-05-20"))]
        for number in (b"bill-one", b""):
            assert [e.kind for e in entries_of(rows, [refund(1, bill=number)]) if e.counts] == [ContribKind.BASE_ADJUST]


def test_two_refunds_by_one_reporter_are_two() -> None:
    """Two rows of one office are two refunds, even of equal amounts."""
    refunds = [refund(1, person_fen=10000, employer_fen=0), refund(2, person_fen=10000, employer_fen=0)]
    assert [e.net_fen for e in entries_of([row(1)], refunds)] == [100000]


def test_refund_without_number_joins_by_payer_and_amounts() -> None:
    """Equal payer and amounts; with equal payments of one payer one of them leaves; another payer's stays."""
    rows = [row(1), row(2, bill=b"bill-two", paid_on=day("2024-05-20"))]
    left = [e for e in entries_of(rows, [refund(1, bill=b"")]) if e.counts]
    assert [e.bill for e in left] == [b"bill-one"]
    assert not [e for e in entries_of(rows, [refund(1, bill=b""), refund(2, bill=b"")]) if e.counts]
    assert [e.counts for e in entries_of([row(1)], [refund(1, bill=b"", payer=OTHER)])] == [True]


def test_refund_of_several_months_is_spread_by_month() -> None:
    """One refund document over three monthly payments takes each month's share, with and without number."""
    rows = [row(n, month=MAY + n, person_fen=2500, employer_fen=0) for n in range(3)]
    for bill in (b"bill-one", b""):
        entries = entries_of(rows, [refund(1, months=3, person_fen=7500, employer_fen=0, bill=bill)])
        assert [e.net_fen for e in entries] == [0, 0, 0]
    entries = entries_of(rows, [refund(1, months=3, person_fen=1000, employer_fen=0)])
    assert [e.person_fen for e in entries] == [2167, 2167, 2166]


def test_reversal_row_mark_and_refund_of_one_payment_take_the_money_once() -> None:
    """已退收 on the row, a reversal row and a refund document of the same money are one return."""
    rows = [row(1, person_fen=90000, reversed=0), row(2, kind=ContribKind.REVERSAL, person_fen=-10000, employer_fen=0, bill=b"bill-one")]
    assert [e.person_fen for e in entries_of(rows, [refund(1, person_fen=10000, employer_fen=0)])] == [80000]
    assert [e.counts for e in entries_of([tax(1), row(2, reversed=1)], [])] == [False]
    assert [e.counts for e in entries_of([tax(1, reversed=1), row(2)], [])] == [False]
    assert [e.counts for e in entries_of([row(1), row(2, kind=ContribKind.WRITEOFF, bill=b"")], [])] == [False]


KINDS = st.sampled_from([ContribKind.NORMAL, ContribKind.RETRO, ContribKind.BASE_ADJUST, ContribKind.REVERSAL, ContribKind.SUBSIDY])
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "source": st.sampled_from([Source.TAX, Source.BUSINESS]),
            "stage": st.sampled_from([Stage.BILLED, Stage.TREASURY, Stage.BOOKED]),
            "bill": st.sampled_from([b"", b"bill-one", b"bill-two"]),
            "payer": st.sampled_from([FIRM, OTHER]),
            "kind": KINDS,
            "month": st.integers(MAY, MAY + 2),
            "months": st.sampled_from([1, 1, 1, 12]),
            "person_fen": st.sampled_from([0, 100, 200]),
            "employer_fen": st.sampled_from([0, 100]),
            "paid_on": st.sampled_from([0, day("2024-05-16"), day("2024-06-20"), day("2025-05-16")]),
            "reversed": st.sampled_from([0, 0, 0, 1]),
        }
    ),
    max_size=9,
)
REFUNDS = st.lists(
    st.fixed_dictionaries(
        {
            "source": st.sampled_from([Source.TAX, Source.BUSINESS]),
            "bill": st.sampled_from([b"", b"bill-one", b"bill-two"]),
            "refund": st.sampled_from([b"", b"doc-one"]),
            "payer": st.sampled_from([FIRM, b""]),
            "month": st.sampled_from([0, MAY, MAY + 1]),
            "months": st.sampled_from([1, 2]),
            "person_fen": st.sampled_from([50, 100, 200]),
            "employer_fen": st.sampled_from([0, 100]),
        }
    ),
    max_size=4,
)


@settings(max_examples=150, deadline=None)
@given(ROWS, REFUNDS, st.randoms(use_true_random=False))
def test_entries_do_not_depend_on_order(rows: list[dict[str, object]], refunds: list[dict[str, object]], random: Random) -> None:
    """Any order of the same rows and refunds gives the same entries, and every paying row lies in exactly one of them."""
    contributions = [row(n, **fields) for n, fields in enumerate(rows)]
    back = [refund(n, **fields) for n, fields in enumerate(refunds)]
    entries = entries_of(contributions, back)
    shuffled, shuffled_back = contributions.copy(), back.copy()
    random.shuffle(shuffled)
    random.shuffle(shuffled_back)
    assert entries_of(shuffled, shuffled_back) == entries
    filed = sorted(fact.row for entry in entries for fact in entry.facts)
    assert filed == sorted(fact.row for fact in contributions if fact.kind != ContribKind.REVERSAL)


@settings(max_examples=100, deadline=None)
@given(ROWS, REFUNDS)
def test_a_month_can_be_judged_by_its_own_facts(rows: list[dict[str, object]], refunds: list[dict[str, object]]) -> None:
    """Where every row is for one stated month, the entries of a month depend on the facts of that month only (head lines rest on it)."""
    contributions = [row(n, **(fields | {"months": 1})) for n, fields in enumerate(rows)]
    back = [refund(n, **(fields | {"months": 1, "month": fields["month"] or MAY})) for n, fields in enumerate(refunds)]
    whole = entries_of(contributions, back)
    for number in range(MAY, MAY + 3):
        mine = entries_of([c for c in contributions if c.month == number], [r for r in back if r.month == number])
        assert [entry for entry in whole if entry.month == number] == mine


@settings(max_examples=200, deadline=None)
@given(ROWS)
def test_the_short_way_gives_what_the_long_way_gives(rows: list[dict[str, object]]) -> None:
    """Months that look plain are judged without grouping; the result is the same."""
    contributions = [row(n, **fields) for n, fields in enumerate(rows)]
    long_way = sorted(ledger._grouped(contributions, ()), key=ledger._entry_order)
    assert entries_of(contributions, []) == long_way
