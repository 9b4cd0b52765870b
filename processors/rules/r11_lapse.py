"""R11 LAPSE 缴费中断: a month of the pension or the medical family is not covered after a covered one, and nothing excuses it.

One finding a gap, scope (family, first missing month). L1 one month, L2 two or three, L3 four and more; year payers are judged by the
year. It is advice for the person, not a breach: 社会保险法 第10条、第23条 let flexible workers pay as they choose.
"""

from functools import partial
from itertools import takewhile

from processors.person.cover import draws_pension, has_injury_allowance
from processors.person.death import death_alert_level, death_of, settle_wakes
from processors.person.excuses import UNPAID_LEAVE, stop_reasons
from processors.person.exemptions import spell_on, spells_of
from processors.person.families import FAMILIES, MEDICAL, PENSION, Family, wakes_for
from processors.person.gaps import (
    Cover,
    Gap,
    aged_on,
    cover_of,
    covered_until,
    gaps_of,
    next_settle_day,
    next_settle_wake,
    open_by_calendar,
)
from processors.person.payers import Basis, pays_after
from processors.person.person import Person
from processors.person.places import home_of, place_of_family
from processors.person.state import Flag
from processors.rules.lapse_wording import advice_zh, edge_zh, further_lines, gap_zh, retro_note_zh, what_zh
from processors.rules.model import CALENDAR, NOTHING, Closing, Finding, Judgement, Moment, Rule, Wake
from schemas.alert import Alert, alert_id
from schemas.dates import MONTH_ZERO, day, first_day, last_day, month, yyyymm
from schemas.facts import BenefitRecord, Enrolment
from schemas.kinds import YEAR_SCHEMES, Agency, Cause, Kind, Level, PayerKind, Premise, Queue, Scheme, Severity

CODE = "R11"
_STEPS = (1, 2, 3, 4, 6, 12)
_YEAR = 12
_INTERRUPTION = 63
_COVERS: dict[type, str] = {Enrolment: "entitle_from", BenefitRecord: "start_month"}
"""Which field says that a month is covered, where it is no payment of that month."""
_EVER_COVERED = Flag.CONTRIBUTION | Flag.ENROLMENT
LAW = {
    PENSION.name: (
        "《社会保险法》第十条、第二十条（职工与城乡居民基本养老保险）",
        "《社会保险法》第五十八条、第六十条（用人单位登记与代扣代缴）",
    ),
    MEDICAL.name: (
        "《社会保险法》第二十三条至第二十五条（职工与城乡居民基本医疗保险）",
        "国办发〔2024〕38号（居民医保连续参保激励与待遇等待期）",
        "《基本医疗保险关系转移接续暂行办法》（中断缴费不超过3个月的补缴与待遇）",
    ),
}


def evaluate(person: Person, now: Moment) -> Judgement:
    """The gaps of both families that nothing excuses."""
    one, two = (evaluate_family(person, now, family) for family in (PENSION, MEDICAL))
    return Judgement([*one.findings, *two.findings], list(dict.fromkeys([*one.wakes, *two.wakes])))


def evaluate_family(person: Person, now: Moment, family: Family) -> Judgement:
    """The gaps of one family that nothing excuses."""
    if not person.head.flags & family.flags or not person.head.flags & _EVER_COVERED:
        return NOTHING
    place = place_of_family(person, family)
    settled = open_by_calendar(person, family, now, place)
    if settled is not None:
        return Judgement([], [settled])
    judgement = Judgement()
    if silence_of(person, family, now):
        judgement.wakes = list(dict.fromkeys(_wakes_of_silence(person, now)))
    else:
        _look_closer(person, family, now, place, judgement)
    return judgement


def _look_closer(person: Person, family: Family, now: Moment, place: int, judgement: Judgement) -> None:
    """Add the findings and wakes of a family whose months the calendar alone does not settle."""
    spells = spells_of(person, now)
    cover = cover_of(person, family, spells, now)
    for gap in gaps_of(person, family, cover, now):
        if gap.excuse:
            continue
        judgement.wakes += _wakes(gap, family, now)
        if gap.months:
            judgement.findings.append(_finding(person, family, gap, cover.covered, now))
    covered_to = covered_until(cover, now)
    if covered_to:
        judgement.wakes.append(next_settle_wake(person, family, covered_to, now, place))
    judgement.wakes += _wakes_of_silence(person, now)
    judgement.wakes = list(dict.fromkeys(judgement.wakes))


def silence_of(person: Person, family: Family, now: Moment) -> str:
    """Why the family is not judged for this person at all now, as the word of a closing; empty where it is."""
    if death_alert_level(person, now) is not None:
        return "DEAD"
    spell = spell_on(spells_of(person, now), now.as_of)
    if spell is not None:
        return f"EXEMPT_{spell.code}"
    if family is PENSION and draws_pension(person):
        return "EXEMPT_RETIRED"
    if family is PENSION and has_injury_allowance(person) and now.policy.text("lapse.injury_allowance", now.as_of) == "EXEMPT":
        return "EXEMPT_INJURY"
    return ""


