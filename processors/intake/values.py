"""Texts of records as numbers: days, months, money. Pure and cached, because a feed repeats few dates and amounts."""

import datetime as dt
import re
from functools import lru_cache

from schemas.dates import day_of
from schemas.errors import Code
from schemas.kinds import Precision

FIRST_YEAR, LAST_YEAR = 1880, 2200
FIRST_DAY = day_of(dt.date(FIRST_YEAR, 1, 1))
LAST_DAY = day_of(dt.date(LAST_YEAR, 12, 31))
SHANGHAI = dt.timezone(dt.timedelta(hours=8))
COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
DASHED = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
TIMESTAMP = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}.*", re.ASCII)
PARTIAL = re.compile(r"(\d{4})(?:-?(\d{2}))?", re.ASCII)
MONTH = re.compile(r"(\d{4})-?(\d{2})", re.ASCII)
AMOUNT = re.compile(r"(-?)(\d{1,13})(?:\.(\d{1,2})0{0,8})?", re.ASCII)
DIGITS = re.compile(r"\d{1,9}", re.ASCII)
DIVISION = re.compile(r"([1-9]\d{5})\d{0,6}", re.ASCII)
TOP_COUNT = 1_200
LAST_MONTH_OF_YEAR = 12
SHORTEST_COMPACT = 10_000_000


@lru_cache(maxsize=65_536)
def day_value(text: str) -> int | Code:
    """Days since 1970 of YYYYMMDD, YYYY-MM-DD or a timestamp (in Asia/Shanghai when it has a zone), or why it is no date."""
    text = text.strip()
    match = COMPACT.fullmatch(text) or DASHED.fullmatch(text)
    try:
        if match is not None:
            found = dt.date(int(match[1]), int(match[2]), int(match[3]))
        elif TIMESTAMP.fullmatch(text):
            moment = dt.datetime.fromisoformat(text)
            found = (moment.astimezone(SHANGHAI) if moment.tzinfo else moment).date()
        else:
            return Code.NOT_A_DATE
    except (ValueError, OverflowError):
        return Code.NOT_A_DATE
    return day_of(found) if FIRST_YEAR <= found.year <= LAST_YEAR else Code.OUT_OF_RANGE


def is_day_number(value: object) -> bool:
    """Whether a value is a date column of Debezium: an integer too short to be YYYYMMDD."""
    return isinstance(value, int) and abs(value) < SHORTEST_COMPACT


def day_number(days: int) -> int | Code:
    """A date column of Debezium: days since 1970; infinity and years before 1880 are out of range."""
    return days if FIRST_DAY <= days <= LAST_DAY else Code.OUT_OF_RANGE


@lru_cache(maxsize=65_536)
def partial_day(text: str) -> tuple[int, Precision] | Code:
    """A date, or only its month (YYYY-MM) or year (YYYY): its last day, with how exactly it is known."""
    text = text.strip()
    match = PARTIAL.fullmatch(text)
    if match is None:
        whole = day_value(text)
        return whole if isinstance(whole, Code) else (whole, Precision.DAY)
    year, month = int(match[1]), int(match[2] or LAST_MONTH_OF_YEAR)
    if not 1 <= month <= LAST_MONTH_OF_YEAR:
        return Code.NOT_A_DATE
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return Code.OUT_OF_RANGE
    following = dt.date(year + month // LAST_MONTH_OF_YEAR, month % LAST_MONTH_OF_YEAR + 1, 1)
    return day_of(following) - 1, Precision.MONTH if match[2] else Precision.YEAR


@lru_cache(maxsize=8_192)
def month_value(text: str) -> int | Code:
    """year*12+month-1 of YYYYMM or YYYY-MM, or why it is no month."""
    match = MONTH.fullmatch(text.strip())
    if match is None:
        return Code.NOT_A_MONTH
    year, month = int(match[1]), int(match[2])
    if not 1 <= month <= LAST_MONTH_OF_YEAR:
        return Code.NOT_A_MONTH
    return year * 12 + month - 1 if FIRST_YEAR <= year <= LAST_YEAR else Code.OUT_OF_RANGE


@lru_cache(maxsize=65_536)
def fen_value(text: str) -> int | Code:
    """Fen of an amount in yuan, digit by digit: no float is ever made of money."""
    match = AMOUNT.fullmatch(text.strip())
    if match is None:
        return Code.NOT_AN_AMOUNT
    fen = int(match[2]) * 100 + int((match[3] or "0").ljust(2, "0"))
    return Code.NEGATIVE_AMOUNT if match[1] and fen else fen


@lru_cache(maxsize=8_192)
def count_value(text: str) -> int | Code:
    """A whole number of at least 0 and at most TOP_COUNT."""
    match = DIGITS.fullmatch(text.strip())
    return int(match[0]) if match is not None and int(match[0]) <= TOP_COUNT else Code.NOT_A_NUMBER


@lru_cache(maxsize=8_192)
def digits_value(text: str) -> int | Code:
    """The digits of a code such as F10004."""
    digits = "".join(letter for letter in text if letter in "0123456789")
    return int(digits) if DIGITS.fullmatch(digits) else Code.NOT_A_NUMBER


@lru_cache(maxsize=8_192)
def division_value(text: str) -> int | Code:
    """The six-digit division of a code of six to twelve digits."""
    match = DIVISION.fullmatch(text.strip())
    return int(match[1]) if match is not None else Code.NOT_A_DIVISION


def text_of(value: object) -> str:
    """The value of a column as text without outer blanks; empty for None. Numbers and decimals as they are written."""
    if isinstance(value, str):
        return value.strip()
    if value is None:
        return ""
    return str(int(value)) if isinstance(value, bool) else str(value).strip()
