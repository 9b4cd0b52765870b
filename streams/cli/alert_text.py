"""An alert for a terminal, Chinese, a few lines: 待核实 first."""

from processors.rules.wording import yuan_zh
from schemas.alert import FIRST_LINE, Alert
from schemas.dates import date_of
from schemas.divisions import load_divisions
from sinks.web.wording import label

LEVEL = {"SIGNAL": "线索（不作为处置依据）", "ALERT": "预警"}
CHANGE = {"OPENED": "新发现", "UPDATED": "更新", "HEALED": "已消除", "RETRACTED": "已撤回", "SUPERSEDED": "已并入"}
COLOUR = {"CRITICAL": "bold red", "HIGH": "red", "MEDIUM": "yellow", "LOW": "cyan", "INFO": "white"}
ID_SHOWN = 12


BRIEF = ("结论：", "何时何事：", "差在哪：", "未比对：")


def lines_of(alert: Alert, *, full: bool = True) -> list[str]:
    """The lines: doctrine, head, whom and when, money, then the alert's own text; only what happened and what differs unless `full`."""
    head = f"{alert.rule} {alert.title}　{LEVEL.get(alert.level, alert.level)}　严重程度：{label('severity', alert.severity)}　{CHANGE.get(alert.change, alert.change)}"
    where = f"{load_divisions().name_of(alert.handling_division // 100 * 100)} {alert.handling_division}"
    place = (
        f"　队列 {alert.queue}　{where}　人员标识 {alert.person_key.hex()}　预警 {alert.alert_id.hex()[:ID_SHOWN]}… 第{alert.revision}版"
    )
    text = [line for line in alert.text.split("\n") if line and line != FIRST_LINE]
    facts = [place, *_money(alert)]
    return [FIRST_LINE, head, *facts, *(f"　{line}" for line in text if full or line.startswith(BRIEF))]


def _money(alert: Alert) -> list[str]:
    parts = []
    if alert.amount_fen:
        parts.append(f"金额 {yuan_zh(alert.amount_fen)}")
    if alert.balance_fen and alert.balance_fen != alert.amount_fen:
        parts.append(f"未结 {yuan_zh(alert.balance_fen)}")
    if alert.refund_fen:
        parts.append(f"应退 {yuan_zh(alert.refund_fen)}")
    if alert.months:
        parts.append(f"月份 {_span(alert.months)}")
    if alert.keep or alert.clear:
        parts.append(f"保留 {alert.keep or '待定'}，清理 {alert.clear or '待定'}")
    if alert.due:
        parts.append(f"办理期限 {date_of(alert.due).isoformat()}")
    return ["　" + "　".join(parts)] if parts else []


def _span(months: list[int]) -> str:
    return str(months[0]) if len(months) == 1 else f"{months[0]}–{months[-1]}（{len(months)} 个月）"
