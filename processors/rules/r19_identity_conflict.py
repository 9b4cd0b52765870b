"""R19 IDENTITY_CONFLICT 身份信息冲突: records under one number disagree about name, sex or birth. For data stewards, never for a payment.

Two kinds of finding: a pair of records of one insurance family, which the duplicate rules then leave alone (R06, R08 to R10), with the months
and amounts that a pair of pension records paid alike; and one for everything else of the person that disagrees. A name that was changed heals
as soon as the other registers follow; merge, split and correction change the facts and are judged anew.
"""

from itertools import combinations

from processors.person.conflict import REGISTER, Attribute, Said, all_agree, said_of
from processors.person.drawing import Drawing, drawings_of
from processors.person.pension_pair import Pair, pair_of
from processors.person.person import Person
from processors.person.standing import AGREE
from processors.person.state import Flag
from processors.rules.model import NOTHING, Closing, Finding, Judgement, Moment, Rule
from processors.rules.pension_pair_wording import pair_evidence, sums_zh
from processors.rules.place import city_of
from processors.rules.wording import scheme_zh
from schemas.alert import Alert
from schemas.facts import BenefitRecord, Enrolment, Fact
from schemas.kinds import MEDICAL, PENSION, Agency, BenefitKind, Cause, EnrolState, Kind, Level, Premise, Queue, Severity

CODE = "R19"
PERSON = "identity"  # scope of what disagrees outside a pair
PAIRS_MAX = 20
_ZH = {Attribute.NAME: "姓名", Attribute.SEX: "性别", Attribute.BIRTH: "出生日期"}
_FIELD = {Attribute.NAME: "name_key", Attribute.SEX: "sex", Attribute.BIRTH: "birth_day"}
_PENSION_FAMILY, _MEDICAL_FAMILY = 1, 2


def evaluate(person: Person, now: Moment) -> Judgement:
    """Findings by pair, then at most one for the rest."""
    if person.head.standing & AGREE or all_agree(person):
        return NOTHING
    said = _with_identifier(person, said_of(person))
    if not _disagree(list(said.values())):
        return NOTHING
    pairs = _pairs(person, said)[:PAIRS_MAX]
    findings = [_pair_finding(person, said, one, two, now) for one, two in pairs]
    paired = {record for pair in pairs for record in pair}
    rest = [other for record, other in said.items() if record not in paired and not _is_closed(other)]
    attributes = _disagree(rest)
    if attributes:
        findings.append(_person_finding(rest, attributes, now))
    return Judgement(findings)


def close(person: Person, now: Moment, last_alert: Alert) -> Closing:
    """Retracted when a record is gone, healed when they agree."""
    _ = now
    known = said_of(person)
    if last_alert.scope != [PERSON] and any(bytes.fromhex(str(record)) not in known for record in last_alert.scope):
        return Closing(Premise.RETRACTED, note="其中一条记录已作废或已归入他人名下。")
    return Closing(Premise.HEALED, healed_by="CORRECTED", note="各记录的身份信息已一致，重复比对恢复。")


def _with_identifier(person: Person, said: dict[bytes, Said]) -> dict[bytes, Said]:
    """The number itself states birth and sex; it speaks beside the registers."""
    if not person.birth_day and not person.sex:
        return said
    known = said.get(REGISTER, Said())
    register = Said(known.names, known.sexes | ({person.sex} - {0}), known.births | ({person.birth_day} - {0}), known.facts)
    return {**said, REGISTER: register}


def _disagree(said: list[Said]) -> list[Attribute]:
    """The attributes of which more than one value is stated."""
    names, sexes, births = (set().union(*(getattr(one, name) for one in said)) for name in ("names", "sexes", "births"))
    stated = ((Attribute.NAME, names), (Attribute.SEX, sexes), (Attribute.BIRTH, births))
    return [attribute for attribute, values in stated if len(values) > 1]


def _is_closed(said: Said) -> bool:
    """Whether only an ended record speaks: it keeps the old name for ever."""
    rows = [fact for fact in said.facts if isinstance(fact, Enrolment | BenefitRecord)]
    return bool(rows) and all(isinstance(row, Enrolment) and row.state in {EnrolState.ENDED, EnrolState.INVALID} for row in rows)


def _pairs(person: Person, said: dict[bytes, Said]) -> list[tuple[bytes, bytes]]:
    """Pairs of records that a duplicate rule would compare and that disagree, in order."""
    family = _families(person)
    records = [record for record in said if record in family]
    return [(one, two) for one, two in combinations(records, 2) if family[one] == family[two] and said[one].differs_from(said[two])]


