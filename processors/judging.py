"""Asking rules about one person: findings, precedence, wakes, revisions."""

from collections.abc import Iterable, Sequence

from processors.alerts import Ledger, revise
from processors.person.person import Person
from processors.person.state import WakeEntry
from processors.precedence import Judged, settle_precedence
from processors.questions import Covers, Plan, Question
from processors.restriction import is_restricted
from processors.rules.model import CALENDAR, NOTHING, Judgement, Moment, Wake
from processors.world import is_future
from schemas.facts import AnyFact

FINDINGS_MAX = 500


class RuleFaultError(ValueError):
    """A rule answered what no rule may answer; the message names the rule, never the person."""


def judge(person: Person, now: Moment, plan: Plan, trigger: str, facts: Sequence[AnyFact] = ()) -> Ledger:
    """Ask what the plan says and bring wakes and alerts in line with what is found; of a restricted person nothing is asked.

    `facts` are those that changed, all of them, where facts are the occasion: they may let an answer stand unasked.
    """
    head, covers = person.head, plan.covers
    judged: list[Judged] = []
    wakes = [wake for wake in head.wakes if (wake.rule, wake.family) not in covers and wake.rule != "*"]
    for question in () if is_restricted(person) else plan.questions:
        code, family = question.rule.code, question.family
        if head.open and facts and _stands(person, question, facts, judged):
            covers -= {(code, family)}
            wakes += [wake for wake in head.wakes if wake.rule == code and wake.family == family]
            continue
        answer = question.ask(person, now)
        if answer is NOTHING:
            continue
        if answer.findings:
            judged += _judged(question, answer)
        wakes += _wakes(code, family, answer.wakes, now)
    if judged or head.open:
        judged = settle_precedence(person, now, judged)
        for one in judged:
            wakes += [entry for entry in _wakes(one.rule.code, one.family, one.wakes, now) if entry not in wakes]
        ledger = revise(person, now, plan.rules, covers, judged, trigger)
        wakes += _ends(person, now, covers)
    else:
        ledger = Ledger(person, {}, [])
    wakes.sort()
    if wakes != head.wakes:
        head.wakes = wakes
    return ledger


def _wakes(code: str, family: int, wakes: Iterable[Wake], now: Moment) -> list[WakeEntry]:
    for wake in wakes:
        if not (wake.day > now.as_of if wake.clock == CALENDAR else is_future(wake, now)):
            raise RuleFaultError(f"{code} asks to be woken at a time that has come: {wake.clock or 'calendar'}")
    return [WakeEntry(code, wake.clock, wake.day, family) for wake in wakes]


def _judged(question: Question, answer: Judgement) -> list[Judged]:
    if len(answer.findings) > FINDINGS_MAX:
        raise RuleFaultError(f"{question.rule.code} found more than {FINDINGS_MAX} things about one person")
    return [Judged(question.rule, finding, question.family) for finding in answer.findings]


def _ends(person: Person, now: Moment, covers: Covers) -> list[WakeEntry]:
    """When what clerks decided about open alerts ends."""
    ends = {(known.rule, known.until + 1, known.family) for known in person.head.open if known.until >= now.as_of}
    return [WakeEntry(code, CALENDAR, day, family) for code, day, family in ends if (code, family) in covers]


def _stands(person: Person, question: Question, facts: Sequence[AnyFact], judged: list[Judged]) -> bool:
    """Whether the open alerts of a question stay as they are: the rule says so, and nothing beats its findings, before or now."""
    rule, family = question.rule, question.family
    if rule.untouched is None:
        return False
    around = {known.rule for known in person.head.open if known.family == family}
    if rule.code not in around or not around.isdisjoint(rule.beaten_by):
        return False
    if any(one.family == family and one.rule.code in rule.beaten_by for one in judged):
        return False
    return rule.untouched(person, facts, family)
