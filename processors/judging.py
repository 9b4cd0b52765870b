"""Asking rules about one person: findings, precedence, wakes, revisions."""

from processors.alerts import Ledger, revise
from processors.person.person import Person
from processors.person.state import WakeEntry
from processors.precedence import Judged, settle_precedence
from processors.questions import Plan, Question
from processors.restriction import is_restricted
from processors.rules.model import CALENDAR, NOTHING, Judgement, Moment
from processors.world import is_future

FINDINGS_MAX = 500


class RuleFaultError(ValueError):
    """A rule answered what no rule may answer; the message names the rule, never the person."""


def judge(person: Person, now: Moment, plan: Plan, trigger: str) -> Ledger:
    """Ask what the plan says and bring wakes and alerts in line with what is found; of a restricted person nothing is asked."""
    judged: list[Judged] = []
    covers = plan.covers
    wakes = [wake for wake in person.head.wakes if (wake.rule, wake.family) not in covers and wake.rule != "*"]
    for question in () if is_restricted(person) else plan.questions:
        answer = question.ask(person, now)
        if answer is NOTHING:
            continue
        _check(question, answer, now)
        code, family = question.rule.code, question.family
        judged += [Judged(question.rule, finding, family) for finding in answer.findings]
        wakes += [WakeEntry(code, wake.clock, wake.day, family) for wake in answer.wakes]
    ledger = revise(person, now, plan, settle_precedence(judged), trigger)
    ends = {(entry.rule, entry.until + 1, entry.family) for entry in person.head.open if entry.until >= now.as_of}
    wakes += [WakeEntry(code, CALENDAR, day, family) for code, day, family in ends if (code, family) in covers]
    wakes.sort()
    if wakes != person.head.wakes:
        person.head.wakes = wakes
    return ledger


def _check(question: Question, answer: Judgement, now: Moment) -> None:
    """Refuse what no rule may answer."""
    code = question.rule.code
    if len(answer.findings) > FINDINGS_MAX:
        raise RuleFaultError(f"{code} found more than {FINDINGS_MAX} things about one person")
    for wake in answer.wakes:
        if not is_future(wake, now):
            raise RuleFaultError(f"{code} asks to be woken at a time that has come: {wake.clock or 'calendar'}")
