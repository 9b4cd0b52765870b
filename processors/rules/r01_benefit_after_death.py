"""R01 BENEFIT_AFTER_DEATH 死亡后仍有待遇发放: benefit money for months after the month of death, one finding a benefit record.

Signal at once; alert on a second independent source or after the settle window, never while evidence of life holds it (R24). Where sources
name different months the earliest counts, and the sum is split into certain and disputed.
"""

from processors.person.death import CERTAIN, Death, death_of, death_standing, settle_wakes
from processors.person.overpayment import Overpayment, is_overpaid, last_month_due, overpayment_of, severity_of
from processors.person.person import Person
from processors.person.records import benefit_records, is_over
from processors.person.state import Flag
from processors.rules.death_wording import DEATH_READS, benefit_law, death_evidence, death_lines, death_material, sources_zh
from processors.rules.model import NOTHING, Closing, Finding, Judgement, Moment, Rule
from processors.rules.wording import month_zh, months_zh, scheme_zh, yuan_zh
from schemas.alert import Alert
from schemas.facts import BenefitRecord, Fact
from schemas.kinds import Agency, BenefitState, Cause, ItemClass, Kind, Level, Premise, Queue, RecoveryKind, Severity

CODE = "R01"
LEGS_MAX = 24  # paid legs shown as evidence; the newest
RECOVERIES_MAX = 8
MONTHS_MAX = 36  # months listed one by one; the newest
_HEALED_BY = {
    RecoveryKind.RETURNED: "RETURNED",
    RecoveryKind.REFUND: "REFUND",
    RecoveryKind.OFFSET: "OFFSET",
    RecoveryKind.WRITE_OFF: "WRITE_OFF",
}


def evaluate(person: Person, now: Moment) -> Judgement:
    """One finding for each record with an open balance of money paid for months after the death."""
    death = death_of(person, now)
    if death is None:
        return NOTHING
    findings = []
    wakes = []
    for record in benefit_records(person):
        paid = overpayment_of(person, record.record, death, now, record.place)
        if is_overpaid(paid, now, death.known_on, record.place):
            findings.append(_finding(person, record, death, paid, now))
            wakes += settle_wakes(death, now)
    return Judgement(findings, wakes)


def close(person: Person, now: Moment, last_alert: Alert) -> Closing:
    """Retracted when no claim or no payment stands behind it any more, healed when the money came back."""
    death = death_of(person, now)
    if death is None:
        return Closing(Premise.RETRACTED, note="死亡信息已全部撤销。")
    record = bytes.fromhex(str(last_alert.scope[0]))
    paid = overpayment_of(person, record, death, now, last_alert.handling_division)
    if paid.failed and not paid.payments:
        return Closing(Premise.HEALED, healed_by="RETURNED", note="发放款已退回，未到账。")
    if not paid.payments:
        return Closing(Premise.RETRACTED, note="死亡日期或发放记录已更正，死亡次月以后没有发放。")
    if not paid.amount_fen:
        return Closing(Premise.HEALED, healed_by="RETURNED", note="死亡次月以后的发放款已全部退回。")
    last = max(paid.recoveries, key=lambda one: (one.booked_on, one.row), default=None)
    return Closing(
        Premise.HEALED, healed_by=_HEALED_BY[RecoveryKind(last.recovery)] if last else "REFUND", note="多发待遇已收回或核销完毕。"
    )


def _finding(person: Person, record: BenefitRecord, death: Death, paid: Overpayment, now: Moment) -> Finding:
    standing = death_standing(death, now)
    severity = severity_of(paid, now, death.known_on, record.place)
    due = last_month_due(death.month, now, death.day, record.place)
    others = sorted({other.place for other in benefit_records(person)} - {record.place})
    return Finding(
        scope=[record.record.hex()],
        level=Level.ALERT if standing in CERTAIN else Level.SIGNAL,
        severity=severity,
        division=now.policy.successor(record.place),
        what=_what(record, death, paid, due),
        gap=_gap(paid),
        evidence=_evidence(death, paid),
        scheme=record.scheme,
        months=paid.months,
        amount_fen=paid.amount_fen,
        certain_fen=paid.certain_fen,
        refunded_fen=paid.refunded_fen,
        balance_fen=paid.balance_fen,
        first_run_month=due + 1 if record.state == BenefitState.PAYABLE else 0,
        involved=[now.policy.successor(place) for place in others],
        material=[*death_material(death), *paid.months, paid.amount_fen],
        queue=Queue.A if severity is Severity.CRITICAL else None,
        lines=[*death_lines(death, standing), *_lines(record, paid)],
        law=benefit_law(record.scheme, recovery=True),
    )


