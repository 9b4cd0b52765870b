"""R17 CARD_MISMATCH 社保卡信息不一致: a dead person's active card, two active cards, an enrolment without any card. One finding a person.

A side that is missing (a card, the closing of the old one) is judged only when the card feed's horizon has reached the day on which the
side that is there became known: CLOSED(old) may arrive after REPLACED(new). A dead person's card stays open for a while on purpose: the
heirs settle with it.
"""

from processors.person.death import HELD, Death, death_alert_level, death_of, death_standing, settle_wakes
from processors.person.person import Person
from processors.rules.death_wording import DEATH_READS, death_evidence, death_lines, death_material, sources_zh
from processors.rules.model import CALENDAR, NOTHING, Closing, Finding, Judgement, Moment, Rule, Wake
from processors.rules.place import city_of
from processors.rules.wording import day_zh
from schemas.alert import Alert
from schemas.dates import date_of, day_in_month, month_of_day
from schemas.facts import Alive, Card, Enrolment, Fact
from schemas.kinds import Agency, CardState, Cause, EnrolState, FactStatus, Kind, Level, Premise, Queue, Severity, Source

CODE = "R17"
FEED = "card"
DEAD_CARD = "DEAD_CARD"
TWO_CARDS = "TWO_CARDS"
NO_CARD = "NO_CARD"
ADULT_AGE_YEARS = 16
_ENROLLED = frozenset({EnrolState.PAYING, EnrolState.PAUSED, EnrolState.DRAWING, EnrolState.PENSION_SUSPENDED})


def evaluate(person: Person, now: Moment) -> Judgement:
    """At most one finding: the card of a dead person, else two active cards, else no card."""
    death = death_of(person, now)
    active = [card for card in person.cards if card.state == CardState.ACTIVE and card.status != FactStatus.ENDED]
    if death is not None and active:
        dead = _dead_card(person, death, active, now)
        if dead.findings:
            return dead
    else:
        dead = NOTHING
    if death_alert_level(person, now) is not None:
        return dead
    living = _two_cards(person, active, now) if len(active) > 1 else _no_card(person, now) if not person.cards else NOTHING
    settle = settle_wakes(death, now) if death is not None else []
    return Judgement(living.findings, list(dict.fromkeys([*dead.wakes, *living.wakes, *settle])))


def close(person: Person, now: Moment, last_alert: Alert) -> Closing:
    """Healed when the missing side appeared or a card was closed; retracted when the death or the enrolment behind it is gone."""
    if last_alert.subtype == DEAD_CARD:
        if death_of(person, now) is None:
            return Closing(Premise.RETRACTED, note="死亡信息已全部撤销。")
        return Closing(Premise.HEALED, healed_by="CANCELLED", note="社保卡已注销。")
    if death_alert_level(person, now) is not None:
        return Closing(Premise.HEALED, healed_by="DEAD", note="本人已去世。")
    if last_alert.subtype == TWO_CARDS:
        return Closing(Premise.HEALED, healed_by="CANCELLED", note="只剩一张有效社保卡。")
    if person.cards:
        return Closing(Premise.HEALED, healed_by="CARD_ISSUED", note="已有社保卡记录。")
    return Closing(Premise.RETRACTED, note="参保记录已终止或撤销。")


def _dead_card(person: Person, death: Death, active: list[Card], now: Moment) -> Judgement:
    """At once where the card was used or issued after the death, else when it is still open after the limit."""
    card = max(active, key=lambda one: (one.issued_on, one.card))
    used = [one for one in person.alive if one.source == Source.CARD and one.seen_on > death.day]
    issued = [one for one in active if max(one.issued_on, one.changed_on) > death.day]
    settle = settle_wakes(death, now)
    if used or issued:
        return Judgement([_dead_finding(death, issued[-1] if issued else card, used, now)], settle)
    opens_on = death.day + now.policy.days("card.dead_open_days", death.known_on, card.city)
    wakes = _not_yet(now, card.city, opens_on, max(death.known_on, opens_on - 1))
    return Judgement(wakes=wakes) if wakes else Judgement([_dead_finding(death, card, used, now)], settle)


def _two_cards(person: Person, active: list[Card], now: Moment) -> Judgement:
    """Two active cards of one city, once the closing of the older would have come."""
    for city in sorted({city_of(now, card.city) for card in active}):
        cards = sorted((card for card in active if city_of(now, card.city) == city), key=lambda one: (one.issued_on, one.card))
        if len({card.card for card in cards}) < 2 or _child_card(person, cards[0]):  # noqa: PLR2004 - a pair
            continue
        wakes = _not_yet(now, city, now.as_of, max(card.known_on for card in cards))
        if wakes:
            return Judgement(wakes=wakes)
        return Judgement([_pair_finding(cards, now)])
    return NOTHING


