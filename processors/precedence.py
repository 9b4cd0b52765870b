"""Precedence inside a case (domain 3.1): the loser of two findings about the same months becomes a line of the winner."""

from msgspec import Struct

from processors.rules.model import Finding, Rule
from schemas.dates import yyyymm
from schemas.kinds import Scheme


class Judged(Struct):
    """What the rules found, after precedence."""

    rule: Rule
    finding: Finding
    family: int  # of the question that found it (processors.questions)
    beaten_by: "Judged | None" = None


def settle_precedence(judged: list[Judged]) -> list[Judged]:
    """Mark each beaten finding with its winner and write its line there. Winners are settled before those they beat."""
    if len(judged) == 1:
        return judged
    winners: list[Judged] = []
    for one in sorted(judged, key=lambda item: len(item.rule.beaten_by)):
        one.beaten_by = next((winner for winner in winners if _beats(winner, one)), None)
        if one.beaten_by is None:
            winners.append(one)
        else:
            one.beaten_by.finding.lines.append(_line(one))
    return judged


def _beats(winner: Judged, loser: Judged) -> bool:
    if winner.rule.code not in loser.rule.beaten_by or winner.family != loser.family:
        return False
    return not set(winner.finding.months).isdisjoint(loser.finding.months)


def _line(loser: Judged) -> str:
    finding = loser.finding
    months = "、".join(str(yyyymm(month)) for month in finding.months[:12])
    scheme = Scheme(finding.scheme).value if finding.scheme else ""
    return f"另见{loser.rule.title}：险种{scheme}，月份{months}，金额{finding.amount_fen / 100:.2f}元。"
