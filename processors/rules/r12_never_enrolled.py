"""R12 NEVER_ENROLLED 尚未参保: a person of the target population without a record of a family that is neither ended nor void.

One finding a family. Absence is judged when the entry window is over and the feed that brings enrolments is complete through it. Only the
national platform can say that a person is enrolled nowhere, so without its answer the finding stays a SIGNAL.
"""

from functools import partial

from processors.person.cover import is_enrolled, provisional_until
from processors.person.death import death_alert_level, death_of, settle_wakes
from processors.person.exemptions import STUDENT, age_day, spell_on, spells_of
from processors.person.families import FAMILIES, MEDICAL, PENSION, Family, wakes_for
from processors.person.person import Person
from processors.person.places import home_of
from processors.person.population import Entry, entry_of, population_wakes
from processors.person.reasons import OVER_AGE_60_PLUS, reason_of, valid_reason
from processors.person.standing import ENROLLED
from processors.person.state import Flag
from processors.person.suppressors import Suppression, found_elsewhere, presumed_student, student_wakes, suppression_of
from processors.rules.model import CALENDAR, NOTHING, Closing, Finding, Judgement, Moment, Rule, Wake
from processors.rules.wording import day_zh, scheme_zh
from schemas.alert import Alert
from schemas.facts import Fact
from schemas.kinds import Agency, CancelReason, CardState, Cause, EnrolState, Kind, Level, Premise, Queue, Severity

CODE = "R12"
_DEAD = frozenset({CancelReason.DEATH, CancelReason.DECLARED_DEAD})
_POPULATION = Flag.HUKOU | Flag.PAYROLL
LAW = {
    PENSION.name: (
        "《社会保险法》第十条、第二十条（职工与城乡居民基本养老保险）",
        "国发〔2014〕8号 三（年满16周岁、非在校学生可参加居民养老保险）",
    ),
    MEDICAL.name: (
        "《社会保险法》第二十三条至第二十五条（职工与城乡居民基本医疗保险）",
        "国办发〔2024〕38号（居民医保参保，新生儿不设等待期）",
    ),
}
EMPLOYER_LAW = "《社会保险法》第五十八条（用人单位自用工之日起三十日内办理登记）"


def evaluate(person: Person, now: Moment) -> Judgement:
    """One finding for each family in which the person should be and is not."""
    one, two = (evaluate_family(person, now, family) for family in (PENSION, MEDICAL))
    return Judgement([*one.findings, *two.findings], list(dict.fromkeys([*one.wakes, *two.wakes])))


def evaluate_family(person: Person, now: Moment, family: Family) -> Judgement:
    """A finding if the person should be in one family and is not."""
    head = person.head
    if head.standing & ENROLLED[family.number] or not head.flags & _POPULATION or is_enrolled(person, family):
        return NOTHING
    provisional = provisional_until(person, family, now.as_of)
    if provisional:
        return Judgement([], [Wake(CALENDAR, provisional + 1)])
    judgement = Judgement()
    _judge(person, family, now, judgement)
    judgement.wakes = list(dict.fromkeys(judgement.wakes))
    return judgement


def _judge(person: Person, family: Family, now: Moment, judgement: Judgement) -> None:
    """Add the finding of one family, or the wake for the day on which it may come."""
    judgement.wakes += population_wakes(person, now)
    entry = entry_of(person, family, now)
    if entry is None:
        return
    through = entry.opens_on - 1
    if now.as_of < entry.opens_on or now.horizon(family.enrolment_feed, entry.division) < through:
        judgement.wakes += wakes_for(now, (family.enrolment_feed,), entry.division, through)
        return
    judgement.wakes += _wakes_of_silence(person, now)
    if silence_of(person, family, now):
        return
    if presumed_student(person, family, entry, now):
        judgement.wakes += student_wakes(person, entry, now)
        return
    suppression = suppression_of(person, family, entry, now)
    judgement.wakes += suppression.wakes
    judgement.findings.append(_finding(person, family, entry, suppression, now))


def silence_of(person: Person, family: Family, now: Moment) -> str:
    """Why a person who is not enrolled here needs no alert, as the word of a closing; empty where one is needed."""
    if death_alert_level(person, now) is not None:
        return "DEAD"
    spell = spell_on((one for one in spells_of(person, now) if family is PENSION or one.code != STUDENT), now.as_of)
    if spell is not None:
        return f"EXEMPT_{spell.code}"
    if found_elsewhere(person, family, now) is not None:
        return "EXEMPT_ELSEWHERE"
    reason = valid_reason(person, family, now)
    return f"EXEMPT_{reason}" if reason else ""


def close(person: Person, now: Moment, last_alert: Alert) -> Closing:
    """Healed by enrolment, death, an exemption or a move; retracted where what made the person part of the population was never true."""
    family = FAMILIES[str(last_alert.scope[0])]
    silence = silence_of(person, family, now)
    if silence:
        return Closing(Premise.HEALED, healed_by=silence)
    if is_enrolled(person, family) or provisional_until(person, family, now.as_of):
        return Closing(Premise.HEALED, healed_by="ENROLLED")
    if any(spell.cancel_reason in _DEAD for spell in person.hukou):
        return Closing(Premise.HEALED, healed_by="DEAD", note="户口已因死亡注销。")
    if not person.hukou and not person.payroll:
        return Closing(Premise.RETRACTED, note="户籍、居住或用工信息已撤销。")
    return Closing(Premise.HEALED, healed_by="MOVED_OUT", note="已不在本地目标人群。")


