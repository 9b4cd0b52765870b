"""All rules, in the order in which their alerts leave. One list: a rule that is not here does not run, and a test demands every file."""

import importlib
import importlib.util
from functools import lru_cache

from processors.rules.model import Rule
from schemas.kinds import Kind

MODULES = (
    "r01_benefit_after_death",
    "r01a_stop_check",
    "r02_contribution_after_death",
    "r03_dead_not_cancelled",
    "r24_death_contradicted",
    "undo_check",
    "r06_duplicate_pension",
    "r08_duplicate_pension_enrolment",
    "r09_duplicate_medical",
    "r10_duplicate_contribution",
    "r11_lapse",
    "r12_never_enrolled",
    "r17_card_mismatch",
    "r19_identity_conflict",
)


def _load(name: str) -> Rule:
    rule: Rule = importlib.import_module(f"processors.rules.{name}").RULE
    return rule


RULES: tuple[Rule, ...] = tuple(_load(name) for name in MODULES if importlib.util.find_spec(f"processors.rules.{name}"))
BY_CODE: dict[str, Rule] = {rule.code: rule for rule in RULES}


@lru_cache(maxsize=4096)
def touched_by(kinds: frozenset[Kind]) -> tuple[Rule, ...]:
    """The rules to ask when facts of these kinds changed, with all that they beat and all that beat them."""
    return _closed({rule.code for rule in RULES if rule.reads & kinds})


@lru_cache(maxsize=4096)
def woken(codes: frozenset[str]) -> tuple[Rule, ...]:
    """The rules to ask when wakes of these are due; '*' asks all."""
    return RULES if "*" in codes else _closed(set(codes))


def _closed(codes: set[str]) -> tuple[Rule, ...]:
    """A finding that is beaten becomes a line of its winner, so both are judged together."""
    size = -1
    while size != len(codes):
        size = len(codes)
        for rule in RULES:
            if rule.code in codes:
                codes.update(rule.beaten_by)
            elif codes.intersection(rule.beaten_by):
                codes.add(rule.code)
    return tuple(rule for rule in RULES if rule.code in codes)
