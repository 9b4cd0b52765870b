"""A person in the terminal: head, month ledger as a picture, timeline, alerts with their reasons. A pure function of state rows."""

from collections.abc import Iterator, Mapping

from rich.console import Console
from rich.table import Table

from processors.handling.half import decode_row, shown
from processors.person.person import Person
from processors.person.sections import KIND_OF
from processors.person.state import DETAIL, HEAD, QUARANTINE, DetailRow, SchemeLine, decode_detail
from processors.rules.wording import day_zh, month_zh, scheme_zh
from schemas.alert import Alert
from schemas.dates import bits_of, date_of, month_bit
from schemas.facts import AnyFact
from schemas.kinds import EnrolState, Precision, Premise
from streams.cli.alert_text import COLOUR, lines_of
from streams.cli.fact_text import ENROL, fact_line

FACTS_SHOWN = 200
LEGEND = "█ 已缴（个人或单位）　▓ 财政或基金代缴　✖ 同月多笔　· 无"
SEX = {1: "男", 2: "女"}
ALERT_SECTION = b"Z"


def print_person(console: Console, person_key: bytes, rows: Mapping[bytes, bytes]) -> None:
    """Print everything."""
    person = Person(person_key, rows.get)
    alerts = sorted(alerts_of(rows, person_key), key=lambda alert: (alert.premise != Premise.HOLDS, -alert.detected_on, alert.rule))
    _print_head(console, person, rows)
    _print_ledger(console, person)
    _print_timeline(console, list(facts_of(rows, person_key)))
    console.rule(f"预警 {len(alerts)}")
    for alert in alerts:
        for line in lines_of(alert):
            console.print(line, style=COLOUR.get(alert.severity) if alert.premise == Premise.HOLDS else "dim", markup=False)
        for one in alert.evidence:
            console.print(
                f"　证据 {one.feed} {one.field} {one.value_class}（{one.topic}[{one.partition}]@{one.offset}）", style="dim", markup=False
            )
        console.print()


def facts_of(rows: Mapping[bytes, bytes], person_key: bytes) -> Iterator[AnyFact]:
    """Every fact in the detail rows, withdrawn and ended ones included."""
    start = DETAIL + person_key
    for key, value in rows.items():
        if key.startswith(start) and key[len(start) : len(start) + 1] != ALERT_SECTION:
            row: DetailRow = decode_detail(value)
            yield from row.facts


def alerts_of(rows: Mapping[bytes, bytes], person_key: bytes) -> list[Alert]:
    """The last revision of every alert that the person ever had."""
    start = DETAIL + person_key + ALERT_SECTION
    found = [decode_row(value) for key, value in rows.items() if key.startswith(start)]
    return [shown(row.alert, row.half) for row in found]


def picture(line: SchemeLine) -> list[tuple[int, str]]:
    """The months of one scheme as (year, twelve characters), from the first to the last covered year."""
    cover, own, many = bits_of(line.cover), bits_of(line.own), bits_of(line.many)
    if not cover:
        return []
    first, last = (cover & -cover).bit_length() - 1, cover.bit_length() - 1
    start = _year(first)
    return [
        (year, "".join(_cell(month_bit(year * 12 + index), cover, own, many) for index in range(12)))
        for year in range(start, _year(last) + 1)
    ]


def _year(bit: int) -> int:
    return 1980 + bit // 12


def _cell(bit: int, cover: int, own: int, many: int) -> str:
    if many & bit:
        return "✖"
    if own & bit:
        return "█"
    return "▓" if cover & bit else "·"


def _print_head(console: Console, person: Person, rows: Mapping[bytes, bytes]) -> None:
    head = person.head
    console.rule("个人")
    born = day_zh(head.birth_day, Precision.MONTH) if head.birth_day else "不详"  # the day would single a person out
    console.print(f"人员标识 {person.key.hex()}　{SEX.get(head.sex, '性别不详')}　出生 {born}", markup=False)
    kept = sum(key.startswith(QUARANTINE) for key in rows)
    if head.quarantined:
        console.print(f"已隔离 {head.quarantined}，暂存 {kept} 条消息；`canbao unquarantine` 恢复", style="red", markup=False)
    for place in head.places:
        last = f"，缴至 {month_zh(place.last_month)}" if place.last_month else ""
        console.print(f"　{scheme_zh(place.scheme)} {place.place}：{ENROL.get(EnrolState(place.state), '未知')}{last}", markup=False)
    for wake in head.wakes:
        console.print(f"　待判断 {wake.rule}：{wake.clock or '日历'} {date_of(wake.day).isoformat()}", style="dim", markup=False)
    size = sum(len(value) for key, value in rows.items() if key.startswith(HEAD))
    console.print(f"　状态 {len(rows)} 行，{sum(map(len, rows.values()))} 字节（首行 {size}）", style="dim", markup=False)


def _print_ledger(console: Console, person: Person) -> None:
    console.rule("缴费台账")
    table = Table(box=None, pad_edge=False)
    table.add_column("险种")
    table.add_column("年")
    table.add_column("1 2 3 4 5 6 7 8 9101112")
    for line in person.head.schemes:
        for index, (year, cells) in enumerate(picture(line)):
            table.add_row(scheme_zh(line.scheme) if not index else "", str(year), " ".join(cells))
    console.print(table)
    console.print(LEGEND, style="dim")


def _print_timeline(console: Console, facts: list[AnyFact]) -> None:
    console.rule(f"时间线 {len(facts)}")
    ordered = sorted(facts, key=lambda fact: (fact.known_on, fact.sequence, fact.sub))
    if len(ordered) > FACTS_SHOWN:
        console.print(f"（较早的 {len(ordered) - FACTS_SHOWN} 条未显示）", style="dim", markup=False)
    for fact in ordered[-FACTS_SHOWN:]:
        known = date_of(fact.known_on).isoformat() if fact.known_on else "          "
        console.print(f"{known} {fact_line(KIND_OF[type(fact)], fact)}", markup=False)
