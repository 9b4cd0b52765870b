"""R24 DEATH_CONTRADICTED 死亡信息存疑: in-person evidence of life at least two days after the day that a claim gives. Protects the living.

While the death has one origin group it is HIGH and holds R01, R01A and R02 at signal; a second group lowers it to MEDIUM, turns it over to
the medical-insurance agency (就医信息存疑) and lifts the hold. It opens as an alert, so its clock runs from opening. A death declared by a court answers
it, and so does a clerk who confirms it with DEATH_TRUE.
"""

from processors.handling.half import half_of
from processors.person.alive import Contradiction
from processors.person.death import Death, Standing, death_of
from processors.person.person import Person
from processors.person.records import benefit_records
from processors.person.state import Flag
from processors.rules.death_wording import DEATH_READS, death_evidence, death_lines, death_material, sources_zh
from processors.rules.model import NOTHING, Closing, Finding, Judgement, Moment, Rule
from processors.rules.place import city_of
from processors.rules.wording import day_zh
from schemas.alert import Alert
from schemas.facts import Alive, Fact
from schemas.kinds import Agency, AliveKind, Cause, Level, Premise, Queue, Severity

CODE = "R24"
EVIDENCE_MAX = 20
DEATH_DOUBTED = "DEATH_DOUBTED"
CARE_DOUBTED = "CARE_DOUBTED"
_ALIVE = {
    AliveKind.FACE: "人脸识别认证",
    AliveKind.COUNTER: "窗口现场认证",
    AliveKind.HOME_VISIT: "上门认证",
    AliveKind.HOSPITAL_CHECKED: "核验身份的就医",
}


def evaluate(person: Person, now: Moment) -> Judgement:
    """One finding a person while a claim in force and in-person evidence of life cannot both be true."""
    death = death_of(person, now)
    if death is None or not death.contradicted:
        return NOTHING
    return Judgement([_finding(person, death, now)])


def close(person: Person, now: Moment, last_alert: Alert) -> Closing:  # noqa: ARG001 - every rule closes alike
    """Healed by a court's declaration or a clerk's decision DEATH_TRUE; else the claim or the evidence was annulled or corrected."""
    death = death_of(person, now)
    if death is None:
        return Closing(Premise.RETRACTED, note="死亡信息已全部撤销。")
    if death.by_court:
        return Closing(Premise.HEALED, healed_by="COURT_DEATH", note="法院已宣告死亡。")
    if half_of(person, CODE, []).dead_on:
        return Closing(Premise.HEALED, healed_by="DEATH_TRUE", note="经办核实，死亡属实。")
    return Closing(Premise.RETRACTED, note="死亡日期或到场记录已更正，二者不再矛盾。")


def _finding(person: Person, death: Death, now: Moment) -> Finding:
    seen = _evidence_of_life(death.contradicted)
    places = sorted({record.place for record in benefit_records(person)})
    lines = death_lines(death, Standing.CORROBORATED)
    if death.corroborated:
        lines.append("死亡信息已有两个独立来源，到场或就医记录可能有误，请医保部门核实。")
    else:
        lines.append("死亡信息只有一个独立来源，与之相关的待遇和缴费线索暂不转为预警。")
    return Finding(
        scope=[],
        subtype=CARE_DOUBTED if death.corroborated else DEATH_DOUBTED,
        level=Level.ALERT,
        severity=Severity.MEDIUM if death.corroborated else Severity.HIGH,
        division=city_of(now, death.contradicted[0].claim.division),
        what=f"{sources_zh(death)}；此后有本人到场记录：{'、'.join(map(_seen_zh, seen[-EVIDENCE_MAX:]))}。",
        gap=f"最近一次到场记录在{day_zh(seen[-1].seen_on)}，晚于死亡信息所载日期，二者不能同时成立。",
        evidence=[*death_evidence(death), *_evidence(seen)],
        advice="" if death.corroborated else "先核实本人是否在世，核实前不改变待遇状态。",
        involved=[now.policy.successor(place) for place in places],
        material=[*death_material(death), seen[-1].seen_on, len(seen)],
        owner=Agency.MED if death.corroborated else None,
        lines=lines,
    )


def _evidence_of_life(contradicted: list[Contradiction]) -> list[Alive]:
    """The evidence, oldest first, each once."""
    by_row = {one.alive.row: one.alive for one in contradicted}
    return sorted(by_row.values(), key=lambda alive: (alive.seen_on, alive.row))


def _evidence(seen: list[Alive]) -> list[tuple[Fact, str]]:
    return [(alive, "seen_on") for alive in seen[-EVIDENCE_MAX:]]


def _seen_zh(alive: Alive) -> str:
    return f"{day_zh(alive.seen_on)}{_ALIVE[AliveKind(alive.alive)]}"


RULE = Rule(
    code=CODE,
    alert_type="DEATH_CONTRADICTED",
    title="死亡信息存疑",
    version=1,
    cause=Cause.DEATH,
    owner=Agency.SSC,
    queue=Queue.A,
    law=(
        "《社会保险经办条例》第二十六条（经核实后方可停止发放）",
        "《社会保险经办条例》第五十二条（参保人对信息有异议的复核）",
        "人社厅发〔2018〕107号（以数据比对和自助服务为主的待遇资格认证）",
    ),
    verify=(
        "当日联系本人或家属，见面、视频或上门确认本人是否在世。",
        "向死亡信息来源部门核对证件号码、姓名和死亡日期。",
        "核对到场记录：认证方式、是否核验身份、服务发生日期（不是结算日期）。",
        "本人在世的，请来源部门撤销死亡信息，已暂停的待遇及时恢复并补发。",
    ),
    legitimate=(
        "本人在世，死亡信息的证件号码录入有误或同名登记有误。",
        "在医院去世，费用在去世之后结算。",
        "认证在去世前完成，去世后才上传。",
        "就医登记使用了他人身份，或同名登记有误。",
    ),
    reads=DEATH_READS,
    evaluate=evaluate,
    close=close,
    requires=Flag.DEATH | Flag.ALIVE,
)
