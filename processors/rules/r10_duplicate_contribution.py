"""R10 DUP_CONTRIB 同月重复缴费: more than one booked payment of one scheme for one month, over all places.

One finding a scheme and month; months that the same payments share (a year bill paid twice) are one finding under their first month. Two
employers in a hand-over month are LOW, without clock; a second shared month in a row makes both MEDIUM.
"""

from collections.abc import Iterable, Sequence
from functools import partial

from processors.person.conflict import frozen_pair
from processors.person.duplicate_payments import Groups, frozen_records, groups_of, is_payment, run_of, shared_months
from processors.person.entries import Entry
from processors.person.families import family_of
from processors.person.ledger_months import entries_in
from processors.person.person import Person
from processors.person.sections import KIND_OF, ledger_section
from processors.person.state import Flag
from processors.rules.model import NOTHING, Closing, Finding, Judgement, Moment, Rule
from processors.rules.place import city_of
from processors.rules.settled import unsettled
from processors.rules.wording import months_zh, scheme_zh, yuan_zh
from schemas.alert import Alert, alert_id
from schemas.dates import bits_of, first_day, month, month_bit, months_of, yyyymm
from schemas.facts import AnyFact, Contribution, Fact
from schemas.kinds import (
    MEDICAL,
    PENSION,
    Agency,
    Cause,
    ContribKind,
    FactStatus,
    Kind,
    Level,
    PayerKind,
    Premise,
    Queue,
    Scheme,
    Severity,
)

CODE = "R10"
SCHEMES = frozenset(map(int, (*PENSION, *MEDICAL, Scheme.UNEMPLOYMENT)))  # never injury, long-term care, supplements, maternity
_SCHEMES_OF = {number: frozenset(one for one in SCHEMES if family_of(one) == number) for number in map(family_of, SCHEMES)}
READS = frozenset({Kind.CONTRIBUTION, Kind.CONTRIB_REFUND, Kind.TRANSFER, Kind.IDENTITY})
FINDINGS_MAX = 80  # of one scheme, the newest


def evaluate(person: Person, now: Moment, schemes: frozenset[int] = SCHEMES) -> Judgement:
    """One finding for each group of payments of these schemes that share months."""
    shared = [line for line in person.head.schemes if line.many and line.scheme in schemes]
    if not shared:
        return NOTHING
    judgement = Judgement()
    for line in shared:
        payments = shared_months(person, line.scheme, months_of(bits_of(line.many)))
        _judge(person, now, groups_of(payments)[-FINDINGS_MAX:], payments, judgement)
    return judgement if judgement.findings else NOTHING


def part(person: Person, now: Moment, finding: Finding, months: frozenset[int]) -> Judgement:
    """The finding for some of its months, one for each run of them: another rule speaks for the others."""
    payments = shared_months(person, finding.scheme, months_of(bits_of(person.line(finding.scheme).many)))
    judgement = Judgement()
    _judge(person, now, groups_of({number: payments[number] for number in months}), payments, judgement)
    return judgement


def _judge(person: Person, now: Moment, groups: Groups, payments: dict[int, list[Entry]], judgement: Judgement) -> None:
    """Add the finding of each group of months with the same payments, SIGNAL until its first month is settled."""
    for months, entries in groups:
        wait = unsettled(person, now, months[0], entries[-1].booking)
        judgement.findings.append(_finding(person, now, months, entries, payments, Level.SIGNAL if wait else Level.ALERT))
        judgement.wakes += wait


def untouched(person: Person, facts: Sequence[AnyFact], family: int) -> bool:
    """Whether these are payments of single months in which nothing is or was paid twice, and nothing else that is read here."""
    known = {one.alert_id for one in person.head.open if one.rule == CODE and one.family == family}
    if person.has(Flag.REFUND) or len(known) >= FINDINGS_MAX:
        return False
    for fact in facts:
        if isinstance(fact, Contribution):
            line = person.line(fact.scheme)
            if line.span_max > 1 or bits_of(line.many) & month_bit(fact.month):
                return False
            if alert_id(CODE, person.head.subject, [fact.scheme, yyyymm(fact.month)]) in known:
                return False
        elif KIND_OF[type(fact)] in READS:
            return False
    return True


