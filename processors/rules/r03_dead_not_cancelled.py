"""R03 DEAD_NOT_CANCELLED 死亡未销户: a hospital or crematorium reported the death, the household registration here is still open.

Data quality for the police, who may not cancel without a report of the family. Opens on day 60 after the first claim became known, judged
only as far as the household feed is complete.
"""

from processors.person.death import HELD, Death, death_of, death_standing, settle_wakes
from processors.person.person import Person
from processors.person.state import Flag
from processors.rules.death_wording import DEATH_READS, death_evidence, death_lines, death_material, sources_zh
from processors.rules.model import CALENDAR, NOTHING, Closing, Finding, Judgement, Moment, Rule, Wake
from processors.rules.wording import day_zh
from schemas.alert import Alert
from schemas.facts import Hukou
from schemas.kinds import Agency, CancelReason, Cause, DeathOrigin, FactStatus, Level, Premise, Queue, Severity

CODE = "R03"
FEED = "household"
_REPORTED = frozenset({DeathOrigin.MEDICAL, DeathOrigin.FUNERAL})
_DEPARTED = frozenset({CancelReason.MOVED_OUT, CancelReason.EMIGRATED})


def evaluate(person: Person, now: Moment) -> Judgement:
    """One finding a person from day 60 on, while a registration here is open or was moved out after the death."""
    death = death_of(person, now)
    if death is None or not any(claim.origin in _REPORTED for claim in death.claims):
        return NOTHING
    spells = [spell for spell in person.hukou if _is_here(spell) and stands_after(spell, death.day)]
    if not spells:
        return NOTHING
    spell = max(spells, key=lambda one: (one.from_day, one.row))
    opens_on = death.known_on + now.policy.days("death.not_cancelled_days", death.known_on, spell.place)
    if now.as_of < opens_on:
        return Judgement(wakes=[Wake(CALENDAR, opens_on)])
    if now.horizon(FEED, spell.place) < opens_on - 1:
        return Judgement(wakes=[Wake.horizon(now, FEED, spell.place, opens_on - 1)])
    return Judgement([_finding(death, spell, now)], settle_wakes(death, now))


def close(person: Person, now: Moment, last_alert: Alert) -> Closing:  # noqa: ARG001 - every rule closes alike
    """Healed when the registration was cancelled; retracted when no claim, or no open registration here, stands behind it."""
    death = death_of(person, now)
    if death is None:
        return Closing(Premise.RETRACTED, note="死亡信息已全部撤销。")
    cancelled = {CancelReason.DEATH, CancelReason.DECLARED_DEAD}
    if any(spell.cancel_reason in cancelled for spell in person.hukou):
        return Closing(Premise.HEALED, healed_by="CANCELLED", note="户口已注销。")
    return Closing(Premise.RETRACTED, note="户籍信息或死亡信息已更正，本地没有死亡后仍在册的户口。")


def stands_after(spell: Hukou, death_day: int) -> bool:
    """Whether a registration stood after the death: still open, or left for another place on a later day."""
    if spell.cancel_reason in _DEPARTED:
        return spell.to_day > death_day
    return spell.cancel_reason == CancelReason.NONE and not spell.to_day and spell.status != FactStatus.ENDED


def _is_here(spell: Hukou) -> bool:
    """Registered in the area of the office that states it: no residence permit, no registration elsewhere."""
    if spell.residence_permit or not spell.place:
        return False
    span = 10_000 if spell.division % 10_000 == 0 else 100
    return not spell.division or spell.place // span == spell.division // span


def _finding(death: Death, spell: Hukou, now: Moment) -> Finding:
    standing = death_standing(death, now)
    moved = spell.cancel_reason in _DEPARTED
    state = f"于{day_zh(spell.to_day)}办理迁出，晚于死亡日期" if moved else "仍在册"
    return Finding(
        scope=[],
        level=Level.SIGNAL if standing in HELD else Level.ALERT,
        severity=Severity.LOW,
        division=now.policy.successor(spell.place),
        what=f"{sources_zh(death)}，首个死亡信息于{day_zh(death.known_on)}到达；本地户口{state}。",
        gap=f"死亡信息到达{now.policy.days('death.not_cancelled_days', death.known_on, spell.place)}日后，户籍没有死亡注销登记。",
        evidence=[*death_evidence(death), (spell, "cancel_reason")],
        material=[*death_material(death), spell.cancel_reason],
        due_work_days=0,
        lines=death_lines(death, standing),
    )


RULE = Rule(
    code=CODE,
    alert_type="DEATH_NOT_CANCELLED",
    title="死亡未销户",
    version=1,
    cause=Cause.DEATH,
    owner=Agency.POLICE,
    queue=Queue.P,
    law=("《户口登记条例》第八条（死亡登记与注销户口）",),
    verify=(
        "请户籍部门核对死亡信息与户籍登记是否为同一人。",
        "联系家属或村（社区）申报死亡登记。",
        "死亡后办理迁出、恢复户口的，请核对办理依据。",
    ),
    legitimate=(
        "家属尚未申报，户籍部门不能依职权注销。",
        "注销已经办理，数据尚未到达。",
        "户口在外地，或在死亡前已经迁出。",
        "死亡信息的证件号码录入有误，实为他人死亡。",
    ),
    reads=DEATH_READS,
    evaluate=evaluate,
    close=close,
    requires=Flag.DEATH | Flag.HUKOU,
    needs=(FEED,),
)
