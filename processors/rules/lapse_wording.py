"""How R11 says what is missing, until when it can be repaired, and what follows (domain 3.4 `med.*`, `medres.*`)."""

from collections.abc import Sequence

from processors.person.families import MEDICAL, PENSION, Family
from processors.person.gaps import Gap
from processors.person.payers import Basis
from processors.person.person import Person
from processors.rules.model import Moment
from processors.rules.wording import day_zh, month_zh, months_zh, scheme_zh
from schemas.dates import MONTH_ZERO, bits_of, first_day, months_of, span_bits
from schemas.kinds import PayerKind, Scheme

_YEAR = 12
_REASON = {
    6301: "解除或终止劳动合同",
    6302: "统筹范围内转出",
    6306: "失踪",
    6307: "停薪留职",
    6313: "辞职",
    6322: "合同期满",
    6323: "单位破产",
    6399: "其他中断原因",
    6401: "死亡",
    6405: "退保",
    6406: "出外定居",
    6407: "参加职工保险",
    6499: "其他终止原因",
}
_PAYER = {
    PayerKind.EMPLOYER: "单位缴费",
    PayerKind.INDIVIDUAL: "个人缴费",
    PayerKind.GOVERNMENT: "政府代缴",
    PayerKind.FUND: "基金代缴",
    PayerKind.COLLECTIVE: "集体缴费",
}
_RIDERS = {PENSION.name: (Scheme.UNEMPLOYMENT, Scheme.INJURY), MEDICAL.name: (Scheme.MATERNITY,)}


def what_zh(family: Family, gap: Gap, months: Sequence[int], reason: int) -> str:
    """何时何事: the last covered month, by whom, and what is missing since."""
    payer = _PAYER.get(gap.payer.kind, "")  # type: ignore[call-overload]  # an int finds its IntEnum
    paid = f"{scheme_zh(gap.payer.scheme)}{'（' + payer + '）' if payer else ''}"
    text = f"{paid}缴费至{month_zh(gap.prior)}，{months_zh(months)}在{family.label}各险种中均未见缴费到账。"
    if reason:
        text += f"参保变更原因：{reason}（{_REASON.get(reason, '见业务系统')}）。"
    return text


def gap_zh(family: Family, gap: Gap, months: Sequence[int], subtype: str) -> str:
    """差在哪: how many months, and whether it goes on."""
    if gap.basis is Basis.MEDICAL_YEAR:
        return f"{gap.first // _YEAR}年度集中缴费期已结束，未见居民医保缴费，也没有职工医保。"
    if gap.basis is not Basis.MONTH:
        return f"按年度判断：{gap.first // _YEAR}年缺{len(months)}个月的{family.label}缴费。"
    going = f"{month_zh(gap.until)}起已恢复缴费" if gap.until else "尚未恢复缴费"
    return f"连续{len(months)}个月{'及以上' if subtype == 'L3' and not gap.until else ''}未缴（{subtype}），{going}。"


def edge_zh(safe_day: int, now: Moment) -> str:
    """The last day on which medical cover can be repaired without a wait."""
    if not safe_day:
        return ""
    return f"最后补缴日：{day_zh(safe_day)}{'，已过' if now.as_of > safe_day else ''}。"


def advice_zh(family: Family, gap: Gap, subtype: str, safe_day: int, covered: int, now: Moment) -> str:
    """What the person can still do, and what the wait is now."""
    if family is PENSION:
        return _pension_advice(gap)
    if gap.basis is Basis.MEDICAL_YEAR:
        return _resident_advice(gap, safe_day, now)
    on, place = first_day(gap.first), gap.payer.place
    wait = now.policy.days("med.wait_max_months", on, place)
    if gap.basis is Basis.OWN_YEAR:
        return "灵活就业人员可自愿补缴或接续，是否补缴、是否有等待期以当地规定为准。"
    if now.as_of > safe_day or subtype == "L3":
        return f"中断已超过{now.policy.days('med.gap_ok_months', on, place)}个月：重新参保后可能有不超过{wait}个月的待遇等待期，补缴不免等待期。"
    text = f"请在{day_zh(safe_day)}前接续或补缴，期内补缴不设等待期，中断期间费用按规定报销；逾期可能有不超过{wait}个月的待遇等待期。"
    return text + _switch_zh(gap, covered, now)


def retro_note_zh(family: Family, months: int, now: Moment) -> str:
    """What is said when back-pay heals a lapse."""
    if family is MEDICAL and months > now.policy.days("med.gap_ok_months", now.as_of):
        return "缺缴月份已补缴到账；中断超过规定期限，补缴不免等待期。"
    return "缺缴月份已补缴到账。"


def further_lines(person: Person, family: Family, gap: Gap, months: Sequence[int]) -> list[str]:
    """210, 410 and 510 stop with the main scheme: they are lines, not alerts."""
    lines = []
    for scheme in _RIDERS[family.name]:
        cover = bits_of(person.line(scheme).cover)
        if not cover >> max(gap.prior - MONTH_ZERO, 0) & 1:
            continue
        missing = [month for month in months_of(span_bits(months[0], months[-1] - months[0] + 1) & ~cover) if month in set(months)]
        if missing:
            lines.append(f"{scheme_zh(scheme)}同期未见缴费：{months_zh(missing)}。")
    return lines


def _pension_advice(gap: Gap) -> str:
    if gap.basis is Basis.PENSION_YEAR:
        return "提醒本人可按当地规定补缴本年度居民养老保险费，缴费年限影响基础养老金。"
    if gap.basis is Basis.OWN_YEAR:
        return "灵活就业人员自愿缴费；未缴月份不计缴费年限，一般不得事后补缴增加年限。"
    return "单位缴费的由单位补缴；已离职的，可以灵活就业人员身份接续，或参加城乡居民养老保险。"


def _resident_advice(gap: Gap, safe_day: int, now: Moment) -> str:
    on, place = first_day(gap.first), gap.payer.place
    if now.as_of <= safe_day:
        return f"请在{day_zh(safe_day)}前补办缴费，逾期参保有待遇等待期。"
    missed = max(gap.months[-1] - gap.first + 1, 0) // _YEAR
    a_year = now.policy.days("medres.wait_per_missed_year_months", on, place)
    wait = now.policy.days("medres.wait_fixed_months", on, place) + missed * a_year
    least = (
        now.policy.days("medres.long_gap_wait_months", on, place) if missed >= now.policy.days("medres.long_gap_years", on, place) else 0
    )
    text = f"现在参保，待遇等待期为{max(wait, least)}个月；每多断缴一年增加{a_year}个月，可按规定缴费修复增加的部分"
    return f"{text}，修复后不少于{least}个月。" if least else f"{text}。"


def _switch_zh(gap: Gap, covered: int, now: Moment) -> str:
    """Two years of cover let the person change the scheme without waiting."""
    years = now.policy.days("med.two_year_rule", first_day(gap.first), gap.payer.place)
    before = span_bits(gap.first - years, years)
    return f"此前已连续参保{years}个月以上，转入居民医保也不设等待期。" if covered & before == before else ""
