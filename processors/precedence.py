"""Precedence inside a case (domain 3.1): of two findings about one matter the loser becomes a line of the winner.

R06 and R08 speak of months (domain 3.3, "same month unless noted"): they take the months that they share, the loser stands in its others.
R09 speaks of two records: it takes the R10 of these two whole, whatever its months.
"""

from collections.abc import Collection

from msgspec import Struct, field

from processors.person.person import Person
from processors.rules.model import Finding, Moment, Rule, Wake
from schemas.dates import yyyymm
from schemas.kinds import Scheme

LINE_MONTHS = 12


class Judged(Struct):
    """What the rules found, after precedence."""

    rule: Rule
    finding: Finding
    family: int  # of the question that found it (processors.questions)
    beaten_by: "Judged | None" = None
    wakes: list[Wake] = field(default_factory=list)  # what the rest of a finding waits for, beside the wakes of its question


def settle_precedence(person: Person, now: Moment, judged: list[Judged]) -> list[Judged]:
    """Mark each beaten finding with its winner and write its line there. Winners are settled before those they beat."""
    if len(judged) == 1:
        return judged
    winners: list[Judged] = []
    beaten: list[Judged] = []
    for one in sorted(judged, key=lambda item: len(item.rule.beaten_by)):
        left = [one]
        for winner in winners.copy():
            left = [rest for part in left for rest in _left(person, now, winner, part, beaten)]
        winners += left
    standing = [(one.rule, one.finding.scope) for one in winners]
    return winners + [one for one in beaten if (one.rule, one.finding.scope) not in standing]


def _left(person: Person, now: Moment, winner: Judged, one: Judged, beaten: list[Judged]) -> list[Judged]:
    """What a winner leaves of a finding; what it takes is told there in a line."""
    taken = _taken(winner, one)
    if not taken:
        return [one]
    rest = set(one.finding.months) - taken
    for part in _part(person, now, one, taken) if rest else [one]:
        part.beaten_by = winner
        winner.finding.lines.append(_line(part))
        beaten.append(part)
    return _part(person, now, one, rest) if rest else []


def _taken(winner: Judged, loser: Judged) -> set[int]:
    """The months of the loser in which the winner speaks for it."""
    if winner.rule.code not in loser.rule.beaten_by or winner.family != loser.family:
        return set()
    if not winner.finding.records:
        return set(winner.finding.months).intersection(loser.finding.months)
    return set(loser.finding.months) if _are_of(winner.finding.records, loser.finding.records) else set()


def _are_of(records: list[bytes], others: list[bytes]) -> bool:
    """Whether what the loser compares lies on the winner's records, one on each: a third payment, or two of one record, is another matter.

    Something without a known record may lie on any.
    """
    known = [record for record in others if record]
    return len(others) == len(records) and len(set(known)) == len(known) and set(known).issubset(records)


def _part(person: Person, now: Moment, one: Judged, months: Collection[int]) -> list[Judged]:
    """The finding for some of its months."""
    if one.rule.part is None:
        raise LookupError(f"{one.rule.code} is beaten by others and does not say what is left of it")
    answer = one.rule.part(person, now, one.finding, frozenset(months))
    return [Judged(one.rule, finding, one.family, wakes=answer.wakes) for finding in answer.findings]


def _line(loser: Judged) -> str:
    finding = loser.finding
    months = "、".join(str(yyyymm(month)) for month in finding.months[:LINE_MONTHS])
    more = f"等{len(finding.months)}个月" if len(finding.months) > LINE_MONTHS else ""
    scheme = Scheme(finding.scheme).value if finding.scheme else ""
    return f"另见{loser.rule.title}：险种{scheme}，月份{months}{more}，金额{finding.amount_fen / 100:.2f}元。"
