"""All rules, found in this folder: a module that defines RULE is a rule. In the order of their codes, which is how their alerts leave."""

import importlib
import pkgutil
from functools import lru_cache

from processors import rules as folder
from processors.rules.model import Rule
from schemas.kinds import Kind


def _found() -> list[Rule]:
    rules = []
    for info in pkgutil.iter_modules(folder.__path__):
        if info.name == "registry":
            continue
        rule = getattr(importlib.import_module(f"processors.rules.{info.name}"), "RULE", None)
        if isinstance(rule, Rule):
            rules.append(rule)
    return sorted(rules, key=lambda rule: rule.code)


RULES: tuple[Rule, ...] = tuple(_found())
BY_CODE: dict[str, Rule] = {rule.code: rule for rule in RULES}
if len(BY_CODE) != len(RULES):
    raise ImportError("two rules have one code")


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
