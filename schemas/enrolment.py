"""The public row of a person in `canbao.enrolments`: enrolment state per scheme and place. Field names are the Avro names."""

from msgspec import Struct, field


class EnrolmentPlace(Struct, array_like=True):
    """One scheme in one place. Months are YYYYMM, 0 = none; `state` is the name of an EnrolState."""

    scheme: int
    place: int
    state: str
    last_covered_month: int = 0
    drawing: bool = False
    retired: bool = False


class EnrolmentMonths(Struct, array_like=True):
    """The months of one scheme over all places: bit n (little-endian) is the n-th month after `first_month` (YYYYMM)."""

    scheme: int
    first_month: int
    covered: bytes = b""
    doubled: bytes = b""  # months with more than one entry that is booked


class EnrolmentRow(Struct, array_like=True):
    """One person. `as_of` in days since 1970-01-01; `places` by scheme, then place; `months` by scheme."""

    person_key: bytes
    as_of: int
    places: list[EnrolmentPlace] = field(default_factory=list)
    months: list[EnrolmentMonths] = field(default_factory=list)
