"""The Chinese text of an alert: first the doctrine, then what, by which law, what differs, what to verify, what may be right about it."""

from collections.abc import Iterable

from processors.rules.model import Finding, Rule
from schemas.alert import FIRST_LINE

CLOSING_LABELS = {"HEALED": "已消除", "RETRACTED": "已撤回", "SUPERSEDED": "已并入其他预警"}
HEALED_LABELS = {
    "DEAD": "死亡信息已达到预警级",
    "ENROLLED": "已有新的参保信息",
    "EXEMPT_MILITARY": "服兵役",
    "EXEMPT_CUSTODY": "服刑或被羁押",
    "EXEMPT_STUDENT": "在校学习",
    "EXEMPT_EMIGRATED": "出国（境）定居",
    "EXEMPT_ELSEWHERE": "全国比对查到异地参保",
    "EXEMPT_RETIRED": "已退休或领取待遇",
    "EXEMPT_RETIRE_AGE": "在法定退休年龄前后",
    "EXEMPT_INJURY": "领取伤残津贴",
    "EXEMPT_TRANSFER": "关系已转出",
}
EXEMPT = "EXEMPT_"
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


def healed_zh(healed_by: str) -> str:
    """Why a finding no longer holds, where its rule says no more than the word."""
    known = HEALED_LABELS.get(healed_by) or ("已登记无需参保的原因" if healed_by.startswith(EXEMPT) else "")
    return f"原因：{known}。" if known else ""


def _joined(points: Iterable[str]) -> str:
    """Sentences as points of one sentence."""
    return "；".join(point.rstrip("。") for point in points) + "。"


def closing_text(text: str, premise: str, note: str) -> str:
    """The last text of a closed alert with the reason of its closing in the second line."""
    first, _, rest = text.partition("\n")
    if rest.startswith("结论："):
        rest = rest.partition("\n")[2]
    return f"{first}\n结论：{CLOSING_LABELS[premise]}。{note}\n{rest}" if note else f"{first}\n结论：{CLOSING_LABELS[premise]}。\n{rest}"
