"""UNDO_CHECK 恢复待遇 / 退还已追款核查: every death claim was withdrawn, and a benefit record still bears what was done because of it.

One finding a benefit record, due in five working days from opening. Found while the record is suspended (12xx) or ended (1401) by a booking
after the claim became known, while months in between are unpaid, or while recovered money was not given back. Heals when all of it is undone.
Where a clerk had confirmed the record's R01 or R01A, it is found as well with nothing booked, until the check itself is closed by a clerk.
"""

from processors.handling.half import FRESH, half_of
from processors.person.person import Person
from processors.person.records import benefit_record, benefit_records
from processors.person.state import Flag
from processors.person.undo import Undo, annulled, undo_of
from processors.rules.death_wording import DEATH_READS
from processors.rules.model import CALENDAR, NOTHING, Closing, Finding, Judgement, Moment, Rule, Wake
from processors.rules.wording import day_zh, months_zh, origin_zh, scheme_zh, yuan_zh
from schemas.alert import Alert
from schemas.dates import first_day, month_of_day
from schemas.facts import BenefitRecord, DeathClaim, Fact
from schemas.kinds import Agency, BenefitState, Cause, Handling, Kind, Level, Premise, Queue, Severity

CODE = "UNDO_CHECK"
NOTHING_BOOKED = Undo(stopped=False, months=[], recovered_fen=0, recoveries=[])
_STATE = {
    BenefitState.SUSPENDED: "暂停",
    BenefitState.ENDED: "终止",
}


def evaluate(person: Person, now: Moment) -> Judgement:
    """One finding for each record that still bears an annulled death; asked again when a further month begins."""
    claims = annulled(person, now)
    if not claims:
        return NOTHING
    findings = []
    wakes = []
    for record in benefit_records(person):
        confirmed = _confirmed(person, record)
        undo = undo_of(person, record, claims, now) or (NOTHING_BOOKED if confirmed else None)
        if undo is None:
            continue
        findings.append(_finding(record, claims, undo, now, confirmed=confirmed))
        if undo.stopped:
            wakes.append(Wake(CALENDAR, first_day(month_of_day(now.as_of) + 1)))
    return Judgement(findings, wakes)


def _confirmed(person: Person, record: BenefitRecord) -> bool:
    """Whether the death was confirmed on this record, and the check that follows is not closed yet."""
    scope: list[int | str] = [record.record.hex()]
    confirmed_on = max(half_of(person, rule, scope).confirmed_on for rule in ("R01", "R01A"))
    check = half_of(person, CODE, scope) if confirmed_on else FRESH
    return confirmed_on > 0 and not (check.handling == Handling.CLOSED and check.changed_on >= confirmed_on)


def close(person: Person, now: Moment, last_alert: Alert) -> Closing:
    """Retracted when a death claim stands again, else healed: resumed, months paid back, money given back."""
    record = benefit_record(person, bytes.fromhex(str(last_alert.scope[0])))
    if record is None or not annulled(person, now):
        return Closing(Premise.RETRACTED, note="又有有效的死亡信息，或待遇记录已撤销。")
    if record.state == BenefitState.ENDED:
        return Closing(Premise.HEALED, healed_by="END_BOOKED", note="待遇记录已因其他原因终止。")
    if half_of(person, CODE, last_alert.scope).handling == Handling.CLOSED:
        return Closing(Premise.HEALED, healed_by="CHECKED", note="核查已办结。")
    return Closing(Premise.HEALED, healed_by="RESUMED", note="待遇已恢复，停发期间待遇和已追回款项已补发退还。")


def _finding(record: BenefitRecord, claims: list[DeathClaim], undo: Undo, now: Moment, *, confirmed: bool) -> Finding:
    recoveries: list[tuple[Fact, str]] = [(one, "amount_fen") for one in undo.recoveries]
    return Finding(
        scope=[record.record.hex()],
        level=Level.ALERT,
        severity=Severity.HIGH,
        division=now.policy.successor(record.place),
        what=_what(record, claims, undo) + ("该死亡此前已由经办认定属实。" if confirmed else ""),
        gap=_gap(undo),
        evidence=[*((claim, "status") for claim in claims), (record, "state"), *recoveries],
        scheme=record.scheme,
        months=undo.months,
        amount_fen=undo.recovered_fen,
        refund_fen=undo.recovered_fen,
        advice="核实本人在世后，恢复待遇、补发停发月份并退还已追回款项。",
        material=[record.state, *undo.months, undo.recovered_fen],
        due_work_days=now.policy.days("due.workdays.UNDO_CHECK", now.as_of, record.place),
    )


def _what(record: BenefitRecord, claims: list[DeathClaim], undo: Undo) -> str:
    sources = "、".join(dict.fromkeys(origin_zh(claim.origin) for claim in claims))
    text = f"死亡信息（{sources}）已全部撤销。"
    if undo.stopped:
        text += f"{scheme_zh(record.scheme)}待遇记录在死亡信息到达后于{day_zh(record.changed_on)}{_STATE[BenefitState(record.state)]}，尚未恢复。"
    return text


def _gap(undo: Undo) -> str:
    if undo is NOTHING_BOOKED:
        return "尚未见停发或追款记录，请核查是否已据此办理。"
    parts = ["待遇状态尚未恢复" if undo.stopped else "待遇已恢复"]
    if undo.months:
        parts.append(f"{months_zh(undo.months)}的待遇未发放，应予补发")
    if undo.recovered_fen:
        parts.append(f"已追回{yuan_zh(undo.recovered_fen)}，应予退还")
    return "；".join(parts) + "。"


RULE = Rule(
    code=CODE,
    alert_type="UNDO_CHECK",
    title="恢复待遇、退还已追款核查",
    version=1,
    cause=Cause.DEATH,
    owner=Agency.SSC,
    queue=Queue.A,
    law=(
        "《社会保险经办条例》第二十六条（经核实后方可停止发放）",
        "《社会保险经办条例》第五十二条（复核）",
        "人社厅函〔2010〕159号（撤销死亡宣告后恢复并补发待遇）",
    ),
    verify=(
        "确认本人在世，死亡信息已由来源部门撤销。",
        "核对暂停、终止和追回是否因该死亡信息办理。",
        "办理恢复，补发停发月份的待遇，退还已追回的款项。",
        "已发的丧葬补助金、抚恤金按规定处理。",
    ),
    legitimate=(
        "暂停另有原因（资格认证逾期、账户信息有误等），与死亡信息无关。",
        "恢复和补发已经办理，记录尚未到达。",
    ),
    reads=DEATH_READS | {Kind.BENEFIT_PAYMENT, Kind.BENEFIT_RECOVERY},
    evaluate=evaluate,
    close=close,
    requires=Flag.DEATH | Flag.BENEFIT,
)
