"""How departments write values: dates, months, yuan, sides of a flag."""

import datetime as dt
from typing import Any

from demo.city.identity import Who

Columns = dict[str, Any]


def compact(day: dt.date | None) -> str | None:
    """YYYYMMDD."""
    return f"{day:%Y%m%d}" if day else None


def iso(day: dt.date | None) -> str | None:
    """YYYY-MM-DD."""
    return day.isoformat() if day else None


def days(day: dt.date | None) -> int | None:
    """A PostgreSQL date as Debezium sends it: days since 1970-01-01."""
    return (day - dt.date(1970, 1, 1)).days if day else None


def instant(day: dt.date) -> str:
    """A PostgreSQL timestamptz as Debezium sends it: ten o'clock in Asia/Shanghai, in UTC."""
    return f"{day.isoformat()}T02:00:00.000000Z"


def yyyymm(month: int) -> str | None:
    """YYYYMM of a month number; nothing for 0."""
    return f"{month // 12}{month % 12 + 1:02d}" if month else None


def yuan(fen: int) -> str:
    """Yuan with two decimals, as numeric columns travel."""
    return f"{fen // 100}.{fen % 100:02d}"


def flag(value: object) -> str:
    """1 or 0."""
    return "1" if value else "0"


def or_none(text: str) -> str | None:
    """A text, or null for an empty one."""
    return text or None


def insured(who: Who) -> Columns:
    """Number and name in the columns of the social-insurance side."""
    return {"aac002": who.number, "aac003": who.name}


def insured_master(who: Who) -> Columns:
    """The same with sex and birth date, as master tables have them."""
    return {**insured(who), "aac004": str(who.sex), "aac006": compact(who.birth)}