def close(person: Person, now: Moment, last_alert: Alert) -> Closing:
    """Superseded where the first missing month moved; healed by cover, enrolment, an exemption or death; retracted where no cover precedes."""
    family = FAMILIES[str(last_alert.scope[0])]
    first = month(int(last_alert.scope[1]))
    silence = silence_of(person, family, now)
    if silence:
        return Closing(Premise.HEALED, healed_by=silence)
    cover = cover_of(person, family, spells_of(person, now), now)
    gaps = gaps_of(person, family, cover, now)
    span = {first, *(month(one) for one in last_alert.months)}
    moved = next((gap for gap in gaps if gap.months and not gap.excuse and gap.first != first and span & set(gap.months)), None)
    if moved is not None:
        return Closing(Premise.SUPERSEDED, superseded_by=alert_id(CODE, person.head.subject, _scope(family, moved.first)))
    if not cover.covered & ((1 << (first - MONTH_ZERO)) - 1):
        return Closing(Premise.RETRACTED, note="中断之前的缴费记录已撤销。")
    return _healed(person, family, first, len(span), cover, gaps, now)


def _healed(person: Person, family: Family, first: int, months: int, cover: Cover, gaps: list[Gap], now: Moment) -> Closing:
    """What ended a gap: its month was paid, something excuses it, or cover has been back for long."""
    if cover.covered >> (first - MONTH_ZERO) & 1:
        return Closing(Premise.HEALED, healed_by="RETRO", note=retro_note_zh(family, months, now))
    excused = next((gap for gap in gaps if gap.excuse and gap.first <= first and (not gap.until or first < gap.until)), None)
    if excused is not None:
        return Closing(Premise.HEALED, healed_by=excused.excuse)
    spell = spell_on(spells_of(person, now), last_day(first))
    if spell is not None:
        return Closing(Premise.HEALED, healed_by=f"EXEMPT_{spell.code}")
    return Closing(Premise.HEALED, healed_by="RESUMED", note="此后已连续参保，中断的影响已经结束。")


def _finding(person: Person, family: Family, gap: Gap, covered: int, now: Moment) -> Finding:
    months = gap.months if gap.until else gap.months[: _step(len(gap.months))]
    stops = stop_reasons(person, family, gap.prior, gap.until)
    subtype, severity = grade(family, gap, bool(_interruptions(gap, stops)), now)
    place = now.policy.successor(gap.payer.place)
    reason = next((record.reason for record in reversed(stops)), 0)
    return Finding(
        scope=_scope(family, gap.first),
        level=_level(person, gap, any(record.reason != UNPAID_LEAVE for record in stops)),
        severity=severity,
        division=home_of(person, now) or place if gap.payer.scheme in YEAR_SCHEMES else place,
        what=what_zh(family, gap, months, reason),
        gap=gap_zh(family, gap, months, subtype) + edge_zh(last_safe_day(family, gap, now), now),
        evidence=[*((fact, _COVERS.get(type(fact), "month")) for fact in gap.payer.facts), *((record, "reason") for record in stops[-1:])],
        subtype=subtype,
        scheme=gap.payer.scheme,
        months=list(months),
        reason_code=str(reason) if reason else "",
        advice=advice_zh(family, gap, subtype, last_safe_day(family, gap, now), covered, now),
        involved=[place],
        material=[family.name, len(months), gap.payer.employer],
        owner=family.owner,
        lines=further_lines(person, family, gap, months),
        law=list(LAW[family.name]),
        continues=_continues(person, family, gap, covered),
    )


def grade(family: Family, gap: Gap, interrupted: bool, now: Moment) -> tuple[str, Severity]:
    """L1, L2, L3 or YEAR, and how grave it is: HIGH while medical cover can still be repaired."""
    on, place = first_day(gap.first), gap.payer.place
    if gap.basis is Basis.MEDICAL_YEAR:
        return ("L2", Severity.HIGH) if now.as_of <= last_safe_day(family, gap, now) else ("L3", Severity.LOW)
    if gap.basis is not Basis.MONTH:
        return "YEAR", Severity.LOW
    repairable = family is MEDICAL and now.as_of <= last_safe_day(family, gap, now)
    if len(gap.months) >= now.policy.days("lapse.level3_from_months", on, place):
        return "L3", Severity.LOW
    if len(gap.months) >= now.policy.days("lapse.level2_from_months", on, place):
        return "L2", Severity.HIGH if repairable else Severity.LOW
    return "L1", Severity.HIGH if repairable and interrupted else Severity.INFO


def last_safe_day(family: Family, gap: Gap, now: Moment) -> int:
    """The last day on which medical cover can be repaired without a waiting period; 0 = no such day."""
    on, place = first_day(gap.first), gap.payer.place
    if family is not MEDICAL or gap.basis is Basis.OWN_YEAR:
        return 0
    if gap.basis is Basis.MEDICAL_YEAR:
        return day(f"{gap.first // _YEAR:04d}-{now.policy.text('medres.extended_end', on, place)}")
    return last_day(gap.prior + now.policy.days("med.gap_ok_months", on, place) + 1)