def _what(record: BenefitRecord, death: Death, paid: Overpayment, due: int) -> str:
    return f"{sources_zh(death)}。{scheme_zh(record.scheme)}待遇应发至{month_zh(due)}；该待遇记录在{months_zh(paid.months)}仍有发放。"


def _gap(paid: Overpayment) -> str:
    text = f"死亡次月以后净发放{len(paid.months)}个月，共{yuan_zh(paid.amount_fen)}，其中各来源一致的{yuan_zh(paid.certain_fen)}"
    if paid.disputed_fen:
        text += f"，来源不一致的{yuan_zh(paid.disputed_fen)}"
    if paid.refunded_fen:
        text += f"；已退回、抵扣或核销{yuan_zh(paid.refunded_fen)}"
    return f"{text}；尚余{yuan_zh(paid.balance_fen)}。"


def _lines(record: BenefitRecord, paid: Overpayment) -> list[str]:
    newest = paid.months[-MONTHS_MAX:]
    lines = ["按月：" + "，".join(f"{month_zh(month)}{yuan_zh(paid.by_month[month])}" for month in newest) + "。"]
    if paid.unallocated:
        lines.append("有退款未注明所属月份，已按先早后晚冲抵。")
    if any(leg.item_class == ItemClass.UNKNOWN for leg in paid.payments):
        lines.append("含项目代码未识别的发放，请先核对是否属于本人待遇。")
    if any(leg.payee_other for leg in paid.payments):
        lines.append("部分发放的收款人不是参保人本人，请核实收款账户由谁持有。")
    if is_over(record):
        lines.append("该待遇记录已终止。")
    elif record.state == BenefitState.SUSPENDED:
        lines.append("该待遇记录已暂停。")
    else:
        lines.append("该待遇记录仍为可发放状态，继续列入发放前核查。")
    return lines


def _evidence(death: Death, paid: Overpayment) -> list[tuple[Fact, str]]:
    legs: list[tuple[Fact, str]] = [(leg, "month") for leg in paid.payments[-LEGS_MAX:]]
    back: list[tuple[Fact, str]] = [(one, "amount_fen") for one in paid.recoveries[-RECOVERIES_MAX:]]
    return [*death_evidence(death), *legs, *back]


RULE = Rule(
    code=CODE,
    alert_type="BENEFIT_AFTER_DEATH",
    title="死亡后仍有待遇发放",
    version=1,
    cause=Cause.DEATH,
    owner=Agency.SSC,
    queue=Queue.B,
    law=(
        "《社会保险法》第十四条（个人账户余额可以继承）、第十七条（丧葬补助金和抚恤金）",
        "《社会保险经办条例》第二十五条、第二十六条（死亡报告与核实后停止发放）、第四十六条（多发待遇的退回）",
        "国发〔2014〕8号 七（死亡次月起停止支付养老金）",
    ),
    verify=(
        "向公安、卫健、民政核对死亡日期与身份，姓名、证件号码逐项一致后再处理。",
        "联系家属或村（社区）确认本人情况，必要时上门核实。",
        "核对发放明细的所属月份、到账账户和退回情况。",
        "核实属实的，按规定办理终止和多发待遇退回，可以分期退还或从丧葬补助金、个人账户余额中抵扣。",
    ),
    legitimate=(
        "死亡当月的待遇应当发放。",
        "丧葬补助金、遗属抚恤金和一次性返还继承人的个人账户余额可以在死亡后发放。",
        "补发死亡当月及以前月份的待遇。",
        "款项已由银行退回，退回记录尚未到达。",
        "死亡信息的证件号码录入有误，实为他人死亡。",
    ),
    reads=DEATH_READS | {Kind.BENEFIT_PAYMENT, Kind.BENEFIT_RECOVERY},
    evaluate=evaluate,
    close=close,
    requires=Flag.DEATH | Flag.BENEFIT | Flag.PAYMENT,
)
