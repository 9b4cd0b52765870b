"""How alerts write days, months and money in Chinese. No names and no numbers of persons."""

from collections.abc import Iterable

from schemas.dates import date_of
from schemas.kinds import DeathOrigin, Precision

_ORIGIN = {
    DeathOrigin.MEDICAL: "卫健死亡证明",
    DeathOrigin.POLICE: "公安死亡注销",
    DeathOrigin.FUNERAL: "民政火化",
    DeathOrigin.FAMILY_COMMUNITY: "家属、社区报告或经办登记",
    DeathOrigin.COURT: "法院宣告死亡",
    DeathOrigin.NATIONAL: "全国比对",
}
_SCHEME = {
    110: "企业职工基本养老保险",
    120: "机关事业单位养老保险",
    170: "城乡居民基本养老保险",
    210: "失业保险",
    310: "职工基本医疗保险",
    320: "医疗补助",
    340: "特殊人员医疗保障",
    390: "城乡居民基本医疗保险",
    410: "工伤保险",
    419: "长期护理保险",
    510: "生育保险",
}


def day_zh(day: int, precision: int = Precision.DAY) -> str:
    """A day: 2024年5月10日; only as exact as it is known."""
    date = date_of(day)
    if precision == Precision.YEAR:
        return f"{date.year}年"
    if precision == Precision.MONTH:
        return f"{date.year}年{date.month}月"
    said = f"{date.year}年{date.month}月{date.day}日"
    return f"不晚于{said}" if precision == Precision.NOT_AFTER else said


def month_zh(month: int) -> str:
    """A month: 2024年5月."""
    year, index = divmod(month, 12)
    return f"{year}年{index + 1}月"


def months_zh(months: Iterable[int]) -> str:
    """Months as runs: 2024年3月至6月、2024年8月."""
    runs: list[list[int]] = []
    for month in sorted(set(months)):
        if runs and month == runs[-1][1] + 1:
            runs[-1][1] = month
        else:
            runs.append([month, month])
    return "、".join(_run_zh(first, last) for first, last in runs)


def _run_zh(first: int, last: int) -> str:
    if first == last:
        return month_zh(first)
    if first // 12 == last // 12:
        return f"{month_zh(first)}至{last % 12 + 1}月"
    return f"{month_zh(first)}至{month_zh(last)}"


def yuan_zh(amount_fen: int) -> str:
    """An amount to the fen: 1,426.00元."""
    sign = "-" if amount_fen < 0 else ""
    whole, fen = divmod(abs(amount_fen), 100)
    return f"{sign}{whole:,}.{fen:02d}元"


def scheme_zh(scheme: int) -> str:
    """The name of a scheme; its code where it has none."""
    return _SCHEME.get(scheme, f"险种{scheme}")


def origin_zh(origin: int) -> str:
    """The name of an origin group of death claims."""
    return _ORIGIN.get(origin, "其他来源")  # type: ignore[call-overload,no-any-return]  # an int finds its IntEnum
