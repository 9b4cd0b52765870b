"""R06 DUP_PENSION_BENEFIT 两处养老待遇同月发放: two benefit records of one person both paid for one benefit month.

One finding a pair of records. Both legs are paid, so it is an alert at once. It heals only when the cleared record has ended and the money
is complete; until then it holds with its balance. A pair that may be two people is left to R19.
"""

from processors.person.conflict import frozen_pair
from processors.person.drawing import drawings_of
from processors.person.families import PENSION
from processors.person.pension_pair import Pair, has_ended, owed_fen, pair_of, pairs_of
from processors.person.person import Person
from processors.person.state import Flag
from processors.rules.model import NOTHING, Closing, Finding, Judgement, Moment, Rule
from processors.rules.pension_pair_wording import label_zh, name_of, pair_evidence, sums_zh
from processors.rules.wording import months_zh, yuan_zh
from schemas.alert import Alert, alert_id
from schemas.dates import first_day
from schemas.kinds import PENSION_EMPLOYEE, Agency, Cause, FactStatus, Kind, Level, Premise, Queue, RecoveryKind, Scheme, Severity

CODE = "R06"
OTHER_CITIES = "外市养老待遇"
PAIRS_MAX = 50


def evaluate(person: Person, now: Moment) -> Judgement:
    """One finding for each pair that still has a record to end or money to come back."""
    open_pairs = [pair for pair in pairs_of(person, drawings_of(person)) if not _is_settled(person, pair) and not _is_frozen(person, pair)]
    return Judgement([_finding(person, pair, now) for pair in open_pairs[:PAIRS_MAX]]) if open_pairs else NOTHING


def close(person: Person, now: Moment, last_alert: Alert) -> Closing:
    """Superseded by R19 while names disagree, healed by money or by the bank's return, else retracted."""
    _ = now
    records = [bytes.fromhex(str(part)) for part in last_alert.scope]
    if frozen_pair(person, *records):
        return Closing(
            Premise.SUPERSEDED,
            superseded_by=alert_id("R19", person.head.subject, last_alert.scope),
            note="两条记录的身份信息不一致，先按身份信息冲突核实。",
        )
    drawings = [drawing for drawing in drawings_of(person) if drawing.record.record in records]
    if len(drawings) < len(records):
        return Closing(Premise.RETRACTED, note="其中一条养老待遇记录已作废或不再归属本人。")
    pair = pair_of(person, *drawings)
    if pair.months:
        return Closing(Premise.HEALED, healed_by=_healed_by(pair), note="应清退的记录已终止，重复月份的待遇已退清。")
    if pair.one.months.keys() & pair.two.months.keys():
        return Closing(Premise.HEALED, healed_by="TRANSFERRED", note="重复的一个月是关系转移当月。")
    if _any_withdrawn(person, records, last_alert.months):
        return Closing(Premise.RETRACTED, note="重复月份的发放记录已作废。")
    return Closing(Premise.HEALED, healed_by="RETURNED", note="重复月份的一笔发放未到账或已由银行退回。")


def _is_frozen(person: Person, pair: Pair) -> bool:
    return frozen_pair(person, *pair.records)


def _is_settled(person: Person, pair: Pair) -> bool:
    """A record that goes has ended and gave back all that it owed."""
    candidates = [pair.clear] if pair.clear else [pair.one, pair.two]
    return any(
        has_ended(person, drawing) and drawing.recovered_fen(pair.months) >= owed_fen(drawing, pair.months) for drawing in candidates
    )


def _healed_by(pair: Pair) -> str:
    """How the money came back; END_BOOKED where none was owed."""
    drawings = [pair.clear] if pair.clear else [pair.one, pair.two]
    kinds = [one for drawing in drawings for one in drawing.recoveries if one.recovery != RecoveryKind.RETURNED]
    if not kinds:
        return "END_BOOKED"
    return RecoveryKind(max(kinds, key=lambda one: (one.booked_on, one.row)).recovery).name


