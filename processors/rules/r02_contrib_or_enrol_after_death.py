"""R02 CONTRIB_OR_ENROL_AFTER_DEATH 死亡后仍有缴费或参保, one finding a scheme.

Contributions booked for a month after the death become an alert at the tick after that month's settle day; back-pay made after the death
and a 390 year that had not begun are LOW and alerts at once; a contributing record opens as alert on the day after the time limit for
ending it. Drawing records belong to R01 and R01A. Evidence of life holds all of it at signal (R24).
"""

from msgspec import Struct

from processors.person.after_death import After, Late, contributing, late_entries, late_part, may_be_late, paid_day
from processors.person.death import HELD, Death, death_of, death_standing, settle_wakes
from processors.person.person import Person
from processors.person.state import Flag
from processors.rules.death_wording import DEATH_READS, death_evidence, death_lines, death_material, sources_zh
from processors.rules.model import CALENDAR, NOTHING, Closing, Finding, Judgement, Moment, Rule, Wake
from processors.rules.wording import day_zh, months_zh, scheme_zh, yuan_zh
from schemas.alert import Alert
from schemas.dates import day_in_month, month_of_day
from schemas.facts import Enrolment, Fact
from schemas.kinds import MEDICAL, Agency, Cause, Kind, Level, Premise, Queue, Scheme, Severity, Stage

CODE = "R02"
SCHEMES = (
    Scheme.PENSION_EMP,
    Scheme.PENSION_CIVIL,
    Scheme.PENSION_RES,
    Scheme.UNEMPLOYMENT,
    Scheme.MED_EMP,
    Scheme.MED_RES,
    Scheme.INJURY,
    Scheme.MATERNITY,
)
EVIDENCE_MAX = 40
_SEVERITY = {
    After.CONTRIBUTION: Severity.MEDIUM,
    After.ENROLMENT: Severity.MEDIUM,
    After.RETRO: Severity.LOW,
    After.YEAR_NOT_BEGUN: Severity.LOW,
}
_LINE = {
    After.RETRO: "死亡后补缴了死亡当月或以前的月份，请核实补缴依据和办理人。",
    After.YEAR_NOT_BEGUN: "居民医保年度在死亡时尚未开始，家属可依申请退费（年度开始后不退）。",
}


class _Part(Struct, frozen=True):
    """One thing that is true of the scheme, with its own level."""

    after: After
    alert: bool
    place: int
    late: tuple[Late, ...] = ()
    record: Enrolment | None = None


def evaluate(person: Person, now: Moment) -> Judgement:
    """One finding for each scheme with contributions or a contributing record after the death."""
    death = death_of(person, now)
    if death is None:
        return NOTHING
    findings = []
    wakes: list[Wake] = []
    for scheme in SCHEMES:
        parts = [*_contributions(person, scheme, death, now, wakes), *_enrolments(person, scheme, death, now, wakes)]
        if parts:
            findings.append(_finding(person, scheme, death, parts, now))
    return Judgement(findings, [*wakes, *settle_wakes(death, now)] if findings else wakes)


def close(person: Person, now: Moment, last_alert: Alert) -> Closing:
    """Retracted when no claim, month or record stands behind it; healed when the money went back or the end was booked."""
    death = death_of(person, now)
    if death is None:
        return Closing(Premise.RETRACTED, note="死亡信息已全部撤销。")
    scheme = int(last_alert.scope[0])
    if last_alert.subtype == After.ENROLMENT and not contributing(person, scheme):
        return Closing(Premise.HEALED, healed_by="END_BOOKED", note="参保关系已终止或停止缴费。")
    late = [late for entry in person.entries(scheme) if (late := late_part(entry, death))]
    if any(not one.entry.counts or one.is_returned for one in late):
        return Closing(Premise.HEALED, healed_by="REFUND", note="死亡后的缴费已退回或冲销。")
    return Closing(Premise.RETRACTED, note="死亡日期、缴费或参保记录已更正。")


def _contributions(person: Person, scheme: int, death: Death, now: Moment, wakes: list[Wake]) -> list[_Part]:
    """Booked entries after the death, by kind; adds the wake for the settle day that is still to come."""
    if not any(line.scheme == scheme for line in person.head.schemes):
        return []
    if not may_be_late(person, scheme, death):
        return []
    by_kind: dict[After, list[Late]] = {}
    for late in late_entries(person.entries(scheme), death):
        by_kind.setdefault(late.after, []).append(late)
    parts = []
    for after, lates in sorted(by_kind.items()):
        place = lates[0].entry.place
        settled = after is not After.CONTRIBUTION or _settled(scheme, place, _settle_day(lates, now, place), now, wakes)
        parts.append(_Part(after, settled, place, late=tuple(lates)))
    return parts


def _enrolments(person: Person, scheme: int, death: Death, now: Moment, wakes: list[Wake]) -> list[_Part]:
    """The contributing record that was not ended in time; adds the wake for a limit that is still to come."""
    for record in contributing(person, scheme):
        limit = _limit(death, record.place, now)
        if _settled(scheme, record.place, limit, now, wakes):
            return [_Part(After.ENROLMENT, alert=True, place=record.place, record=record)]
    return []


def _limit(death: Death, place: int, now: Moment) -> int:
    """The last day for ending the enrolment: the later of the calendar-day and the working-day limit."""
    days = now.policy.days("death.end_enrol_days", death.known_on, place)
    workdays = now.policy.days("death.end_enrol_workdays", death.known_on, place)
    return max(death.known_on + days, now.policy.add_workdays(death.known_on, workdays))


