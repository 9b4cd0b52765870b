"""What the rules of the death family say alike: sources and dates of a death, why it is not for action yet, shared evidence and reads."""

from processors.person.claims import claim_days
from processors.person.death import Death, Standing
from processors.rules.wording import day_zh, month_zh, origin_zh
from schemas.facts import DeathClaim, Fact
from schemas.kinds import DeathOrigin, Kind, Precision, Scheme

# What decides a death and how sure it is: claims, evidence of life, and the names that the registers have.
DEATH_READS = frozenset({Kind.DEATH_CLAIM, Kind.ALIVE, Kind.HUKOU, Kind.IDENTITY, Kind.ENROLMENT, Kind.BENEFIT_RECORD})

_REPORTING = "《社会保险经办条例》第二十五条、第二十六条（死亡报告与核实后停止发放）"
_RECOVERY = "《社会保险经办条例》第四十六条（多发待遇的退回）"
_BENEFIT_LAW = {
    Scheme.PENSION_RES: ("国发〔2014〕8号 七（死亡次月起停止支付养老金）", "《社会保险法》第十四条（个人账户余额可以继承）"),
    Scheme.PENSION_EMP: ("《社会保险法》第十四条（个人账户余额可以继承）、第十七条（丧葬补助金和抚恤金）",),
    Scheme.PENSION_CIVIL: ("《社会保险法》第十四条（个人账户余额可以继承）、第十七条（丧葬补助金和抚恤金）",),
    Scheme.UNEMPLOYMENT: ("《社会保险法》第四十九条（领取失业保险金期间死亡的待遇）",),
    Scheme.INJURY: ("《工伤保险条例》第三十九条（职工死亡的待遇）",),
}

_STANDING = {
    Standing.WAITING: "死亡信息目前只有一个独立来源，尚在等待印证期内。",
    Standing.HELD_ALIVE: "死亡日期之后有本人到场记录（见“死亡信息存疑”），死亡信息只有一个独立来源，暂不转为预警。",
    Standing.HELD_FORM: "姓名核对一致后才转为预警。",
    Standing.HELD_NAME: "死亡信息的姓名与登记姓名不一致，须有姓名一致的来源印证后才转为预警。",
}


def sources_zh(death: Death) -> str:
    """Each source with its date, earliest first: 死亡信息：卫健死亡证明（2024年3月30日）、民政火化（2024年4月2日）."""
    claims = sorted(death.claims, key=lambda claim: (claim.died_on, claim.origin, claim.row))
    return "死亡信息：" + "、".join(dict.fromkeys(_source_zh(claim) for claim in claims))


def death_lines(death: Death, standing: Standing) -> list[str]:
    """Lines that every alert of a death carries: how sources differ, how the date was chosen, why it is not for action yet."""
    lines = []
    if death.dates_differ:
        lines.append(
            f"各来源死亡月份不一致：按最早的{month_zh(death.month)}计算（审计口径），"
            f"{month_zh(death.last_month + 1)}起各来源一致认为在死亡之后，其间月份列为来源不一致。"
        )
    elif len({claim.died_on for claim in death.claims if claim.precision != Precision.NOT_AFTER}) > 1:
        lines.append(f"各来源死亡日期不同，所属月份均按{month_zh(death.month)}计算。")
    if death.undated:
        lines.append(f"各来源均未载死亡日期：按最晚可能的{day_zh(death.day)}计算，实际死亡可能更早，请先查明死亡日期。")
    if death.by_court:
        lines.append("宣告死亡以判决确定的死亡日期为准，不以失踪日期计算；判决撤销后恢复并补发待遇（人社厅函〔2010〕159号）。")
    if not death.proven:
        lines.append("死亡信息只按15位旧号码报送，没有校验位，录入错误无法识别，且姓名尚未与登记姓名核对一致，请先核对姓名和18位号码。")
    if death.unproven:
        beside = "、".join(dict.fromkeys(map(_source_zh, death.unproven)))
        lines.append(f"另有按15位旧号码报送、姓名尚未核对一致的死亡信息：{beside}。未计入死亡日期和来源，请一并核对。")
    if standing in _STANDING:
        lines.append(_STANDING[standing])
    return lines


def benefit_law(scheme: int, *, recovery: bool) -> list[str]:
    """The law on a benefit after a death, by scheme; with the article on paying back where money was paid."""
    return [_REPORTING, *([_RECOVERY] if recovery else []), *_BENEFIT_LAW.get(scheme, ())]  # type: ignore[call-overload]  # an int finds its IntEnum


def death_evidence(death: Death) -> list[tuple[Fact, str]]:
    """The claims in force, earliest first."""
    claims = sorted(death.claims, key=lambda claim: (claim.died_on, claim.origin, claim.row))
    return [(claim, "died_on") for claim in claims]


def death_material(death: Death) -> list[int | str]:
    """What of a death matters to an explanation: its months and its independent sources."""
    return [death.month, death.last_month, *sorted(DeathOrigin(group).name for group in death.groups)]


def _source_zh(claim: DeathClaim) -> str:
    dated = day_zh(claim_days(claim)[1], claim.precision) if claim.died_on else "未载日期"
    return f"{origin_zh(claim.origin)}（{dated}）"
