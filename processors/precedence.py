"""Precedence inside a case (domain 3.1): the loser of two findings about the same months becomes a line of the winner."""

from msgspec import Struct

from processors.rules.model import Finding, Rule
from schemas.dates import yyyymm
from schemas.kinds import MEDICAL, PENSION, Scheme

_FAMILY = {**dict.fromkeys((int(s) for s in PENSION), "PENSION"), **dict.fromkeys((int(s) for s in MEDICAL), "MEDICAL")}
_FAMILY_OF_RULE = {"R06": "PENSION", "R08": "PENSION", "R09": "MEDICAL"}


class Judged(Struct):
    """What the rules found, after precedence."""

    rule: Rule
    finding: Finding
    beaten_by: "Judged | None" = None


def settle_precedence(judged: list[Judged]) -> list[Judged]:
    """Mark each beaten finding with its winner and write its line there. Winners are settled before those they beat."""
    winners: list[Judged] = []
    for one in sorted(judged, key=lambda item: len(item.rule.beaten_by)):
        one.beaten_by = next((winner for winner in winners if _beats(winner, one)), None)
        if one.beaten_by is None:
            winners.append(one)
        else:
            one.beaten_by.finding.lines.append(_line(one))
    return judged


def _beats(winner: Judged, loser: Judged) -> bool:
    if winner.rule.code not in loser.rule.beaten_by:
        return False
    if family(loser) != family(winner):
        return False
    return not set(winner.finding.months).isdisjoint(loser.finding.months)


def family(judged: Judged) -> str:
    """PENSION, MEDICAL or the scheme itself: only findings of one family compete."""
    known = _FAMILY_OF_RULE.get(judged.rule.code)
    return known or _FAMILY.get(judged.finding.scheme, str(judged.finding.scheme))


def _line(loser: Judged) -> str:
    finding = loser.finding
    months = "、".join(str(yyyymm(month)) for month in finding.months[:12])
    scheme = Scheme(finding.scheme).value if finding.scheme else ""
    return f"另见{loser.rule.title}：险种{scheme}，月份{months}，金额{finding.amount_fen / 100:.2f}元。"
