"""The Chinese text of an alert: first the doctrine, then what, by which law, what differs, what to verify, what may be right about it."""

from collections.abc import Iterable

from processors.rules.model import Finding, Rule
from schemas.alert import FIRST_LINE

CLOSING_LABELS = {"HEALED": "已消除", "RETRACTED": "已撤回", "SUPERSEDED": "已并入其他预警"}
FEED_LABELS = {
    "household": "公安户籍",
    "death_certificate": "卫健死亡证明",
    "cremation": "民政火化",
    "tax_contribution": "税务征收",
    "tax_payroll": "税务个税",
    "card": "社保卡",
    "business": "社保业务库",
    "medical": "医保",
    "national_match": "全国比对",
    "education": "教育学籍",
    "justice": "司法",
    "military": "兵役",
}


def text_of(rule: Rule, finding: Finding) -> str:
    """The whole text, one point a line."""
    lines = [FIRST_LINE, f"何时何事：{finding.what}", f"依据：{'；'.join(finding.law or rule.law)}", f"差在哪：{finding.gap}"]
    lines += finding.lines
    if finding.unchecked:
        lines.append("未比对：" + "、".join(FEED_LABELS.get(feed, feed) for feed in finding.unchecked))
    lines.append("请核实：" + _joined(rule.verify))
    lines.append("可能的正当情形：" + _joined(rule.legitimate))
    return "\n".join(lines)


def _joined(points: Iterable[str]) -> str:
    """Sentences as points of one sentence."""
    return "；".join(point.rstrip("。") for point in points) + "。"


def closing_text(text: str, premise: str, note: str) -> str:
    """The last text of a closed alert with the reason of its closing in the second line."""
    first, _, rest = text.partition("\n")
    if rest.startswith("结论："):
        rest = rest.partition("\n")[2]
    return f"{first}\n结论：{CLOSING_LABELS[premise]}。{note}\n{rest}" if note else f"{first}\n结论：{CLOSING_LABELS[premise]}。\n{rest}"
