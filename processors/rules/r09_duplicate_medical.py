"""R09 DUP_ENROL_MED 医保重复参保: two main-scheme medical records of one person entitle in one month.

310 beside 390 anywhere; two of one scheme in two pooling areas (two counties of one city are one enrolment). One finding a pair of records.
Pausing, ending or voiding one record heals it, whatever the date (医保办函〔2021〕11号: 重复参保的暂停其一).
"""

from itertools import combinations

from processors.person.conflict import frozen_pair
from processors.person.families import MEDICAL
from processors.person.medical_records import Cover, covers_of, latest_rows, shared_months
from processors.person.medical_winner import Winner, winner_of
from processors.person.person import Person
from processors.person.standing import ONE_MEDICAL
from processors.person.state import Flag
from processors.rules.model import CALENDAR, NOTHING, Closing, Finding, Judgement, Moment, Rule, Wake
from processors.rules.wording import day_zh, months_zh, scheme_zh, yuan_zh
from schemas.alert import Alert, alert_id
from schemas.dates import first_day, last_day, month_of_day
from schemas.kinds import Agency, Cause, EnrolState, Kind, Level, PersonType, Premise, Queue, Scheme, Severity

CODE = "R09"
_PAIR = 2
_MAIN = Flag.MED_EMP | Flag.MED_RES
_SHORT = 8
_AHEAD_MONTHS = 14
_STATE_ZH = {EnrolState.PAUSED: "暂停", EnrolState.ENDED: "终止", EnrolState.INVALID: "作废", EnrolState.NONE: "未参保"}


def evaluate(person: Person, now: Moment) -> Judgement:
    """One finding for each pair of records that entitle in one month."""
    if person.head.standing & ONE_MEDICAL or not person.head.flags & _MAIN:
        return NOTHING
    judgement = Judgement()
    for one, two in combinations(covers_of(person, now), _PAIR):
        if is_pair(one, two) and not frozen_pair(person, one.record, two.record):
            _judge(person, one, two, now, judgement)
    judgement.wakes = list(dict.fromkeys(judgement.wakes))
    return judgement


def is_pair(one: Cover, two: Cover) -> bool:
    """Two schemes, two pooling areas, or a newborn under another number and under its own."""
    newborn = (one.row.person_type == PersonType.NEWBORN) != (two.row.person_type == PersonType.NEWBORN)
    return one.row.scheme != two.row.scheme or one.pool != two.pool or newborn


def close(person: Person, now: Moment, last_alert: Alert) -> Closing:
    """Healed when a record is paused, ended or void or its premium went back; retracted when a record was never true."""
    rows = latest_rows(person)
    pair = [rows.get(bytes.fromhex(str(record))) for record in last_alert.scope]
    if None in pair:
        return Closing(Premise.RETRACTED, note="其中一条参保记录已撤销。")
    if frozen_pair(person, *(row.record for row in pair if row is not None)):
        note = "两条记录的身份信息不一致，先按身份信息冲突核实。"
        return Closing(Premise.SUPERSEDED, superseded_by=alert_id("R19", person.head.subject, last_alert.scope), note=note)
    covers = {cover.record: cover for cover in covers_of(person, now)}
    for row in pair:
        if row is not None and row.record not in covers:
            state = _STATE_ZH.get(row.state, "终止")  # type: ignore[call-overload]  # an int finds its IntEnum
            return Closing(Premise.HEALED, healed_by="END_BOOKED", note=f"{scheme_zh(row.scheme)}一条记录已{state}。")
    refunded = any(person.refunds(row.scheme) for row in pair if row is not None)
    return Closing(Premise.HEALED, healed_by="REFUND" if refunded else "CORRECTED", note="两条记录已无同月待遇资格。")


def _judge(person: Person, one: Cover, two: Cover, now: Moment, judgement: Judgement) -> None:
    """Add the finding of a pair, or the wake for the day on which it may come."""
    months = shared_months(one, two, now)
    judgement.wakes += _next_month_wakes(one, two, now)
    if not months:
        return
    opens_on = _opens_on(one, two, months[0], now)
    if now.as_of < opens_on:
        judgement.wakes.append(Wake(CALENDAR, opens_on))
        return
    later = max(one, two, key=lambda cover: (cover.known_on, cover.record))
    alert_on = later.known_on + now.policy.days("settle.days.R09", later.known_on, later.row.place)
    if now.as_of < alert_on:
        judgement.wakes.append(Wake(CALENDAR, alert_on))
    level = Level.ALERT if now.as_of >= alert_on else Level.SIGNAL
    judgement.findings.append(_finding(person, (one, two), later, months, level, now))


def _opens_on(one: Cover, two: Cover, month: int, now: Moment) -> int:
    """A 390 premium booked before the 310 began is lawful; it is to be paused within days of the 310's start."""
    if one.row.scheme == two.row.scheme:
        return now.as_of
    employee, resident = (one, two) if one.row.scheme == Scheme.MED_EMP else (two, one)
    if not employee.first_day or resident.paid_on(month) >= employee.first_day:
        return now.as_of
    return employee.first_day + now.policy.days("med.pause_grace_days", employee.first_day, employee.row.place)


def _next_month_wakes(one: Cover, two: Cover, now: Moment) -> list[Wake]:
    """The first later day on which both entitle in a month that is not shared yet."""
    start, end = max(one.first_day, two.first_day), min(one.last_day, two.last_day)
    this = month_of_day(now.as_of)
    for month in range(this, this + _AHEAD_MONTHS):
        day = max(first_day(month), start)
        if now.as_of < day <= min(last_day(month), end) and one.entitles(month) and two.entitles(month):
            return [Wake(CALENDAR, day)]
    return []


