"""R08 DUP_ENROL_PENSION 职保居保同月: the employee pension (110, 120) and the resident pension (170) for the same months.

One finding a year, by subtype: PAYING_BOTH, both were paid and the person's part of 170 is to come back; DRAW_AND_PAY, 170 is drawn while
110 or 120 is paid (R06 once that pays a pension too); STATE_BOTH, a 170 record stands as paying, unpaid.
"""

from collections.abc import Iterable
from enum import StrEnum

from processors.person.conflict import frozen_pair
from processors.person.entries import Entry
from processors.person.families import PENSION
from processors.person.person import Person
from processors.person.resident_overlap import (
    Employee,
    Part,
    beside,
    drawing_months,
    employee_months,
    employees,
    has_moved,
    overlap_of,
    paying_both,
    refund_covers,
    refunded_fen,
    residents,
    rounded_refund_fen,
)
from processors.person.sections import ledger_section
from processors.person.state import Flag
from processors.rules.model import NOTHING, Closing, Finding, Judgement, Moment, Rule
from processors.rules.pension_overlap_wording import difference_zh, employee_zh, paid_lines, payment_zh, refund_zh
from processors.rules.settled import unsettled
from processors.rules.wording import yuan_zh
from schemas.alert import Alert, alert_id
from schemas.dates import bits_of, first_day, last_day, month, month_of_day
from schemas.facts import BenefitRecord, Contribution, Enrolment, Fact
from schemas.kinds import PENSION_EMPLOYEE, Agency, Cause, EnrolState, FactStatus, Kind, Level, Premise, Queue, Scheme, Severity, Stage

CODE = "R08"
_TWELVE = 12


class Subtype(StrEnum):
    """Which way the two schemes meet."""

    PAYING_BOTH = "PAYING_BOTH"
    DRAW_AND_PAY = "DRAW_AND_PAY"
    STATE_BOTH = "STATE_BOTH"


