"""The months of a public row are those of the ledger."""

from processors.person.person import Person
from processors.person.state import SchemeLine
from processors.public_row import public_row
from schemas.dates import month, month_bit, raw_of
from schemas.enrolment import EnrolmentRow
from tests.schemas.samples import person_key


def test_a_row_carries_each_schemes_covered_and_doubled_months() -> None:
    """Bits from the first byte with a month; the same row is not sent twice, one month more is."""
    person = Person(person_key(1), lambda _key: None)
    cover = month_bit(month(202311)) | month_bit(month(202402))
    person.head.schemes.append(SchemeLine(110, raw_of(cover), b"", raw_of(month_bit(month(202402))), 1))
    row = public_row(person, 19_800)
    assert isinstance(row, EnrolmentRow)
    (line,) = row.months
    assert months(line.first_month, line.covered) == {202311, 202402}
    assert months(line.first_month, line.doubled) == {202402}
    assert public_row(person, 19_801) is None
    person.head.schemes[0].cover = raw_of(cover | month_bit(month(202403)))
    assert public_row(person, 19_802) is not None


def months(first: int, raw: bytes) -> set[int]:
    """YYYYMM of the bits."""
    bits, start = int.from_bytes(raw, "little"), first // 100 * 12 + first % 100 - 1
    return {(start + at) // 12 * 100 + (start + at) % 12 + 1 for at in range(bits.bit_length()) if bits >> at & 1}