def _any_withdrawn(person: Person, records: list[bytes], months: list[int]) -> bool:
    """Whether a payment of these months (YYYYMM) was annulled."""
    numbers = {month // 100 * 12 + month % 100 - 1 for month in months}
    return any(
        fact.status == FactStatus.WITHDRAWN and getattr(fact, "month", 0) in numbers
        for record in records
        for fact in person.timed(b"P" + record)
    )


def _finding(person: Person, pair: Pair, now: Moment) -> Finding:
    places = [now.policy.successor(drawing.record.place) for drawing in (pair.one, pair.two)]
    later = max(pair.one, pair.two, key=lambda drawing: drawing.first_month)
    clear = pair.clear or later
    recoverable_fen, recovered_fen = pair.recoverable_fen, pair.recovered_fen
    balance_fen = max(recoverable_fen - recovered_fen, 0)
    return Finding(
        scope=[record.hex() for record in pair.records],
        level=Level.ALERT,
        severity=_severity(pair, now),
        division=now.policy.successor(clear.record.place),
        what=f"同一人有两条养老待遇记录在同一待遇月份发放：{sums_zh(pair, *places)}。",
        gap=_gap(pair, now),
        evidence=pair_evidence(pair),
        scheme=clear.record.scheme,
        months=pair.months,
        amount_fen=recoverable_fen,
        refunded_fen=recovered_fen,
        balance_fen=balance_fen,
        keep=name_of(pair.keep, clear, now.policy.successor(pair.keep.record.place)) if pair.keep else "",
        clear=name_of(pair.clear, pair.keep, now.policy.successor(pair.clear.record.place)) if pair.clear and pair.keep else "",
        needs_person_choice=pair.clear is None,
        unchecked=[OTHER_CITIES],
        involved=places,
        material=[*pair.months, pair.one.sum_fen(pair.months), pair.two.sum_fen(pair.months)],
        lines=_lines(person, pair),
        law=list(_law(pair)),
    )


def _severity(pair: Pair, now: Moment) -> Severity:
    """By what is to come back (domain 3.5)."""
    division, on_day = pair.one.record.place, first_day(pair.months[-1])
    above = pair.least_fen > now.policy.days("overpay.critical_fen", on_day, division)
    longer = pair.least_fen > 0 and len(pair.months) > now.policy.days("overpay.critical_months", on_day, division)
    return Severity.CRITICAL if above or longer else Severity.HIGH


def _gap(pair: Pair, now: Moment) -> str:
    if pair.clear is None or pair.keep is None:
        return (
            f"同一月份只能在一处领取。保留哪一处由本人与经办机构商定，两处在{months_zh(pair.months)}的发放额分别列出，不合并计算；"
            f"已退回、抵扣或核销{yuan_zh(pair.recovered_fen)}。"
        )
    keep, clear = (label_zh(drawing, now.policy.successor(drawing.record.place)) for drawing in (pair.keep, pair.clear))
    kind = "基础养老金" if pair.clear.record.scheme == Scheme.PENSION_RES else "养老待遇"
    open_fen = max(pair.recoverable_fen - pair.recovered_fen, 0)
    return (
        f"按规定保留{keep}，清理{clear}；重复月份清理一方的{kind}{yuan_zh(pair.recoverable_fen)}应予退回，"
        f"已退回、抵扣或核销{yuan_zh(pair.recovered_fen)}，尚余{yuan_zh(open_fen)}。"
    )


def _lines(person: Person, pair: Pair) -> list[str]:
    lines = []
    if pair.clear is not None:
        if pair.clear.record.scheme == Scheme.PENSION_RES:
            other_fen = pair.clear.sum_fen(pair.months) - pair.recoverable_fen
            if other_fen:
                lines.append(f"清理一方同期发放的个人账户养老金等{yuan_zh(other_fen)}另列，不计入应退额。")
            lines.append("清理后个人账户余额（政府补贴除外）退还本人。")
        lines.append("应清理的记录已终止。" if has_ended(person, pair.clear) else "应清理的记录尚未终止（1407、6407）。")
        later = [month for month in pair.clear.months if month > pair.months[-1]]
        if later:
            lines.append(f"重复月份之后，应清理的记录在{months_zh(later)}仍有发放。")
    if pair.one.lumped or pair.two.lumped:
        lines.append("有一条记录的首次发放为补发，按待遇开始年月（AIC160）分摊到所属月份，请以实际补发明细为准。")
    if pair.loosely_returned:
        lines.append("有银行退回未注明所属月份，已按先早后晚从重复月份中扣除，请核对。")
    recoveries = [one for drawing in (pair.one, pair.two) for one in drawing.recoveries]
    if any(one.month == 0 and one.recovery != RecoveryKind.RETURNED for one in recoveries):
        lines.append("有退款未注明所属月份，已计入重复月份的退回额，请核对。")
    return lines


_RESIDENT_LAW = (
    "《城乡养老保险制度衔接暂行办法》（人社部发〔2014〕17号）第八条",
    "人社厅发〔2021〕77号（重复领取待遇的清理）",
    "《社会保险经办条例》第四十六条（多发待遇的退回）",
)
_EMPLOYEE_LAW = (
    "人社部规〔2016〕5号 五（两处以上领取基本养老金的处理）",
    "人社厅发〔2019〕94号",
    "《社会保险经办条例》第四十六条（多发待遇的退回）",
)


def _law(pair: Pair) -> tuple[str, ...]:
    schemes = {pair.one.record.scheme, pair.two.record.scheme}
    return _EMPLOYEE_LAW if schemes <= set(PENSION_EMPLOYEE) else _RESIDENT_LAW


RULE = Rule(
    code=CODE,
    alert_type="DUP_PENSION_BENEFIT",
    title="两处养老待遇同月发放",
    version=1,
    cause=Cause.DUP_PENSION,
    owner=Agency.SSC,
    queue=Queue.B,
    law=_RESIDENT_LAW,
    verify=(
        "核对两条记录的证件号码、姓名、个人编号，确认是同一人、不是同一记录重报。",
        "核对发放明细的待遇所属月份、项目、批次和到账情况。",
        "向另一地经办机构核实其待遇状态、首次领取年月。",
        "需由本人选择保留一处的，书面征求本人意见；应退待遇可以分期退还或从个人账户、以后待遇中抵扣。",
    ),
    legitimate=(
        "关系转移当月由两地各发一部分，或转出地已退回。",
        "补发以前月份待遇，实际不重复。",
        "其中一条是供养亲属抚恤金、遗属待遇、企业年金、职业年金或离休待遇。",
        "高龄津贴、老农保、被征地农民补贴、独生子女和乡村教师补助等代发项目。",
        "机构合并或个人编号变更后，同一记录在新机构下重报。",
        "一地发放失败后改由另一地发放。",
    ),
    reads=frozenset({Kind.BENEFIT_RECORD, Kind.BENEFIT_PAYMENT, Kind.BENEFIT_RECOVERY, Kind.ENROLMENT, Kind.IDENTITY, Kind.TRANSFER}),
    evaluate=evaluate,
    close=close,
    by_family={PENSION.number: evaluate},
    requires=Flag.BENEFIT | Flag.PAYMENT | Flag.TWO_RECORDS,
)
