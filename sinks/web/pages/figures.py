"""The figures of the overview: what is to do by queue and division, what changed day by day. Each with the day of the log that it is of."""

from collections import Counter
from collections.abc import Iterable

from msgspec import Struct

from schemas.divisions import load_divisions
from schemas.kinds import Change, Level, Queue
from sinks.desk.brief import Facet
from sinks.desk.read import DeskReader
from sinks.web.rights import CITY_UNIT, PROVINCE_UNIT

TREND_DAYS = 60
CLOSING = (Change.HEALED, Change.RETRACTED, Change.SUPERSEDED)


class QueueFigures(Struct, frozen=True):
    """One queue: alerts to act on, signals that wait, alerts past their day, alerts nobody has taken."""

    queue: str
    alerts: int
    signals: int
    overdue: int
    untouched: int


class PlaceFigures(Struct, frozen=True):
    """One division: alerts to act on by queue, signals, and all open."""

    division: int
    name: str
    queues: dict[str, int]
    signals: int
    open_alerts: int


class Trend(Struct, frozen=True):
    """Revisions a day of the log: opened, updated, closed."""

    days: list[int]
    opened: list[int]
    closed: list[int]


class Overview(Struct, frozen=True):
    """Everything that the overview states. `as_of`: newest day of the log; `written_ms`: when the model last changed."""

    place: int
    as_of: int
    written_ms: int
    queues: list[QueueFigures]
    places: list[PlaceFigures]
    trend: Trend
    backlog: int
    rules: list[tuple[str, int]]


async def overview(desk: DeskReader, place: int) -> Overview:
    """The figures of a division: its own, a city's counties, or the province's cities."""
    fresh = await desk.fresh()
    below = _below(place)
    counts = dict(zip((place, *below), await desk.counts([place, *below]), strict=True))
    if place % PROVINCE_UNIT == 0:
        counts[place] = sum(counts.values(), Counter())
    own = counts[place]
    overdue = Counter[str]()
    for part in below if place % PROVINCE_UNIT == 0 else [place]:
        overdue += await desk.overdue(part, fresh.as_of)
    return Overview(
        place=place,
        as_of=fresh.as_of,
        written_ms=fresh.written_ms,
        queues=[_queue(queue, own, overdue[queue]) for queue in Queue],
        places=_places(place, below, counts),
        trend=await _trend(desk, below if place % PROVINCE_UNIT == 0 else [place], fresh.as_of),
        backlog=sum(number for facet, number in own.items() if facet.origin == "BACKLOG"),
        rules=_by_rule(own),
    )


def _below(place: int) -> list[int]:
    """The divisions of a city, the cities of the province."""
    divisions = load_divisions()
    if place % PROVINCE_UNIT == 0:
        return sorted(divisions.cities)
    return divisions.counties_of(place) if place % CITY_UNIT == 0 else []


def _queue(queue: str, counts: Counter[Facet], overdue: int) -> QueueFigures:
    mine = [(facet, number) for facet, number in counts.items() if facet.queue == queue]
    alerts = sum(number for facet, number in mine if facet.level == Level.ALERT)
    untouched = sum(number for facet, number in mine if facet.level == Level.ALERT and facet.handling == "NEW")
    return QueueFigures(queue, alerts, sum(number for _, number in mine) - alerts, overdue, untouched)


def _places(place: int, below: list[int], counts: dict[int, Counter[Facet]]) -> list[PlaceFigures]:
    """A row a division that has open alerts; what a city handles itself stands first."""
    divisions = load_divisions()
    rows = [_place(division, divisions.name_of(division), counts[division]) for division in below]
    if below and place % PROVINCE_UNIT:
        itself = counts[place] - sum((counts[division] for division in below), Counter())
        rows.insert(0, _place(place, "市本级", itself))
    return [row for row in rows if row.open_alerts] or [_place(place, divisions.name_of(place), counts[place])]


def _place(division: int, name: str, counts: Counter[Facet]) -> PlaceFigures:
    queues = dict.fromkeys(Queue, 0)
    for facet, number in counts.items():
        if facet.level == Level.ALERT and facet.queue in queues:
            queues[Queue(facet.queue)] += number
    alerts, total = sum(queues.values()), counts.total()
    return PlaceFigures(division, name, {queue.value: number for queue, number in queues.items()}, total - alerts, total)


def _by_rule(counts: Counter[Facet]) -> list[tuple[str, int]]:
    found = Counter[str]()
    for facet, number in counts.items():
        found[facet.rule] += number
    return found.most_common()


async def _trend(desk: DeskReader, places: Iterable[int], as_of: int) -> Trend:
    days = list(range(as_of - TREND_DAYS + 1, as_of + 1)) if as_of else []
    opened, closed = [0] * len(days), [0] * len(days)
    for place in places:
        for index, one in enumerate(await desk.days(place, days)):
            for (change, _), number in one.items():
                opened[index] += number if change == Change.OPENED else 0
                closed[index] += number if change in CLOSING else 0
    return Trend(days, opened, closed)
