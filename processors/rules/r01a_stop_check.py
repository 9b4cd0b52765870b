"""R01A STOP_CHECK 发放前停发核查: a death, a benefit record that is not ended, and no money yet for a month after the death.

One finding a benefit record, whatever the number of claims. The pre-payment list takes `first_run_month`, the month after the death: the
month of death is due. A suspended record stays found but off the list (`first_run_month` 0). R01 of the same record supersedes it.
"""

from processors.person.death import CERTAIN, Death, death_of, death_standing, settle_wakes
from processors.person.overpayment import is_overpaid, last_month_due, overpayment_of
from processors.person.person import Person
from processors.person.records import benefit_record, benefit_records, is_over
from processors.person.state import Flag
from processors.rules.death_wording import DEATH_READS, benefit_law, death_evidence, death_lines, death_material, sources_zh
from processors.rules.model import NOTHING, Closing, Finding, Judgement, Moment, Rule
from processors.rules.wording import month_zh, scheme_zh
from schemas.alert import Alert, alert_id
from schemas.facts import BenefitRecord
from schemas.kinds import Agency, BenefitState, Cause, Kind, Level, Premise, Queue, Severity

CODE = "R01A"


def evaluate(person: Person, now: Moment) -> Judgement:
    """One finding for each record that is not ended and has no open balance after the death."""
    death = death_of(person, now)
    if death is None:
        return NOTHING
    findings = []
    wakes = []
    for record in benefit_records(person):
        paid = overpayment_of(person, record.record, death, now, record.place)
        if is_over(record) or is_overpaid(paid, now, death.known_on, record.place):
            continue
        findings.append(_finding(person, record, death, now))
        wakes += settle_wakes(death, now)
    return Judgement(findings, wakes)


def close(person: Person, now: Moment, last_alert: Alert) -> Closing:
    """Retracted when no claim is in force, superseded by the R01 of the record, healed when its end is booked."""
    death = death_of(person, now)
    record = benefit_record(person, bytes.fromhex(str(last_alert.scope[0])))
    if death is None:
        return Closing(Premise.RETRACTED, note="死亡信息已全部撤销。")
    if record is None:
        return Closing(Premise.RETRACTED, note="待遇记录已撤销。")
    if is_overpaid(overpayment_of(person, record.record, death, now, record.place), now, death.known_on, record.place):
        return Closing(Premise.SUPERSEDED, superseded_by=alert_id("R01", person.head.subject, last_alert.scope))
    return Closing(Premise.HEALED, healed_by="END_BOOKED", note="该待遇记录已终止。")


def _finding(person: Person, record: BenefitRecord, death: Death, now: Moment) -> Finding:
    standing = death_standing(death, now)
    due = last_month_due(death.month, now, death.day, record.place)
    payable = record.state != BenefitState.SUSPENDED
    state = f"仍为可发放状态，{month_zh(due + 1)}起的发放请先核实" if payable else "已暂停，尚未终止"
    others = sorted({other.place for other in benefit_records(person)} - {record.place})
    return Finding(
        scope=[record.record.hex()],
        level=Level.ALERT if standing in CERTAIN else Level.SIGNAL,
        severity=Severity.HIGH if payable else Severity.MEDIUM,
        division=now.policy.successor(record.place),
        what=f"{sources_zh(death)}。{scheme_zh(record.scheme)}待遇记录{state}。",
        gap=f"待遇应发至{month_zh(due)}；该记录没有终止，死亡次月以后尚无发放。",
        evidence=[*death_evidence(death), (record, "state")],
        scheme=record.scheme,
        first_run_month=due + 1 if payable else 0,
        involved=[now.policy.successor(place) for place in others],
        material=[*death_material(death), record.state],
        lines=death_lines(death, standing),
        law=benefit_law(record.scheme, recovery=False),
    )


RULE = Rule(
    code=CODE,
    alert_type="STOP_CHECK",
    title="发放前停发核查",
    version=1,
    cause=Cause.DEATH,
    owner=Agency.SSC,
    queue=Queue.A,
    law=(
        "《社会保险经办条例》第二十五条、第二十六条（死亡报告与核实后停止发放）",
        "国发〔2014〕8号 七（死亡次月起停止支付养老金）",
    ),
    verify=(
        "在下一次发放前，向公安、卫健、民政核对死亡日期与身份，姓名、证件号码逐项一致后再处理。",
        "联系家属或村（社区）确认本人情况，必要时上门核实。",
        "核实属实的，由经办机构办理终止并告知家属丧葬补助金、个人账户余额的申领办法。",
        "本人在世的，保留待遇并将错误信息反馈来源部门。",
    ),
    legitimate=(
        "死亡当月的待遇应当发放。",
        "死亡信息的证件号码录入有误，实为他人死亡。",
        "待遇已经暂停或终止，记录尚未到达。",
    ),
    reads=DEATH_READS | {Kind.BENEFIT_PAYMENT, Kind.BENEFIT_RECOVERY},
    evaluate=evaluate,
    close=close,
    requires=Flag.DEATH | Flag.BENEFIT,
)
