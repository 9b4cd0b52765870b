"""All rules, found in this folder: a module that defines RULE is a rule. In the order of their codes, which is how their alerts leave."""

import importlib
import pkgutil

from processors import rules as folder
from processors.rules.model import Rule


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
