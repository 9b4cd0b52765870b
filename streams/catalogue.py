"""The rules and policy numbers in force, as the workbench's catalogue shows them."""

import inspect
import sys
from pathlib import Path

import yaml

from processors.rules.model import Rule
from processors.rules.registry import RULES
from schemas.policy import Entry, Policy
from sinks.web.parts import Catalogue, Parameter, RuleSheet
from streams.policy import policy_of
from streams.reference import REPOSITORY
from streams.settings import Settings

TABLES = "tests/processors/rules/tables"


def catalogue(settings: Settings) -> Catalogue:
    """Rules, and the policy of the settings' folder or the shipped one."""
    policy = policy_of(settings)
    return Catalogue(
        rules=[_sheet(rule, policy) for rule in RULES],
        parameters=[_parameter(entry) for entry in policy.entries.values()],
        policy_hash=policy.hash,
    )


def _sheet(rule: Rule, policy: Policy) -> RuleSheet:
    return RuleSheet(
        code=rule.code,
        title=rule.title,
        alert_type=rule.alert_type,
        version=rule.version,
        cause=rule.cause,
        owner=rule.owner,
        queue=rule.queue,
        law=list(rule.law),
        verify=list(rule.verify),
        legitimate=list(rule.legitimate),
        needs=list(rule.needs),
        suppressors=list(rule.suppressors),
        beaten_by=list(rule.beaten_by),
        tests=_tested(REPOSITORY / TABLES / f"{rule.code}.yaml"),
        parameters=_read_by(rule, policy),
    )


def _read_by(rule: Rule, policy: Policy) -> list[str]:
    """The policy numbers that the rule names, or what it asks of the person names, and those that name the rule."""
    own = sys.modules[rule.evaluate.__module__]
    asked = {str(getattr(value, "__module__", "")) for value in vars(own).values()}
    source = "".join(inspect.getsource(sys.modules[name]) for name in {own.__name__, *asked} if name.startswith("processors."))
    return [key for key in policy.entries if f'"{key}"' in source or key.endswith(f".{rule.code}")]


def _tested(table: Path) -> int:
    """Rows of a rule's table of cases; 0 where the tests are not installed."""
    if not table.is_file():
        return 0
    rows = yaml.load(table.read_text(encoding="utf-8"), yaml.CSafeLoader)
    return len(rows["scenarios"] if isinstance(rows, dict) else rows)


def _parameter(entry: Entry) -> Parameter:
    values = [(one.since, "、".join(one.value) if isinstance(one.value, list) else str(one.value), one.division) for one in entry.values]
    return Parameter(
        key=entry.key,
        unit=entry.unit,
        meaning=entry.meaning_zh,
        reference=entry.reference,
        basis=entry.basis,
        last_checked=entry.last_checked,
        values=values,
    )