def close(person: Person, now: Moment, last_alert: Alert) -> Closing:
    """Superseded by R19 while identities disagree; healed by refund or by re-allocation to another month; else retracted or corrected."""
    _ = now
    scheme = last_alert.scheme
    numbers = [month(number) for number in last_alert.months]
    here = entries_in(person, scheme, numbers)
    standing = [entry for entry in here if is_payment(entry)]
    pair = frozen_records(person, standing)
    if pair and _paid_back_since(last_alert.as_of, person, here, standing):
        return Closing(Premise.HEALED, healed_by="REFUND", note="重复部分已退收或冲销；该月其余缴费的身份信息不一致，按身份信息冲突核实。")
    if pair:
        return Closing(
            Premise.SUPERSEDED,
            superseded_by=alert_id("R19", person.head.subject, [record.hex() for record in pair]),
            note="两条参保记录的身份信息不一致，先按身份信息冲突核实。",
        )
    if any(entry.refunds or entry.gross_fen > entry.net_fen for entry in here):
        return Closing(Premise.HEALED, healed_by="REFUND", note="重复部分已退收或冲销，该月只余一笔缴费。")
    moved, annulled = _gone(person, scheme, numbers)
    if moved:
        return Closing(Premise.HEALED, healed_by="REALLOCATED", note="其中一笔缴费已调整到其他月份。")
    if annulled:
        return Closing(Premise.RETRACTED, note="其中一笔缴费记录已作废。")
    return Closing(Premise.HEALED, healed_by="CORRECTED", note="缴费记录已更正，该月只有一笔缴费。")


def _paid_back_since(day: int, person: Person, entries: Iterable[Entry], standing: Sequence[Entry]) -> bool:
    """Whether a payment went back after that day that was compared with one that still stands: that, not R19, ended the finding."""
    back = [entry for entry in entries if entry.net_fen <= 0 < entry.gross_fen]
    late = [entry for entry in back if max(fact.known_on for fact in (*entry.facts, *entry.refunds)) > day]
    return any(not frozen_pair(person, entry.record, other.record) for entry in late for other in standing)


def is_hand_over(now: Moment, months: Sequence[int], entries: Sequence[Entry], shared: Iterable[int]) -> bool:
    """Two employers and no more shared months in a row than `changeover.tolerance_months`."""
    tolerance = now.policy.days("changeover.tolerance_months", first_day(months[0]), entries[0].place)
    two_employers = len({entry.payer for entry in entries}) == len(entries) == 2 and all(  # noqa: PLR2004 - one hands over to the other
        entry.payer_kind == PayerKind.EMPLOYER for entry in entries
    )
    return two_employers and run_of(months, set(shared)) <= tolerance


def surplus_fen(months: Sequence[int], entries: Sequence[Entry]) -> int:
    """The money that must go to leave one payment, the later booked first; of a longer bill the part for these months."""
    return sum(entry.share_fen(len(months)) for entry in entries[1:])


def _finding(person: Person, now: Moment, months: list[int], entries: list[Entry], shared: dict[int, list[Entry]], level: Level) -> Finding:
    scheme = entries[0].scheme
    low = is_hand_over(now, months, entries, shared)
    surplus = surplus_fen(months, entries)
    refunded = sum(entry.gross_fen - entry.net_fen for entry in entries)
    places = [now.policy.successor(entry.place) for entry in entries]
    return Finding(
        scope=[scheme, yyyymm(months[0])],
        level=level,
        severity=Severity.LOW if low else Severity.MEDIUM,
        division=city_of(now, entries[-1].place),
        what=f"{scheme_zh(scheme)}{months_zh(months)}有{len(entries)}笔已记账缴费：{'；'.join(map(_entry_zh, entries))}。",
        gap=f"同一险种同一月份应只有一笔缴费；按先记账的保留计算，多出{yuan_zh(surplus)}。",
        evidence=_evidence(entries),
        scheme=scheme,
        months=months,
        amount_fen=surplus,
        refunded_fen=refunded,
        balance_fen=surplus,
        involved=places,
        records=[entry.record for entry in entries],
        material=[len(entries), surplus, *sorted(entry.payer.hex() for entry in entries)],
        owner=Agency.MED if scheme in MEDICAL else Agency.SSC,
        cause=_cause(scheme),
        due_work_days=0 if low else -1,
        law=list(_law(scheme)),
        lines=_lines(person, months, entries, low=low),
    )


def _cause(scheme: int) -> Cause:
    if scheme in PENSION:
        return Cause.DUP_PENSION
    return Cause.MEDICAL if scheme in MEDICAL else Cause.NOT_COVERED