def _settle_day(lates: list[Late], now: Moment, place: int) -> int:
    """The settle day of the first month concerned; of the month of payment where that came earlier."""
    month = min(min(late.months[0], month_of_day(paid_day(late.entry))) for late in lates)
    return day_in_month(month + 1, now.policy.days("contrib.settle_day", day_in_month(month, 1), place))


def _settled(scheme: int, place: int, last_day: int, now: Moment, wakes: list[Wake]) -> bool:
    """Whether the day is over by tick and by the horizon of the feed that books the scheme; adds the wake where it is not."""
    feed = "medical" if scheme in MEDICAL else "business"
    if now.as_of <= last_day:
        wakes.append(Wake(CALENDAR, last_day + 1))
    elif now.horizon(feed, place) < last_day:
        wakes.append(Wake.horizon(now, feed, place, last_day))
    else:
        return True
    return False


def _finding(person: Person, scheme: int, death: Death, parts: list[_Part], now: Moment) -> Finding:
    standing = death_standing(death, now)
    ready = [part for part in parts if part.alert] if standing not in HELD else []
    main = min(ready or parts, key=lambda part: (_SEVERITY[part.after] != Severity.MEDIUM, list(After).index(part.after)))
    lates = [late for part in parts for late in part.late]
    amount_fen = sum(late.amount_fen for late in lates)
    certain_fen = sum(late.certain_fen for late in lates)
    months = sorted({month for late in lates for month in late.months})
    return Finding(
        scope=[scheme],
        subtype=main.after,
        level=Level.ALERT if ready else Level.SIGNAL,
        severity=_SEVERITY[main.after],
        division=now.policy.successor(main.place),
        what=_what(death, scheme, parts),
        gap=_gap(death, parts, amount_fen, now),
        evidence=_evidence(death, parts),
        scheme=scheme,
        months=months,
        amount_fen=amount_fen,
        certain_fen=certain_fen,
        refund_fen=amount_fen,
        involved=[now.policy.successor(place) for place in sorted({part.place for part in parts} - {main.place})],
        material=[*death_material(death), *months, amount_fen],
        owner=Agency.MED if scheme in MEDICAL else None,
        lines=[*death_lines(death, standing), *_lines(person, scheme, death, parts)],
    )


def _what(death: Death, scheme: int, parts: list[_Part]) -> str:
    text = f"{sources_zh(death)}。"
    for part in parts:
        months = months_zh(month for late in part.late for month in late.months)
        if part.record is not None:
            text += f"{scheme_zh(scheme)}参保记录仍为正常缴费状态。"
        elif part.after is After.CONTRIBUTION:
            text += f"{scheme_zh(scheme)}{months}仍有缴费记账。"
        elif part.after is After.RETRO:
            text += f"{scheme_zh(scheme)}在死亡后补缴{months}。"
        else:
            text += f"{scheme_zh(scheme)}已预缴{months}。"
    return text


def _gap(death: Death, parts: list[_Part], amount_fen: int, now: Moment) -> str:
    text = f"涉及缴费{yuan_zh(amount_fen)}。" if amount_fen else ""
    for part in parts:
        if part.record is not None:
            limit = _limit(death, part.record.place, now)
            text += f"首个死亡信息于{day_zh(death.known_on)}到达，至{day_zh(limit)}办理期满仍未终止参保。"
    return text


def _lines(person: Person, scheme: int, death: Death, parts: list[_Part]) -> list[str]:
    lines = [_LINE[part.after] for part in parts if part.after in _LINE]
    if not any(line.scheme == scheme for line in person.head.schemes):
        return lines
    late = [entry for entry in person.entries(scheme) if entry.counts and entry.month > death.month]
    waiting = months_zh(entry.month for entry in late if entry.stage == Stage.TREASURY)
    public = months_zh(entry.month for entry in late if entry.booked and not entry.net_fen)
    if waiting:
        lines.append(f"{waiting}的缴费税务已入库、尚未记账。")
    if public:
        lines.append(f"{public}有财政代缴记账，可能是批量文件滞后。")
    return lines


def _evidence(death: Death, parts: list[_Part]) -> list[tuple[Fact, str]]:
    found = death_evidence(death)
    for part in parts:
        if part.record is not None:
            found.append((part.record, "state"))
    rows: list[tuple[Fact, str]] = [(row, "month") for part in parts for late in part.late for row in late.entry.facts]
    return [*found, *rows[-EVIDENCE_MAX:]]


RULE = Rule(
    code=CODE,
    alert_type="CONTRIB_AFTER_DEATH",
    title="死亡后仍有缴费或参保",
    version=1,
    cause=Cause.DEATH,
    owner=Agency.SSC,
    queue=Queue.C,
    law=(
        "《社会保险经办条例》第二十五条（用人单位、领取人或亲属二十个工作日内报告死亡）、第二十六条",
        "《社会保险法》第十四条（个人账户余额可以继承）",
        "医保办函〔2021〕11号 第十六条（居民医保年度开始前可依申请退费）",
    ),
    verify=(
        "向公安、卫健、民政核对死亡日期与身份，姓名、证件号码逐项一致后再处理。",
        "向用人单位或代办人核实缴费的所属月份和缴费原因。",
        "核实属实的，办理终止参保和退费，退费归还原缴费人。",
    ),
    legitimate=(
        "用人单位补缴死亡当月及以前月份的欠费。",
        "死亡前已经按年缴纳的保费。",
        "财政代缴的批量文件滞后。",
        "终止参保已经办理，数据尚未到达。",
        "死亡信息的证件号码录入有误，实为他人死亡。",
    ),
    reads=DEATH_READS | {Kind.CONTRIBUTION, Kind.CONTRIB_REFUND},
    evaluate=evaluate,
    close=close,
    requires=Flag.DEATH,
)