def _interruptions(gap: Gap, stops: list[Enrolment]) -> list[Enrolment]:
    """63xx reasons of a 310 record: the person is about to lose medical cover and it is known why."""
    return [record for record in stops if record.scheme == gap.payer.scheme == Scheme.MED_EMP and record.reason // 100 == _INTERRUPTION]


def _level(person: Person, gap: Gap, explained: bool) -> Level:
    """SIGNAL while it may be the employer who stopped paying for everybody: the employer stage answers that."""
    by_employer = gap.payer.kind in (PayerKind.EMPLOYER, PayerKind.UNKNOWN) and gap.payer.scheme not in YEAR_SCHEMES
    if by_employer and not explained and not pays_after(person, gap.payer, gap.first):
        return Level.SIGNAL
    return Level.ALERT


def _step(count: int) -> int:
    """An open gap is published at its first months, then by half a year and by year: not every month anew."""
    return max((step for step in _STEPS if step <= count), default=0) if count < 2 * _YEAR else count // _YEAR * _YEAR


def _next_step(count: int) -> int:
    return next((step for step in _STEPS if step > count), (count // _YEAR + 1) * _YEAR)


def _scope(family: Family, first: int) -> list[int | str]:
    return [family.name, yyyymm(first)]


def _continues(person: Person, family: Family, gap: Gap, covered: int) -> list[int | str]:
    """The scope of an open alert of the family whose first month was paid meanwhile, or which began later, inside this gap."""
    subject, own = person.head.subject, _scope(family, gap.first)
    opened = {alert.alert_id for alert in person.head.open if alert.rule == CODE and alert.family == family.number}
    if opened <= {alert_id(CODE, subject, own)}:
        return []
    before = takewhile(lambda month: covered >> (month - MONTH_ZERO) & 1, range(gap.first - 1, MONTH_ZERO - 1, -1))
    scopes = (_scope(family, one) for one in (*before, *gap.months[1:]))
    return next((scope for scope in scopes if alert_id(CODE, subject, scope) in opened), [])


def _wakes(gap: Gap, family: Family, now: Moment) -> list[Wake]:
    """When the answer for one gap changes by time alone."""
    place, count = gap.payer.place, len(gap.months)
    if not count:
        return wakes_for(now, family.feeds, place, gap.judged_on)
    wakes = []
    safe = last_safe_day(family, gap, now)
    if safe >= now.as_of:
        wakes.append(Wake(CALENDAR, safe + 1))
    if gap.until:
        wakes.append(Wake(CALENDAR, aged_on(gap.until, now)))
        if gap.months[-1] >= gap.last:
            return wakes
    later = gap.months[-1] + (1 if gap.until else _next_step(count) - count)
    return wakes + wakes_for(now, family.feeds, place, next_settle_day(later, now, gap))


def _wakes_of_silence(person: Person, now: Moment) -> list[Wake]:
    """When an exemption ends, or a waiting death becomes certain."""
    wakes = [Wake(CALENDAR, spell.to_day + 1) for spell in spells_of(person, now) if spell.to_day >= now.as_of]
    wakes += [Wake(CALENDAR, spell.from_day) for spell in spells_of(person, now) if spell.from_day > now.as_of]
    death = death_of(person, now)
    return wakes if death is None else wakes + settle_wakes(death, now)


RULE = Rule(
    code=CODE,
    alert_type="LAPSE",
    title="缴费中断",
    version=1,
    cause=Cause.NOT_COVERED,
    owner=Agency.SSC,
    queue=Queue.D,
    law=(*LAW[PENSION.name], *LAW[MEDICAL.name]),
    verify=(
        "核对税务征收与经办记账：是否已缴款但尚未入库、尚未记账。",
        "核对参保变更原因：是否已在外地参保、升学、服役、退休审批中或转移接续中。",
        "单位缴费的，向单位了解是个人减员还是单位整体欠缴、缓缴。",
        "联系本人说明接续办法和最后期限；灵活就业人员、城乡居民由本人自愿决定。",
    ),
    legitimate=(
        "已缴款，入库或记账滞后。",
        "灵活就业人员按季、按半年或按年缴费。",
        "单位经批准缓缴社会保险费。",
        "退休审批中，或停薪留职。",
        "在外地参保，本地尚未收到全国比对结果。",
    ),
    reads=frozenset(
        {
            Kind.CONTRIBUTION,
            Kind.CONTRIB_REFUND,
            Kind.ENROLMENT,
            Kind.BENEFIT_RECORD,
            Kind.STATUS,
            Kind.HUKOU,
            Kind.TRANSFER,
            Kind.DEATH_CLAIM,
            Kind.ALIVE,
            Kind.IDENTITY,
        }
    ),
    evaluate=evaluate,
    close=close,
    by_family={family.number: partial(evaluate_family, family=family) for family in (PENSION, MEDICAL)},
    needs=("tax_contribution", "business", "medical"),
)
