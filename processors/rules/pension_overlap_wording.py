"""How R08 writes what was paid twice and what is to come back."""

from processors.person.entries import Entry
from processors.person.resident_overlap import Part
from processors.rules.wording import day_zh, months_zh, scheme_zh, yuan_zh


def payment_zh(part: Part) -> str:
    """A resident payment: its months, its money, the day it came."""
    entry = part.entry
    money = yuan_zh(entry.gross_fen) if entry.gross_fen else f"政府代缴{yuan_zh(entry.public_fen)}"
    paid = f"，{day_zh(part.paid_on)}到账" if part.paid_on else ""
    return f"居民养老保险{months_zh(range(entry.month, entry.month + entry.months))}缴费{money}{paid}"


def employee_zh(employee: dict[int, Entry], months: list[int]) -> str:
    """The employee months and their schemes."""
    schemes = sorted({employee[number].scheme for number in months})
    return f"{'、'.join(map(scheme_zh, schemes))}{months_zh(months)}已有记账缴费"


def refund_zh(parts: list[Part], refund_fen: int) -> str:
    """What is to come back, and how it is computed."""
    sums = "＋".join(f"{yuan_zh(part.entry.gross_fen)}×{len(part.months)}÷{part.covered}" for part in parts)
    return f"{yuan_zh(refund_fen)}（{sums}）"


def paid_lines(parts: list[Part], refund_fen: int, back_fen: int, *, late: bool) -> list[str]:
    """Further facts of two paid schemes."""
    lines = []
    if any(part.entry.public_fen for part in parts):
        lines.append("政府补贴和代缴部分不属于个人，不计入应退额。")
    if back_fen:
        lines.append(f"已退{yuan_zh(back_fen)}{difference_zh(back_fen, refund_fen)}；退费所属月份须包含全部重叠月份。")
    if late:
        lines.append("居民养老保险缴费时，职工养老保险的重叠月份已经结束。")
    return lines


def difference_zh(back_fen: int, due_fen: int) -> str:
    """How a refund differs from what is due; nothing where it does not."""
    if back_fen == due_fen:
        return ""
    return f"，比应退额{'多' if back_fen > due_fen else '少'}退{yuan_zh(abs(back_fen - due_fen))}"