_PAYER_ZH = {PayerKind.EMPLOYER: "单位缴费", PayerKind.INDIVIDUAL: "个人缴费"}
_KIND_ZH = {ContribKind.ARREARS: "补欠缴", ContribKind.RETRO: "补缴", ContribKind.PREPAID: "预缴"}


def _entry_zh(entry: Entry) -> str:
    payer = _PAYER_ZH.get(PayerKind(entry.payer_kind), "缴费")
    kind = _KIND_ZH.get(ContribKind(entry.kind), "正常应缴")
    span = f"，所属{months_zh(range(entry.month, entry.month + entry.months))}" if entry.months > 1 else ""
    return f"{payer}（{entry.place}，{kind}{span}）{yuan_zh(entry.net_fen)}"


def _lines(person: Person, months: Sequence[int], entries: Sequence[Entry], *, low: bool) -> list[str]:
    lines = []
    if low:
        lines.append("两个单位在交接月份各缴一笔，属容忍范围，不设办理期限；退收后自动消除。")
    if any(entry.gross_fen > entry.net_fen for entry in entries):
        lines.append("其中有缴费已部分退收，按余额计算。")
    waiting = [e for e in entries_in(person, entries[0].scheme, months) if e.covers and not e.booked and e.joined and e.net_fen > 0]
    lines += [f"另有已入库未记账的{_entry_zh(entry)}，记账后计入。" for entry in waiting[:3]]
    if len({fact.name_key for entry in entries for fact in entry.facts if fact.name_key}) > 1:
        lines.append("各笔缴费记录的姓名不一致，请先核对是否同一人。")
    return lines


def _evidence(entries: Sequence[Entry]) -> list[tuple[Fact, str]]:
    found: list[tuple[Fact, str]] = []
    for entry in entries:
        found += [(fact, "bill") for fact in entry.facts]
        found += [(refund, "person_fen" if refund.person_fen else "employer_fen") for refund in entry.refunds]
    return found


def _gone(person: Person, scheme: int, months: Sequence[int]) -> tuple[bool, bool]:
    """(a row of these months now stands in another month, a row of these months was annulled)."""
    facts = [fact for fact in person.timed(ledger_section(scheme)) if isinstance(fact, Contribution)]
    withdrawn = {fact.row for fact in facts if fact.status == FactStatus.WITHDRAWN and fact.month in months}
    standing = {fact.row for fact in facts if fact.status != FactStatus.WITHDRAWN}
    return bool(withdrawn & standing), bool(withdrawn)


_COMMON_LAW = ("《社会保险法》第六十条（按时足额缴纳）", "《社会保险费申报缴纳管理规定》（人社部令第20号）")
_PENSION_LAW = ("人社部发〔2009〕187号 三（同期两地缴费的清理）",)
_MEDICAL_LAW = ("《基本医疗保险关系转移接续暂行办法》（医保办发〔2021〕43号，重复参保的处理）",)


def _law(scheme: int) -> tuple[str, ...]:
    if scheme in PENSION:
        return _PENSION_LAW + _COMMON_LAW
    return _MEDICAL_LAW + _COMMON_LAW if scheme in MEDICAL else _COMMON_LAW


RULE = Rule(
    code=CODE,
    alert_type="DUP_CONTRIBUTION",
    title="同月重复缴费",
    version=1,
    cause=Cause.DUP_PENSION,
    owner=Agency.SSC,
    queue=Queue.C,
    law=_COMMON_LAW,
    verify=(
        "核对各笔缴费的单据号、所属月份、到账日期，确认不是同一笔的重复上报。",
        "向缴费单位或本人核实离职、入职时间和应缴月份。",
        "确属重复的，按规定办理重复缴费退费（F10004）或调整所属月份。",
    ),
    legitimate=(
        "更换工作的交接月份，前后两个单位各缴一笔。",
        "补缴基数差额、费率调整，不是另一笔缴费。",
        "单位部分和个人部分分两笔到账，或一张单据分次缴纳。",
        "税务入库与业务记账使用不同单据号。",
        "补缴的月份已由转移接续转入。",
        "政府补贴、代缴或集体补助与本人缴费并存。",
    ),
    reads=READS,
    evaluate=evaluate,
    close=close,
    by_family={number: partial(evaluate, schemes=schemes) for number, schemes in _SCHEMES_OF.items()},
    untouched=untouched,
    requires=Flag.CONTRIBUTION,
    beaten_by=("R06", "R08", "R09"),
    part=part,
)
