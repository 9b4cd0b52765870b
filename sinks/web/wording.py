"""How values are written in Chinese: dates, months, money, divisions, names of codes."""

import datetime as dt
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from schemas.dates import date_of
from schemas.divisions import load_divisions
from schemas.handling import load_handling
from schemas.roles import LABELS_ZH
from schemas.strict_yaml import read_table

ZONE = ZoneInfo("Asia/Shanghai")
FEN = 100
MONTH_DIGITS = 100


@cache
def _handling() -> dict[str, str]:
    return {state.value: row.label_zh for state, row in load_handling().states.items()}


@cache
def _roles() -> dict[str, str]:
    return {role.value: name for role, name in LABELS_ZH.items()}


@cache
def _reasons() -> dict[str, str]:
    return {code: reason.label_zh for code, reason in load_handling().codes.items()}


LABELS_ELSEWHERE = {"handling": _handling, "reason": _reasons, "role": _roles}
"""Names that stand in a table of their own."""


@cache
def labels() -> dict[str, dict[str, str]]:
    """Kind of code → code → Chinese name."""
    return read_table(Path(__file__).parent / "labels.yaml", "web/labels.yaml").convert(dict[str, dict[str, str]])


def label(kind: str, code: object) -> str:
    """The Chinese name of a code; the code itself where it has none."""
    known = LABELS_ELSEWHERE[kind]() if kind in LABELS_ELSEWHERE else labels()[kind]
    return known.get(str(code), str(code))


def division_zh(division: int) -> str:
    """Name of a division; a city itself is 市本级 beside its counties."""
    return load_divisions().name_of(division)


def day_zh(day: int) -> str:
    """`2026年11月23日`, or a dash for none."""
    if not day:
        return "—"
    date = date_of(day)
    return f"{date.year}年{date.month}月{date.day}日"


def day_iso(day: int) -> str:
    """`2026-11-23`, or a dash for none: for narrow columns."""
    return date_of(day).isoformat() if day else "—"


def month_zh(yyyymm: int) -> str:
    """`2024年5月`, or a dash for none."""
    return f"{yyyymm // MONTH_DIGITS}年{yyyymm % MONTH_DIGITS}月" if yyyymm else "—"


def span_zh(first: int, last: int, count: int) -> str:
    """Months of a list row: the first, or first to last with their number."""
    if not first:
        return "—"
    if first == last:
        return f"{first // MONTH_DIGITS}-{first % MONTH_DIGITS:02d}"
    return f"{first // MONTH_DIGITS}-{first % MONTH_DIGITS:02d} 至 {last // MONTH_DIGITS}-{last % MONTH_DIGITS:02d}（{count}个月）"


def yuan(amount_fen: int) -> str:
    """`12,345.60`."""
    return f"{amount_fen / FEN:,.2f}"


def stamp(milliseconds: int) -> str:
    """`20261123-140509` in Beijing time, for a file's name."""
    return dt.datetime.fromtimestamp(milliseconds / 1000, ZONE).strftime("%Y%m%d-%H%M%S")


def clock_zh(milliseconds: int) -> str:
    """`2026-11-23 14:05:09` in Beijing time, or a dash."""
    if not milliseconds:
        return "—"
    return dt.datetime.fromtimestamp(milliseconds / 1000, ZONE).strftime("%Y-%m-%d %H:%M:%S")


def look_up_reason_zh(reason: str) -> str:
    """A coded reason with its file, in words: `信息安全事件通知　INC-4`."""
    code, _, reference = reason.partition(" ")
    return f"{label('look_up_reason', code)}　{reference}" if reference and code in labels()["look_up_reason"] else reason


def ago_zh(seconds: float) -> str:
    """How long ago, coarse."""
    for size, unit in ((86_400, "天"), (3_600, "小时"), (60, "分钟")):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}前"
    return f"{max(seconds, 0):.0f} 秒前"


def short_key(key: str) -> str:
    """A pseudonymous key, masked: enough to tell two apart on one page, too little to look one up."""
    return f"{key[:6]}…{key[-4:]}" if key else "—"