def _families(person: Person) -> dict[bytes, int]:
    """Pension or medical family of each record that stands; a record of another's survivor benefit has none."""
    schemes = {record.record: record.scheme for record in person.benefit_records if record.own and record.benefit == BenefitKind.PENSION}
    schemes |= {record.record: record.scheme for record in person.enrolments if record.state != EnrolState.INVALID}
    named = {**dict.fromkeys(map(int, PENSION), _PENSION_FAMILY), **dict.fromkeys(map(int, MEDICAL), _MEDICAL_FAMILY)}
    return {record: named[scheme] for record, scheme in schemes.items() if scheme in named}


def _pair_finding(person: Person, said: dict[bytes, Said], one: bytes, two: bytes, now: Moment) -> Finding:
    attributes = said[one].differs_from(said[two])
    words = "、".join(_ZH[attribute] for attribute in attributes)
    drawings = {drawing.record.record: drawing for drawing in drawings_of(person)} if person.has(Flag.PAYMENT) else {}
    pair = _paid_alike(person, drawings.get(one), drawings.get(two))
    finding = Finding(
        scope=[one.hex(), two.hex()],
        level=Level.ALERT,
        severity=Severity.INFO,
        division=city_of(now, said[one].facts[0].division),
        what=f"同一证件号码下的两条记录{words}不一致：{_record_zh(said[one])}，{_record_zh(said[two])}。",
        gap="可能是两个人，也可能是登记差错或更名。核清之前，这两条记录之间不做重复领取、重复参保和重复缴费比对。",
        evidence=[*_evidence(said[one], attributes), *_evidence(said[two], attributes)],
        subtype=",".join(attributes),
        involved=[now.policy.successor(fact.division) for fact in (*said[one].facts, *said[two].facts)],
        material=[*attributes],
        due_work_days=0,
    )
    if pair is not None and pair.months:
        places = [now.policy.successor(drawing.record.place) for drawing in (pair.one, pair.two)]
        finding.months = pair.months
        finding.amount_fen = pair.least_fen
        finding.lines.append(f"两条养老待遇记录同月发放，暂不认定重复：{sums_zh(pair, *places)}。")
        finding.evidence += pair_evidence(pair)
    return finding


def _paid_alike(person: Person, one: Drawing | None, two: Drawing | None) -> Pair | None:
    return pair_of(person, one, two) if one is not None and two is not None else None


def _person_finding(said: list[Said], attributes: list[Attribute], now: Moment) -> Finding:
    words = "、".join(_ZH[attribute] for attribute in attributes)
    facts = [fact for one in said for fact in one.facts]
    return Finding(
        scope=[PERSON],
        level=Level.ALERT,
        severity=Severity.INFO,
        division=city_of(now, facts[0].division),
        what=f"同一证件号码在不同登记中的{words}不一致，或与证件号码所载不一致。",
        gap="可能是更名、登记差错或证件号码录入错误，请核对后更正有误的一方。",
        evidence=[item for one in said for item in _evidence(one, attributes)],
        subtype=",".join(attributes),
        involved=[now.policy.successor(fact.division) for fact in facts],
        material=[*attributes],
        due_work_days=0,
    )


def _record_zh(said: Said) -> str:
    for fact in said.facts:
        if isinstance(fact, Enrolment | BenefitRecord):
            return f"{scheme_zh(fact.scheme)}（{fact.place}）"
    return "登记记录"


def _evidence(said: Said, attributes: list[Attribute]) -> list[tuple[Fact, str]]:
    """The rows that state one of the attributes, each with the field that states it."""
    return [(fact, _FIELD[one]) for fact in said.facts for one in attributes if getattr(fact, _FIELD[one], None)]


RULE = Rule(
    code=CODE,
    alert_type="IDENTITY_CONFLICT",
    title="身份信息冲突",
    version=1,
    cause=Cause.IDENTITY,
    owner=Agency.DATA,
    queue=Queue.D,
    law=(
        "《社会保险法》第五十八条（公民身份号码为社会保障号码）",
        "《社会保险经办条例》第六条（社会保障号码）",
    ),
    verify=(
        "调取各登记的原始材料，核对姓名、性别、出生日期和证件号码。",
        "向公安核实证件号码归属、更名和号码更正（重号、错号）情况。",
        "属登记差错的，由登记单位更正；属两人共用一号的，先分户再比对。",
    ),
    legitimate=(
        "本人已更名，其他登记尚未同步。",
        "生僻字、异体字或间隔号写法不同。",
        "外国人婚后改姓或译名不同。",
        "档案记载的出生日期与证件不同，已按规定认定。",
    ),
    reads=frozenset({Kind.IDENTITY, Kind.ENROLMENT, Kind.BENEFIT_RECORD, Kind.BENEFIT_PAYMENT, Kind.BENEFIT_RECOVERY, Kind.HUKOU}),
    evaluate=evaluate,
    close=close,
)
