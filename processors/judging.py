"""Asking rules about one person: findings, precedence, wakes, revisions."""

from processors.alerts import Ledger, revise
from processors.person.person import Person
from processors.person.state import WakeEntry
from processors.precedence import Judged, settle_precedence
from processors.rules.model import NOTHING, Moment, Rule
from processors.world import is_future

FINDINGS_MAX = 500


class RuleFaultError(ValueError):
    """A rule answered what no rule may answer; the message names the rule, never the person."""


def judge(person: Person, now: Moment, rules: tuple[Rule, ...], trigger: str) -> Ledger:
    """Ask the given rules and bring wakes and alerts in line with what they find."""
    judged: list[Judged] = []
    wakes = [wake for wake in person.head.wakes if wake.rule != "*" and wake.rule not in {rule.code for rule in rules}]
    for rule in rules:
        if rule.requires and not person.has(rule.requires):
            continue
        answer = rule.evaluate(person, now)
        if answer is NOTHING:
            continue
        if len(answer.findings) > FINDINGS_MAX:
            raise RuleFaultError(f"{rule.code} found more than {FINDINGS_MAX} things about one person")
        judged += [Judged(rule, finding) for finding in answer.findings]
        for wake in answer.wakes:
            if not is_future(wake, now):
                raise RuleFaultError(f"{rule.code} asks to be woken at a time that has come: {wake.clock or 'calendar'}")
            wakes.append(WakeEntry(rule.code, wake.clock, wake.day))
    wakes.sort(key=lambda wake: (wake.rule, wake.clock, wake.day))
    if wakes != person.head.wakes:
        person.head.wakes = wakes
    return revise(person, now, rules, settle_precedence(judged), trigger)
