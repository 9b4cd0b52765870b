"""One line of Chinese for each fact of a person: what it says, when, and where it comes from. No name, no number."""

from collections.abc import Callable
from typing import Any

from processors.rules.wording import day_zh, month_zh, origin_zh, scheme_zh, yuan_zh
from schemas.facts import OLD_NUMBER, AnyFact
from schemas.kinds import (
    AliveKind,
    BenefitState,
    CancelReason,
    CardState,
    EnrolState,
    FactStatus,
    Kind,
    PayLeg,
    RecoveryKind,
    Source,
    Stage,
    StatusKind,
)

SOURCE = {
    Source.POLICE: "公安",
    Source.HEALTH: "卫健",
    Source.CIVIL: "民政",
    Source.TAX: "税务",
    Source.CARD: "社保卡",
    Source.BUSINESS: "社保经办",
    Source.MEDICAL: "医保",
    Source.COURT: "法院",
    Source.NATIONAL: "全国比对",
    Source.EDUCATION: "教育",
    Source.JUSTICE: "司法",
}
STATUS = {FactStatus.WITHDRAWN: "（已撤销）", FactStatus.ENDED: "（已结束）", FactStatus.ROW_GONE: "（源行已删除）"}
CARD = {CardState.ACTIVE: "正常", CardState.LOST: "挂失", CardState.CLOSED: "注销"}
ENROL = {
    EnrolState.NONE: "未参保",
    EnrolState.PAYING: "参保缴费",
    EnrolState.PAUSED: "暂停",
    EnrolState.DRAWING: "领取待遇",
    EnrolState.PENSION_SUSPENDED: "待遇暂停",
    EnrolState.ENDED: "终止",
    EnrolState.INVALID: "无效",
}
BENEFIT = {BenefitState.PAYABLE: "可发放", BenefitState.SUSPENDED: "暂停", BenefitState.ENDED: "终止", BenefitState.REJECTED: "不予支付"}
ALIVE = {
    AliveKind.FACE: "人脸认证",
    AliveKind.COUNTER: "窗口办理",
    AliveKind.HOME_VISIT: "上门核实",
    AliveKind.HOSPITAL_CHECKED: "就医（核验身份）",
    AliveKind.HOSPITAL_UNCHECKED: "就医（未核验）",
    AliveKind.DATA_MATCH: "数据比对",
}
RECOVERY = {RecoveryKind.RETURNED: "退票", RecoveryKind.REFUND: "退回", RecoveryKind.OFFSET: "抵扣", RecoveryKind.WRITE_OFF: "核销"}
STAGE = {Stage.BILLED: "已出账", Stage.DECLARED: "已申报", Stage.TREASURY: "已入库", Stage.BOOKED: "已记账"}
LEG = {PayLeg.PENDING: "待发", PayLeg.PAID: "已发", PayLeg.FAILED: "失败", PayLeg.WRITTEN_OFF: "核销"}
CANCEL = {
    CancelReason.DEATH: "死亡",
    CancelReason.MILITARY: "服现役",
    CancelReason.MOVED_OUT: "迁出",
    CancelReason.EMIGRATED: "出国定居",
    CancelReason.DUPLICATE: "重户",
    CancelReason.DECLARED_DEAD: "宣告死亡",
    CancelReason.ARREST: "逮捕",
    CancelReason.UNKNOWN: "其他",
}
STATUS_KIND = {
    StatusKind.STUDENT: "在校",
    StatusKind.MILITARY: "服役",
    StatusKind.CUSTODY: "羁押服刑",
    StatusKind.EMIGRATED: "出国定居",
    StatusKind.HARDSHIP: "困难身份",
    StatusKind.UNEMPLOYED_BENEFIT: "领取失业金",
    StatusKind.UNINSURED_REASON: "未参保原因",
}


def _day(day: int) -> str:
    return day_zh(day) if day else "日期不详"


def _span(start: int, end: int) -> str:
    return f"{_day(start)}起" + (f"，{_day(end)}止" if end else "")


def _months(month: int, count: int) -> str:
    return month_zh(month) if count <= 1 else f"{month_zh(month)}起 {count} 个月"


TEXT: dict[Kind, Callable[[Any], str]] = {
    Kind.DEATH_CLAIM: lambda f: (
        f"死亡信息：{origin_zh(f.origin)}，{day_zh(f.died_on, f.precision)}" + ("，按15位旧号码报送" if f.id_form == OLD_NUMBER else "")
    ),
    Kind.HUKOU: lambda f: (
        f"户口：{f.place}，{_span(f.from_day, f.to_day)}" + (f"，注销原因 {CANCEL.get(f.cancel_reason, '其他')}" if f.cancel_reason else "")
    ),
    Kind.CARD: lambda f: f"社保卡：{CARD.get(f.state, '未知')}，发卡 {_day(f.issued_on)}",
    Kind.ENROLMENT: lambda f: f"参保：{scheme_zh(f.scheme)}，{f.place}，{ENROL.get(f.state, '未知')}，{_span(f.from_day, f.to_day)}",
    Kind.BENEFIT_RECORD: lambda f: f"待遇记录：{scheme_zh(f.scheme)}，{f.place}，{BENEFIT.get(f.state, '未知')}",
    Kind.BENEFIT_PAYMENT: lambda f: f"待遇发放：{month_zh(f.month)}，{yuan_zh(f.amount_fen)}，{LEG.get(f.leg, '未知')}",
    Kind.BENEFIT_RECOVERY: lambda f: (
        f"待遇收回：{RECOVERY.get(f.recovery, '')}{yuan_zh(f.amount_fen)}" + (f"，{month_zh(f.month)}" if f.month else "")
    ),
    Kind.CONTRIBUTION: lambda f: (
        f"缴费：{scheme_zh(f.scheme)}，{_months(f.month, f.months)}，个人 {yuan_zh(f.person_fen)}，单位 {yuan_zh(f.employer_fen)}，{STAGE.get(f.stage, '')}"
    ),
    Kind.CONTRIB_REFUND: lambda f: f"退费：{scheme_zh(f.scheme)}，{_months(f.month, f.months)}，{yuan_zh(f.person_fen + f.employer_fen)}",
    Kind.ALIVE: lambda f: f"在世证据：{ALIVE.get(f.alive, '其他')}，{_day(f.seen_on)}",
    Kind.TRANSFER: lambda f: f"转移接续：{scheme_zh(f.scheme)}，{'转出' if f.direction == 1 else '转入'}，{_day(f.booked_on)}",
    Kind.BALANCE: lambda f: f"个人账户：{scheme_zh(f.scheme)}，{yuan_zh(f.balance_fen)}",
    Kind.PAYROLL: lambda f: f"工资申报：{month_zh(f.month)}，{yuan_zh(f.wage_fen)}",
    Kind.STATUS: lambda f: f"{STATUS_KIND.get(f.status_kind, '身份')}：{_span(f.from_day, f.to_day)}",
    Kind.NATIONAL_MATCH: lambda f: f"全国比对：{scheme_zh(f.scheme)}，{ENROL.get(f.state, '未知')}，查询 {_day(f.queried_on)}",
    Kind.IDENTITY: lambda _: "身份登记",
}


def fact_line(kind: Kind, fact: AnyFact) -> str:
    """The line of one fact, with its source and whether it still holds."""
    return f"{TEXT[kind](fact)}　〔{SOURCE.get(Source(fact.source), '其他')}〕{STATUS.get(FactStatus(fact.status), '')}"
