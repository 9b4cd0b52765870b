"""Precedence inside a case (domain 3.1): the loser of two findings about the same months becomes a line of the winner.

R09 beats R10 only where the payments are those of its two records.
"""

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
    same_months = not set(winner.finding.months).isdisjoint(loser.finding.months)
    return same_months and _speaks_of(winner.finding.records, loser.finding.records)


def _speaks_of(records: list[bytes], others: list[bytes]) -> bool:
    """Whether what the loser compares lies on the winner's records, one on each: two bills of one record are another matter.

    A winner that names no records speaks of all; something without a known record may lie on any.
    """
    known = [record for record in others if record]
    missing = set(records) - set(known)
    return not records or (len(set(known)) == len(known) and len(missing) <= len(others) - len(known))


def _line(loser: Judged) -> str:
    finding = loser.finding
    months = "、".join(str(yyyymm(month)) for month in finding.months[:12])
    scheme = Scheme(finding.scheme).value if finding.scheme else ""
    return f"另见{loser.rule.title}：险种{scheme}，月份{months}，金额{finding.amount_fen / 100:.2f}元。"
