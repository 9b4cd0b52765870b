"""The verifier of the audit topic finds every way to spoil it, and nothing in a topic that is whole."""

import hashlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.audit_chain import Break, ChainCheck, Heads, anchor_objects
from schemas.audit import AuditEntry, AuditTextError, Deed
from schemas.audit_record import START, AuditRecord, encode
from schemas.roles import Role

Row = tuple[bytes, bytes]
WRITERS = ("page-0", "cli-root-host")


def chains(records: int) -> tuple[list[Row], Heads]:
    """Two chains in turns, with an anchor of both at the end, and the heads that it names."""
    heads: Heads = {}
    rows = []

    def write(writer: str, entry: AuditEntry) -> None:
        sequence, previous = heads.get(writer, (0, START))
        raw, digest = encode(AuditRecord(writer, sequence + 1, previous, 1_700_000_000_000, entry))
        heads[writer] = (sequence + 1, digest)
        rows.append((writer.encode(), raw))

    for number in range(records):
        write(WRITERS[number % 2], AuditEntry(deed=Deed.PERSON_READ, actor="li", role=Role.CLERK, persons=[bytes((1, number) + (0,) * 15)]))
    named = dict(heads)
    write(WRITERS[0], AuditEntry(deed=Deed.ANCHORED, actor="root", role=Role.OPERATOR, objects=anchor_objects(named)))
    return rows, named


def check(rows: list[Row], *, whole: bool = True, anchors: dict[str, Heads] | None = None) -> list[Break]:
    """Kinds of breaks, in order."""
    checking = ChainCheck(whole=whole, anchors=anchors)
    for number, (key, value) in enumerate(rows):
        checking.take(f"0:{number}", key, value)
    checking.finish()
    return [finding.kind for finding in checking.findings]


def altered(rows: list[Row]) -> list[Row]:
    """One byte of a body is another one."""
    key, value = rows[4]
    return [*rows[:4], (key, value.replace(b"li", b"wu")), *rows[5:]]


def rehashed(rows: list[Row]) -> list[Row]:
    """A body is exchanged and given its right hash: only the next record knows better."""
    key, value = rows[4]
    body = value[33:].replace(b"li", b"wu")
    return [*rows[:4], (key, value[:1] + hashlib.sha256(body).digest() + body), *rows[5:]]


@pytest.mark.parametrize(
    ("spoil", "first"),
    [
        (altered, Break.ALTERED),
        (rehashed, Break.NOT_CHAINED),
        (lambda rows: rows[:4] + rows[5:], Break.GAP),
        (lambda rows: rows[2:], Break.BEGINNING_MISSING),
        (lambda rows: [*rows[:5], rows[4], *rows[5:]], Break.REPEATED),
        (lambda rows: [*rows[:4], rows[6], rows[5], rows[4], *rows[7:]], Break.GAP),
        (lambda rows: [*rows[:4], (b"page-9", rows[4][1]), *rows[5:]], Break.OTHER_WRITER),
        (lambda rows: [*rows[:4], (b"page-0", b"\x01rubbish"), *rows[4:]], Break.UNREADABLE),
        (lambda rows: rows[:8] + rows[10:], Break.ANCHOR_NOT_MET),
        (lambda rows: [row for row in rows if row[0] != WRITERS[1].encode()], Break.ANCHOR_NOT_MET),
    ],
    ids=["altered", "rehashed", "gap", "beginning", "repeated", "order", "writer", "rubbish", "newest", "chain"],
)
def test_every_way_to_spoil_it_is_found(spoil: Callable[[list[Row]], list[Row]], first: Break) -> None:
    """Each is found, and first under its own name."""
    rows, _ = chains(10)
    found = check(spoil(rows))
    assert found
    assert (found[0] if first is not Break.ANCHOR_NOT_MET else found[-1]) is first


def test_a_whole_topic_and_one_shortened_by_retention() -> None:
    """Nothing is found in a whole topic; where retention took the beginning, a chain may begin anywhere."""
    rows, heads = chains(10)
    assert check(rows, anchors={"monday": heads}) == []
    for cut in range(10):
        assert check(rows[cut:], whole=False) == []


def test_an_anchor_outside_notices_a_topic_that_was_made_anew() -> None:
    """Whoever rewrites all hashes has not rewritten the anchor that lies elsewhere."""
    _, heads = chains(10)
    assert check(chains(8)[0][:-1], anchors={"monday": heads}) == [Break.ANCHOR_NOT_MET] * 2


@given(st.data())
def test_no_single_byte_can_change(data: st.DataObject) -> None:
    """Any one byte of any record: found."""
    rows, _ = chains(6)
    number = data.draw(st.integers(0, len(rows) - 1))
    key, value = rows[number]
    at = data.draw(st.integers(0, len(value) - 1))
    spoiled = value[:at] + bytes((value[at] ^ data.draw(st.integers(1, 255)),)) + value[at + 1 :]
    assert check([*rows[:number], (key, spoiled), *rows[number + 1 :]])


@pytest.mark.parametrize("text", ["查 379999194811200016", "379999481120001", "acct 6222021234567890123"])
def test_numbers_do_not_get_into_the_audit(text: str) -> None:
    """A reason or an object that holds a number is refused, and the error does not repeat it."""
    for fields in ({"reason": text}, {"objects": [text]}):
        with pytest.raises(AuditTextError) as caught:
            AuditEntry(deed=Deed.EXPORTED, actor="li", role=Role.CLERK, **fields)
        assert "379999" not in str(caught.value)
        assert "6222" not in str(caught.value)