def _finding(person: Person, pair: tuple[Cover, Cover], later: Cover, months: list[int], level: Level, now: Moment) -> Finding:
    one, two = pair
    winner = winner_of(person, one, two, months[-1], now)
    clear = winner.clear
    refund_fen = _refundable_fen(clear, now)
    return Finding(
        scope=sorted(cover.record.hex() for cover in pair),
        level=level,
        severity=Severity.MEDIUM,
        division=now.policy.successor(clear.row.place) if clear else later.pool,
        what=f"{_record_zh(one)}与{_record_zh(two)}，{months_zh(months)}同时具有医保待遇资格。",
        gap=f"同一人同期只能有一个正常的基本医疗保险参保关系。{winner.why}。",
        evidence=[(cover.row, "state") for cover in pair] + [(cover.entries[-1].facts[-1], "month") for cover in pair if cover.entries],
        subtype="ACROSS_SCHEMES" if one.row.scheme != two.row.scheme else "TWO_PLACES",
        scheme=(clear or later).row.scheme,
        months=months,
        keep=_side(winner.keep, winner),
        clear=_side(clear, winner),
        refund_fen=refund_fen,
        needs_person_choice=winner.needs_person_choice,
        advice=_advice_zh(winner, refund_fen),
        unchecked=winner.unchecked,
        involved=sorted({now.policy.successor(cover.row.place) for cover in pair}),
        records=sorted(cover.record for cover in pair),
        material=[*sorted(cover.record.hex() for cover in pair), _side(winner.keep, winner)],
        lines=_lines(pair),
    )


def _side(cover: Cover | None, winner: Winner) -> str:
    """A side for `keep` and `clear`: the scheme; scheme@pooling area where both are of one scheme; the record's hash where even these agree."""
    if cover is None or winner.keep is None or winner.clear is None:
        return ""
    if winner.keep.row.scheme != winner.clear.row.scheme:
        return str(cover.row.scheme)
    side = f"{cover.row.scheme}@{cover.pool}"
    return side if winner.keep.pool != winner.clear.pool else f"{side}#{cover.record.hex()[:_SHORT]}"


def _refundable_fen(clear: Cover | None, now: Moment) -> int:
    """The person's 390 premium for years that have not begun: refunded on request; once the year has begun, nothing is."""
    if clear is None or clear.row.scheme != Scheme.MED_RES:
        return 0
    return sum(entry.person_fen for entry in clear.entries if first_day(entry.month) > now.as_of)


def _record_zh(cover: Cover) -> str:
    since = f"，{day_zh(cover.first_day)}起" if cover.first_day else ""
    traits = [name for name, on in (("退休", cover.row.retired), ("资助参保", cover.row.subsidised)) if on]
    traits += ["学生"] if cover.row.person_type == PersonType.STUDENT else []
    traits += ["新生儿"] if cover.row.person_type == PersonType.NEWBORN else []
    return f"{scheme_zh(cover.row.scheme)}（统筹区{cover.pool}{since}{'，' + '、'.join(traits) if traits else ''}）"


def _lines(pair: tuple[Cover, Cover]) -> list[str]:
    lines = ["双方是否均已报销尚不可知（没有结算比对）；核实双方均已报销的，按高级别处理。"]
    if any(cover.row.scheme == Scheme.MED_RES for cover in pair):
        lines.append("居民医保费在参保年度开始前可依申请退费；年度开始后自职工医保可享受待遇之日起暂停，不再退费（医保办函〔2021〕11号）。")
    return lines


def _advice_zh(winner: Winner, refund_fen: int) -> str:
    if winner.clear is None:
        return "征求本人意见后，保留一个参保关系，另一个办理暂停。"
    text = f"核实后保留{scheme_zh(winner.keep.row.scheme)}，" if winner.keep else ""
    text += f"{scheme_zh(winner.clear.row.scheme)}（统筹区{winner.clear.pool}）办理暂停。"
    return text + (f"尚未开始的年度已缴{yuan_zh(refund_fen)}，可依申请退费。" if refund_fen else "")


RULE = Rule(
    code=CODE,
    alert_type="DUP_ENROL_MEDICAL",
    title="医保重复参保",
    version=1,
    cause=Cause.MEDICAL,
    owner=Agency.MED,
    queue=Queue.C,
    law=(
        "《社会保险法》第二十三条至第二十五条（职工与居民基本医疗保险）",
        "医保发〔2020〕33号（不得重复参保、重复享受待遇）",
        "医保办函〔2021〕11号 第十六条（重复参保的保留、暂停与退费）",
    ),
    verify=(
        "核对两条记录的参保地、参保身份、缴费和待遇起止日期。",
        "联系本人确认就业地、学籍地或常住地，按规则保留一个参保关系。",
        "核对两地结算记录，是否存在同一费用重复报销。",
        "资助参保的，由本人签署放弃承诺后再暂停。",
    ),
    legitimate=(
        "就业前已在集中缴费期缴纳居民医保，尚未办理暂停。",
        "新参加职工医保处于等待期，尚不能享受待遇。",
        "行政区划或经办机构调整，同一参保关系有两条记录。",
        "新生儿随父母登记，尚未更正为本人证件。",
        "一方记录已申请暂停，信息尚未到达。",
    ),
    reads=frozenset(
        {
            Kind.ENROLMENT,
            Kind.CONTRIBUTION,
            Kind.CONTRIB_REFUND,
            Kind.STATUS,
            Kind.HUKOU,
            Kind.PAYROLL,
            Kind.IDENTITY,
        }
    ),
    evaluate=evaluate,
    close=close,
    by_family={MEDICAL.number: evaluate},
    requires=Flag.ENROLMENT,
)