def _finding(person: Person, family: Family, entry: Entry, suppression: Suppression, now: Moment) -> Finding:
    reason = reason_of(person, family, entry, now)
    old = sorted(
        (record for record in person.enrolments if record.scheme in family.schemes),
        key=lambda record: (record.to_day or record.changed_on, record.row),
    )
    evidence: list[tuple[Fact, str]] = [(fact, entry.field) for fact in entry.facts]
    evidence += [(match, "state") for match in suppression.matches] + [(record, "state") for record in old[-1:]]
    return Finding(
        scope=[family.name],
        level=Level.SIGNAL if suppression.capped else Level.ALERT,
        severity=Severity.LOW,
        division=home_of(person, now) or now.policy.successor(entry.division),
        what=f"{entry.said}，至{day_zh(entry.opens_on)}未见有效的{family.label}参保记录。",
        gap=_gap_zh(family, old[-1].state if old else 0, suppression),
        evidence=evidence,
        reason_code=reason,
        advice=_advice_zh(family, reason),
        unchecked=suppression.unchecked,
        involved=sorted({now.policy.successor(fact.division) for fact in entry.facts if fact.division}),
        material=[family.name, entry.source, reason],
        owner=family.owner,
        lines=_lines(person, entry),
        law=[*LAW[family.name], *([EMPLOYER_LAW] if entry.wage_months else [])],
    )


def _gap_zh(family: Family, last_state: int, suppression: Suppression) -> str:
    """差在哪: what was looked for and not found."""
    names = "、".join(scheme_zh(scheme) for scheme in family.schemes)
    text = f"{names}均无有效记录"
    if last_state == EnrolState.ENDED:
        text += "（仅有已终止的记录）"
    elif last_state == EnrolState.INVALID:
        text += "（仅有无效记录）"
    found = "全国比对未查到异地参保。" if suppression.matches else "尚无全国比对结果，外地是否参保未知。"
    return f"{text}；{found}"


def _advice_zh(family: Family, reason: str) -> str:
    if reason == OVER_AGE_60_PLUS:
        return "年满60周岁尚无养老保险的，可告知补缴与按月领取居民养老保险待遇的办法（服务提示）。"
    if reason == "EMPLOYER_FAULT":
        return "本人有单位工资薪金申报，应由用人单位办理职工保险；先核实用工关系。"
    if family is MEDICAL:
        return "告知职工医保、居民医保的参保办法与集中缴费期；困难人员可申请资助参保。"
    return "告知参保政策与待遇测算；困难人员核对政府代缴资格。"


def _lines(person: Person, entry: Entry) -> list[str]:
    """A card without an enrolment and wages from an employer are lines here, never alerts of their own."""
    lines = []
    if any(card.state == CardState.ACTIVE for card in person.cards):
        lines.append("本人持有正常状态的社会保障卡，但没有参保记录。")
    if entry.wage_months:
        lines.append("税务有单位工资薪金申报：请同时核实用人单位是否应为其参保。")
    return lines


def _wakes_of_silence(person: Person, now: Moment) -> list[Wake]:
    """When an exemption, a recorded reason or a national match ends, or a waiting death becomes certain."""
    ends = [spell.to_day for spell in spells_of(person, now)]
    ends += [status.to_day for status in person.statuses]
    starts = [status.from_day for status in person.statuses if status.from_day > now.as_of]
    wakes = [Wake(CALENDAR, end + 1) for end in ends if end >= now.as_of] + [Wake(CALENDAR, start) for start in starts]
    for family in (PENSION, MEDICAL):
        match = found_elsewhere(person, family, now)
        if match is not None:
            wakes.append(Wake(CALENDAR, match.valid_to + 1))
    if person.birth_day and age_day(person.birth_day, 60) > now.as_of:
        wakes.append(Wake(CALENDAR, age_day(person.birth_day, 60)))
    death = death_of(person, now)
    return wakes if death is None else wakes + settle_wakes(death, now)


RULE = Rule(
    code=CODE,
    alert_type="NEVER_ENROLLED",
    title="尚未参保",
    version=1,
    cause=Cause.NOT_COVERED,
    owner=Agency.SSC,
    queue=Queue.D,
    law=(*LAW[PENSION.name], *LAW[MEDICAL.name], EMPLOYER_LAW),
    verify=(
        "查询全国参保信息，确认是否在外地参保。",
        "核对户籍是否空挂、迁出未销，身份证号码是否刚刚更正。",
        "核对是否在校学生、现役军人、服刑或长期出国（境）人员。",
        "联系本人或监护人，登记未参保原因和有效期，告知参保办法。",
    ),
    legitimate=(
        "已在省外或其他城市参保，比对结果尚未到达。",
        "在校学生、现役军人、服刑人员、出国（境）定居人员。",
        "空挂户、已迁出或已死亡尚未销户。",
        "身份证号码刚刚变更，参保记录仍在原号码下。",
        "城乡居民自愿参保，本人暂无意愿。",
    ),
    reads=frozenset(
        {
            Kind.HUKOU,
            Kind.ENROLMENT,
            Kind.BENEFIT_RECORD,
            Kind.CONTRIBUTION,
            Kind.CONTRIB_REFUND,
            Kind.PAYROLL,
            Kind.STATUS,
            Kind.NATIONAL_MATCH,
            Kind.CARD,
            Kind.DEATH_CLAIM,
            Kind.ALIVE,
            Kind.IDENTITY,
        }
    ),
    evaluate=evaluate,
    close=close,
    by_family={family.number: partial(evaluate_family, family=family) for family in (PENSION, MEDICAL)},
    needs=("business", "medical"),
    suppressors=("national_match", "education", "justice", "military"),
)
