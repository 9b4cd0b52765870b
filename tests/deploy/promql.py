"""Metric names inside PromQL, and those that canbao exports."""

import re

from schemas.metrics import METRICS, Type

FOREIGN = {"up"}
"""Prometheus's own."""
WORD = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
NOISE = re.compile(r'"[^"]*"|\{[^}]*\}|\b(?:by|on|ignoring|group_left|without)\s*\([^)]*\)|\[[^\]]*\]')
WORDS = {"and", "or", "unless", "offset", "bool", "sum", "max", "min", "count", "rate", "increase", "deriv", "abs", "time", "timestamp"}
WORDS |= {"histogram_quantile", "by", "on", "h", "m"}


def exported() -> set[str]:
    """Every series name that a worker may serve."""
    names = set()
    for metric in METRICS:
        if metric.type is Type.HISTOGRAM:
            names |= {f"{metric.name}{suffix}" for suffix in ("_bucket", "_sum", "_count")}
        else:
            names.add(metric.name)
    return names


def names_in(expression: str) -> set[str]:
    """Metric names of an expression: every word that is neither a function nor a keyword of PromQL."""
    return set(WORD.findall(re.sub(r"\b\d+[smhd]\b", " ", NOISE.sub(" ", expression)))) - WORDS