def evaluate(person: Person, now: Moment, only: frozenset[int] | None = None) -> Judgement:
    """At most one finding a year; paying both comes before drawing, drawing before the mere state. `only` = as if no other month were shared."""
    if not _may_meet(person):
        return NOTHING
    employee = employee_months(person)
    if not employee:
        return NOTHING
    standing = _standing(person, employee)
    if only is not None:
        employee = {number: entries for number, entries in employee.items() if number in only}
        standing = {number: entry for number, entry in standing.items() if number in only}
    from_age = now.policy.days("res.pension.from_age_years", now.as_of)
    years = {year: _paid(person, now, parts) for year, parts in paying_both(person, employee, from_age).items()}
    for year, months in _by_year(drawing_months(person, employee)).items():
        years[year] = years.get(year) or _drawn(person, now, months)
    if standing:
        years.setdefault(min(standing) // _TWELVE, _stated(person, now, standing))
    found = [judgement for _, judgement in sorted(years.items()) if judgement is not None]
    findings, wakes = [one for each in found for one in each.findings], [wake for each in found for wake in each.wakes]
    return Judgement(findings, wakes) if found else NOTHING


def part(person: Person, now: Moment, finding: Finding, months: frozenset[int]) -> Judgement:
    """The year's finding for some of its months: R06 speaks for the others."""
    answer = evaluate(person, now, months)
    return Judgement([one for one in answer.findings if one.scope == finding.scope], answer.wakes)


def close(person: Person, now: Moment, last_alert: Alert) -> Closing:
    """Superseded by R19 while identities disagree; healed by refund, by the end of the 170 record or of the 110 payment; else retracted."""
    months = [month(number) for number in last_alert.months]
    pair = _frozen_records(person, months)
    if pair:
        return Closing(
            Premise.SUPERSEDED,
            superseded_by=alert_id("R19", person.head.subject, [record.hex() for record in pair]),
            note="两条参保记录的身份信息不一致，先按身份信息冲突核实。",
        )
    if last_alert.subtype != Subtype.PAYING_BOTH:
        return _close_state(person, months)
    resident = _entries_in(person, (Scheme.PENSION_RES,), months)
    if any(entry.gross_fen > entry.net_fen for entry in resident):
        return Closing(Premise.HEALED, healed_by="REFUND", note=_refund_note(resident, last_alert.refund_fen))
    if resident and all(has_moved(person, entry) for entry in resident):
        return Closing(Premise.HEALED, healed_by="END_BOOKED", note="居民养老保险记录已因参加职工养老保险终止（6407）。")
    _ = now
    return _close_payments(person, months, (Scheme.PENSION_RES, *PENSION_EMPLOYEE))


def _may_meet(person: Person) -> bool:
    """From the head alone: shared months, or a resident record that pays or draws beside employee months."""
    employee = bits_of(person.line(Scheme.PENSION_EMP).cover) | bits_of(person.line(Scheme.PENSION_CIVIL).cover)
    if not employee:
        return False
    if employee & bits_of(person.line(Scheme.PENSION_RES).cover) or person.has(Flag.BENEFIT):
        return True
    standing = (EnrolState.PAYING, EnrolState.DRAWING)
    return any(line.scheme == Scheme.PENSION_RES and line.state in standing for line in person.head.places)


def _judged(person: Person, now: Moment, finding: Finding, employee: dict[int, Entry]) -> Judgement:
    """SIGNAL until the first month of the finding is settled."""
    first = finding.months[0]
    wait = unsettled(person, now, first, employee[first].booking)
    finding.level = Level.SIGNAL if wait else Level.ALERT
    return Judgement([finding], wait)


def _by_year(months: dict[int, Entry]) -> dict[int, dict[int, Entry]]:
    years: dict[int, dict[int, Entry]] = {}
    for number, entry in months.items():
        years.setdefault(number // _TWELVE, {})[number] = entry
    return years


# PAYING_BOTH


def _paid(person: Person, now: Moment, parts: list[Part]) -> Judgement | None:
    """Both schemes were paid; None where the refund is complete or the 170 record moved over."""
    parts = [part for part in parts if not has_moved(person, part.entry)]
    if not parts or refund_covers(parts, now.policy.days("refund.tolerance_fen", first_day(parts[0].months[0]))):
        return None
    months, employee = overlap_of(parts), {number: entry for part in parts for number, entry in part.employee.items()}
    refund_fen, back_fen = rounded_refund_fen(parts), refunded_fen(parts)
    balance_fen = max(refund_fen - back_fen, 0)
    late = all(part.paid_on > last_day(part.months[-1]) for part in parts)
    finding = _finding(now, Subtype.PAYING_BOTH, employee, months, parts[0].entry.place)
    finding.severity = Severity.LOW if late else Severity.MEDIUM
    finding.what = f"{'；'.join(map(payment_zh, parts))}；{employee_zh(employee, months)}。"
    finding.gap = f"重叠{len(months)}个月只计职工养老保险，居民养老保险的个人和集体缴费应退{refund_zh(parts, refund_fen)}。"
    finding.amount_fen = finding.refund_fen = refund_fen
    finding.refunded_fen, finding.balance_fen = back_fen, balance_fen
    finding.clear = str(Scheme.PENSION_RES.value)
    finding.material = [finding.subtype, *months, refund_fen]
    finding.lines = paid_lines(parts, refund_fen, back_fen, late=late)
    mine: list[tuple[Fact, str]] = [(fact, "month") for part in parts for fact in part.entry.facts]
    mine += [(refund, "person_fen") for part in parts for refund in part.entry.refunds]
    finding.evidence = mine + finding.evidence
    return _judged(person, now, finding, employee)


# DRAW_AND_PAY and STATE_BOTH


def _drawn(person: Person, now: Moment, employee: dict[int, Entry]) -> Judgement:
    months = list(employee)
    rows = [row for row in _drawing_rows(person) if beside(person, _as_paid(employee), row.record)]
    facts: list[Fact] = [*rows] or [*residents(person)]
    place = rows[0].place if rows else residents(person)[0].place
    finding = _finding(now, Subtype.DRAW_AND_PAY, employee, months, place)
    finding.what = f"正在领取居民养老待遇；{employee_zh(employee, months)}。"
    finding.gap = "领取居民养老待遇的同时仍在缴纳职工养老保险。职工养老待遇开始发放后，居民养老待遇应当终止。"
    finding.evidence = [*((fact, "state") for fact in facts), *finding.evidence]
    finding.advice = "提示本人：职工养老待遇核定前先办理制度衔接，避免重复领取。"
    return _judged(person, now, finding, employee)


def _drawing_rows(person: Person) -> list[BenefitRecord]:
    return [row for row in person.benefit_records if row.scheme == Scheme.PENSION_RES and row.own]


def _standing(person: Person, employee: Employee) -> dict[int, Entry]:
    """Employee months of the latest year in which a 170 record stands as paying and nothing was paid on it; empty = no such."""
    standing = [row for row in residents(person) if row.state == EnrolState.PAYING]
    if not standing or not _employee_pays(person):
        return {}
    year = max(employee) // _TWELVE
    if _entries_in(person, (Scheme.PENSION_RES,), range(year * _TWELVE, (year + 1) * _TWELVE)):
        return {}
    latest = {number: entries for number, entries in employee.items() if number // _TWELVE == year}
    found: dict[int, Entry] = {}
    for row in standing:
        since = month_of_day(row.from_day or row.changed_on)
        found |= {number: entry for number, entry in beside(person, latest, row.record).items() if number >= since}
    return dict(sorted(found.items()))


def _employee_pays(person: Person) -> bool:
    rows = employees(person)
    return not rows or any(row.state == EnrolState.PAYING for row in rows)


def _stated(person: Person, now: Moment, employee: dict[int, Entry]) -> Judgement:
    months = list(employee)
    rows = [row for row in residents(person) if row.state == EnrolState.PAYING and beside(person, _as_paid(employee), row.record)]
    finding = _finding(now, Subtype.STATE_BOTH, employee, months, rows[0].place)
    finding.what = f"居民养老保险记录为正常参保，当年未缴费；{employee_zh(employee, months)}。"
    finding.gap = "两个制度的参保状态同时为正常，职工养老保险缴费期间居民养老保险应暂停或终止。"
    finding.evidence = [*((row, "state") for row in rows), *finding.evidence]
    finding.clear = str(Scheme.PENSION_RES.value)
    finding.continues = [months[0] // _TWELVE - 1]
    return _judged(person, now, finding, employee)


def _as_paid(employee: dict[int, Entry]) -> Employee:
    return {number: [entry] for number, entry in employee.items()}


def _finding(now: Moment, subtype: Subtype, employee: dict[int, Entry], months: list[int], place: int) -> Finding:
    """What every subtype has: scope is the year, handled where the 170 record lies."""
    entries = _distinct(employee[number] for number in months)
    return Finding(
        scope=[months[0] // _TWELVE],
        level=Level.SIGNAL,
        severity=Severity.LOW,
        division=now.policy.successor(place),
        what="",
        gap="",
        evidence=[(fact, "month") for entry in entries for fact in entry.facts],
        subtype=subtype.value,
        scheme=Scheme.PENSION_RES,
        months=months,
        keep="/".join(str(scheme) for scheme in sorted({entry.scheme for entry in entries})),
        involved=[now.policy.successor(entry.place) for entry in entries],
        material=[subtype.value, *months],
    )


def _distinct(entries: Iterable[Entry]) -> list[Entry]:
    return list({id(entry): entry for entry in entries}.values())


# closing


def _frozen_records(person: Person, months: Iterable[int]) -> tuple[bytes, bytes] | None:
    """The first resident and employee record of these months, where the identities of all such pairs disagree."""
    paid = {entry.record for entry in _entries_in(person, PENSION_EMPLOYEE, months)}
    held = {row.record for row in residents(person)} | {row.record for row in _drawing_rows(person)}
    pairs = sorted((min(one, two), max(one, two)) for one in held for two in paid)
    return pairs[0] if pairs and all(frozen_pair(person, one, two) for one, two in pairs) else None


def _refund_note(resident: Iterable[Entry], due_fen: int) -> str:
    back_fen = sum(entry.gross_fen - entry.net_fen for entry in resident)
    return f"重叠月份的居民养老保险缴费已退{yuan_zh(back_fen)}{difference_zh(back_fen, due_fen)}。"


def _close_state(person: Person, months: list[int]) -> Closing:
    rows: list[Enrolment] = residents(person)
    if not rows and not any(record.scheme == Scheme.PENSION_RES for record in person.benefit_records):
        return Closing(Premise.RETRACTED, note="居民养老保险记录已作废。")
    closing = _close_payments(person, months, PENSION_EMPLOYEE)
    ended = Closing(Premise.HEALED, healed_by="END_BOOKED", note="其中一个制度的参保或领取状态已暂停或终止。")
    return ended if closing.healed_by == "CORRECTED" else closing


def _close_payments(person: Person, months: list[int], schemes: Iterable[int]) -> Closing:
    """What became of payments of these months: refunded, moved to another month, annulled, or corrected."""
    schemes = tuple(schemes)
    if any(entry.gross_fen > entry.net_fen for entry in _entries_in(person, schemes, months)):
        return Closing(Premise.HEALED, healed_by="REFUND", note="重叠月份的职工养老保险缴费已退费或冲销。")
    facts = [fact for scheme in schemes for fact in person.timed(ledger_section(scheme)) if isinstance(fact, Contribution)]
    gone = {fact.row for fact in facts if fact.status == FactStatus.WITHDRAWN and fact.month in months}
    if gone & {fact.row for fact in facts if fact.status != FactStatus.WITHDRAWN}:
        return Closing(Premise.HEALED, healed_by="REALLOCATED", note="其中一笔缴费已调整到其他月份。")
    if gone:
        return Closing(Premise.RETRACTED, note="其中一笔缴费记录已作废。")
    return Closing(Premise.HEALED, healed_by="CORRECTED", note="缴费记录已更正，两个制度不再重叠。")


def _entries_in(person: Person, schemes: Iterable[int], months: Iterable[int]) -> list[Entry]:
    wanted = list(months)
    found = [entry for scheme in schemes for entry in person.entries(scheme)]
    return [entry for entry in found if entry.stage >= Stage.TREASURY and any(entry.in_month(number) for number in wanted)]


RULE = Rule(
    code=CODE,
    alert_type="DUP_ENROL_PENSION",
    title="职保居保同月",
    version=1,
    cause=Cause.DUP_PENSION,
    owner=Agency.SSC,
    queue=Queue.C,
    law=(
        "《城乡养老保险制度衔接暂行办法》（人社部发〔2014〕17号）第七条（同期缴费只计职工养老保险，退还居民养老保险个人和集体缴费）",
        "《社会保险法》第二十条、第二十二条（城乡居民养老保险）",
    ),
    verify=(
        "核对职工养老保险缴费月份、单位和是否实际入账。",
        "核对居民养老保险缴费的所属年度、缴费项目（个人、集体、政府）和到账日期。",
        "属重叠的，按重叠月份办理居民养老保险退费（F10004），并为本人办理制度衔接。",
    ),
    legitimate=(
        "居民养老保险按年缴费，年中就业后只有后几个月重叠。",
        "补缴以前年度的居民养老保险，与当前职工养老保险不重叠。",
        "居民养老保险缴费在离职之后，重叠月份已经结束。",
        "职工养老保险费入库后已冲销或退回。",
        "政府代缴的居民养老保险，个人没有出资。",
    ),
    reads=frozenset(
        {
            Kind.ENROLMENT,
            Kind.CONTRIBUTION,
            Kind.CONTRIB_REFUND,
            Kind.BENEFIT_RECORD,
            Kind.BENEFIT_PAYMENT,
            Kind.BENEFIT_RECOVERY,
            Kind.IDENTITY,
        }
    ),
    evaluate=evaluate,
    close=close,
    by_family={PENSION.number: evaluate},
    requires=Flag.CONTRIBUTION | Flag.PENSION_EMP | Flag.PENSION_RES,
    beaten_by=("R06",),
    part=part,
)