def _no_card(person: Person, now: Moment) -> Judgement:
    """An enrolment of a person of sixteen or more without any card record, once the card would have come."""
    enrolled = [row for row in person.enrolments if row.state in _ENROLLED and row.status != FactStatus.ENDED]
    if not enrolled:
        return NOTHING
    first = min(enrolled, key=lambda row: (row.known_on, row.scheme, row.row))
    wakes = _not_yet(now, first.place, _adult_on(person), first.known_on)
    return Judgement(wakes=wakes) if wakes else Judgement([_absent_finding(first, now)])


def _not_yet(now: Moment, place: int, from_day: int, horizon_day: int) -> list[Wake]:
    """The wake to wait for: the calendar day first, then the card feed's horizon; empty where both have come."""
    if now.as_of < from_day:
        return [Wake(CALENDAR, from_day)]
    if now.horizon(FEED, place) < horizon_day:
        return [Wake.horizon(now, FEED, place, horizon_day)]
    return []


def _adult_on(person: Person) -> int:
    """The sixteenth birthday; a birthday on 29 February counts on the last day of the month."""
    if not person.birth_day:
        return 0
    return day_in_month(month_of_day(person.birth_day) + ADULT_AGE_YEARS * 12, date_of(person.birth_day).day)


def _child_card(person: Person, oldest: Card) -> bool:
    """A card issued before the sixteenth birthday is a child's card: it stands beside the adult's until it is handed in."""
    return bool(oldest.issued_on) and oldest.issued_on < _adult_on(person)


def _dead_finding(death: Death, card: Card, used: list[Alive], now: Moment) -> Finding:
    standing = death_standing(death, now)
    issued = max(card.issued_on, card.changed_on) > death.day
    text = "社保卡仍为有效状态"
    if used:
        text = f"死亡后社保卡仍有使用记录（最近{day_zh(max(one.seen_on for one in used))}）"
    elif issued:
        text = f"社保卡于{day_zh(max(card.issued_on, card.changed_on))}发放或重新启用，晚于死亡日期"
    evidence: list[tuple[Fact, str]] = [*death_evidence(death), (card, "state"), *((one, "seen_on") for one in used[-5:])]
    return Finding(
        scope=[],
        subtype=DEAD_CARD,
        cause=Cause.DEATH,
        level=Level.SIGNAL if standing in HELD else Level.ALERT,
        severity=Severity.MEDIUM,
        division=now.policy.successor(card.city),
        what=f"{sources_zh(death)}；{text}。",
        gap="死亡登记与社保卡状态不一致。",
        evidence=evidence,
        material=[*death_material(death), card.state, len(used), int(issued)],
        due_work_days=0,
        lines=death_lines(death, standing),
    )


def _pair_finding(cards: list[Card], now: Moment) -> Finding:
    return Finding(
        scope=[],
        subtype=TWO_CARDS,
        level=Level.ALERT,
        severity=Severity.INFO,
        division=now.policy.successor(cards[-1].city),
        what=f"同一人在同一城市有{len(cards)}张有效社保卡，最近一张于{day_zh(cards[-1].issued_on)}发放。",
        gap="补换新卡后旧卡没有注销，或15位与18位证件号码各有一张卡。",
        evidence=[(card, "state") for card in cards],
        material=[len(cards)],
        due_work_days=0,
    )


def _absent_finding(enrolment: Enrolment, now: Moment) -> Finding:
    return Finding(
        scope=[],
        subtype=NO_CARD,
        level=Level.ALERT,
        severity=Severity.INFO,
        division=now.policy.successor(enrolment.place),
        what="已有参保记录，持卡库中没有该人的社保卡记录。",
        gap="参保与持卡信息不一致。",
        evidence=[(enrolment, "state")],
        material=[enrolment.scheme],
        due_work_days=0,
    )


RULE = Rule(
    code=CODE,
    alert_type="CARD_MISMATCH",
    title="社保卡信息不一致",
    version=1,
    cause=Cause.NOT_COVERED,
    owner=Agency.SSC,
    queue=Queue.D,
    law=(
        "《社会保险法》第五十八条（个人社会保障号码）",
        "人社部发〔2011〕47号（社会保障卡管理办法）",
    ),
    verify=(
        "核对持卡库与参保库中同一社会保障号码的记录。",
        "去世人员的社保卡，请家属办结待遇和个人账户后注销。",
        "同一人有多张有效卡的，注销旧卡。",
    ),
    legitimate=(
        "家属正在用去世人员的社保卡办理待遇和账户结清。",
        "补换卡过程中，旧卡注销信息尚未到达。",
        "只申领了电子社保卡，或社保卡由外市发放。",
        "未成年人使用儿童卡。",
    ),
    reads=DEATH_READS | {Kind.CARD},
    evaluate=evaluate,
    close=close,
    needs=(FEED,),
)
