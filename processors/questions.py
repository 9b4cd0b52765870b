"""Which questions a change asks.

A question is a rule, or the part of a rule that one scheme family concerns. One that needs something that the person does not have at all
(`Rule.requires`) is not asked, but counts as answered with nothing: its wakes and alerts go.
"""

from collections.abc import Iterable
from functools import lru_cache, reduce
from operator import or_

from msgspec import Struct

from processors.person.changes import changes_in
from processors.person.families import WHOLE
from processors.rules.model import Evaluate, Rule
from processors.rules.registry import RULES

Covers = frozenset[tuple[str, int]]

EVERYTHING = frozenset({"*"})
"""The codes of a wake that asks everything."""


class Question(Struct, frozen=True, eq=False):
    """One thing that is asked of one person. `family` is `WHOLE` where the rule is not cut."""

    rule: Rule
    family: int
    ask: Evaluate
    reads: int


class Plan(Struct, frozen=True, eq=False):
    """What to ask of a person with certain presence flags."""

    questions: tuple[Question, ...]  # those that can find anything
    rules: tuple[Rule, ...]  # the rules of all that is covered, in the order of their codes
    covers: Covers  # rule and family of every question that this answers


def _questions() -> tuple[Question, ...]:
    found = []
    for rule in RULES:
        parts = rule.by_family or {WHOLE: rule.evaluate}
        found += [Question(rule, family, ask, changes_in(rule.reads, family)) for family, ask in parts.items()]
    return tuple(found)


QUESTIONS = _questions()
REQUIRED = reduce(or_, (rule.requires for rule in RULES))
"""The presence flags that any rule requires: others make no other plan."""


@lru_cache(maxsize=16384)
def touched_by(changes: int, flags: int) -> Plan:
    """What to ask when these things changed (processors.person.changes), with all that they beat and all that beat them."""
    return _plan([question for question in QUESTIONS if question.reads & changes], flags)


@lru_cache(maxsize=16384)
def woken(codes: frozenset[str], flags: int) -> Plan:
    """What to ask when wakes of these rules are due; '*' asks everything."""
    return _plan([question for question in QUESTIONS if "*" in codes or question.rule.code in codes], flags)


def _plan(asked: Iterable[Question], flags: int) -> Plan:
    closed = _closed(set(asked))
    return Plan(
        tuple(one for one in closed if one.rule.requires & flags == one.rule.requires),
        tuple(dict.fromkeys(one.rule for one in closed)),
        frozenset((one.rule.code, one.family) for one in closed),
    )


def _closed(asked: set[Question]) -> list[Question]:
    """A finding that is beaten becomes a line of its winner, so both are judged together."""
    size = -1
    while size != len(asked):
        size = len(asked)
        asked.update(other for one in list(asked) for other in QUESTIONS if _compete(one, other) or _compete(other, one))
    return [question for question in QUESTIONS if question in asked]


def _compete(winner: Question, loser: Question) -> bool:
    """Whether findings of one may beat those of the other: only inside one family (domain 3.1)."""
    return winner.rule.code in loser.rule.beaten_by and winner.family == loser.family
