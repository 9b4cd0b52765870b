"""Days and months as integers.

A day is the number of days since 1970-01-01; a month is year * 12 + month - 1. Both order and subtract like the dates they stand for,
encode in few bytes, and cannot carry a time zone. Bitsets of months start at `MONTH_ZERO` = 1980-01 (bit 0).
"""

import datetime as dt
from functools import lru_cache

_EPOCH = dt.date(1970, 1, 1).toordinal()
MONTH_ZERO = 1980 * 12
_ZEROS_MAX = 0xFF
CACHED = 16_384
"""Days and months that conversions remember: rules ask for the same few thousand all day."""


def day_of(date: dt.date) -> int:
    """The day number of a date."""
    return date.toordinal() - _EPOCH


def date_of(day: int) -> dt.date:
    """The date of a day number."""
    return dt.date.fromordinal(day + _EPOCH)


def day(text: str) -> int:
    """The day number of an ISO date, 'YYYY-MM-DD'; ValueError for anything else."""
    return day_of(dt.date.fromisoformat(text))


@lru_cache(maxsize=CACHED)
def month_of_day(day_number: int) -> int:
    """The month that a day lies in."""
    date = dt.date.fromordinal(day_number + _EPOCH)
    return date.year * 12 + date.month - 1


def month(yyyymm: int) -> int:
    """The month of a YYYYMM number; ValueError for a month outside 1 to 12."""
    year, number = divmod(yyyymm, 100)
    if not 1 <= number <= 12:  # noqa: PLR2004 - months of a year
        raise ValueError("month outside 01 to 12")
    return year * 12 + number - 1


def yyyymm(month_number: int) -> int:
    """The YYYYMM number of a month."""
    year, index = divmod(month_number, 12)
    return year * 100 + index + 1


@lru_cache(maxsize=CACHED)
def first_day(month_number: int) -> int:
    """The first day of a month."""
    year, index = divmod(month_number, 12)
    return dt.date(year, index + 1, 1).toordinal() - _EPOCH


@lru_cache(maxsize=CACHED)
def last_day(month_number: int) -> int:
    """The last day of a month."""
    return first_day(month_number + 1) - 1


@lru_cache(maxsize=CACHED)
def day_in_month(month_number: int, day_of_month: int) -> int:
    """The given day of a month, or its last day where the month is shorter."""
    return min(first_day(month_number) + day_of_month - 1, last_day(month_number))


def bits_of(raw: bytes) -> int:
    """A bitset of months as an integer; bit n is month MONTH_ZERO + n."""
    return int.from_bytes(raw[1:], "little") << (raw[0] << 3) if raw else 0


def raw_of(bits: int) -> bytes:
    """A bitset as its shortest bytes: how many leading bytes are zero, then the rest, little end first; empty for no bit."""
    if not bits:
        return b""
    zeros = min(((bits & -bits).bit_length() - 1) >> 3, _ZEROS_MAX)
    return bytes((zeros,)) + (bits >> (zeros << 3)).to_bytes((bits.bit_length() + 7 >> 3) - zeros, "little")


def month_bit(month_number: int) -> int:
    """The bit of one month; a month before 1980-01 shares the first bit (older cover is never judged)."""
    return 1 << max(month_number - MONTH_ZERO, 0)


def span_bits(month_number: int, months: int) -> int:
    """The bits of `months` consecutive months from the given one."""
    start = max(month_number - MONTH_ZERO, 0)
    end = max(month_number - MONTH_ZERO + months, start)
    return ((1 << (end - start)) - 1) << start


def months_of(bits: int) -> list[int]:
    """The months of a bitset, in order."""
    return [place + MONTH_ZERO for place in places_of(bits)]


def places_of(bits: int) -> list[int]:
    """The numbers of the bits that are set, in order."""
    found = []
    while bits:
        low = bits & -bits
        found.append(low.bit_length() - 1)
        bits ^= low
    return found
