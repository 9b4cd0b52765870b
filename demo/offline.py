"""The city without a broker: the same records through the same pure code, in one process. For tests and for rule authors."""

from collections.abc import Iterator

from demo.city.city import City, day_number
from demo.city.emit.departments import FEEDS, Day, days_of
from demo.city.emit.wire import Message
from demo.score import Keys
from processors.intake.compile import CompiledFeed, Raw, compile_feed
from processors.intake.horizons import Horizons
from processors.intake.outcome import Accepted, Marker, Outcome, Rejected
from processors.intake.remembered import Remembered
from processors.rows import MemoryRows
from processors.stage import PeopleStage, derive
from schemas.alert import Alert
from schemas.events import FORMAT, Facts, Horizon, Tick
from schemas.feed_file import load_feeds
from schemas.policy import load_policy

SWEEP = 1000


class RefusedRecordError(Exception):
    """The city wrote a record that intake does not take."""


class Department:
    """One feed's intake: compiled code, memory, offsets, horizons."""

    def __init__(self, name: str, code: CompiledFeed) -> None:
        self.name = name
        self._code = code
        self._memory = Remembered()
        self._horizons = Horizons()
        self._offset = -1

    def read(self, message: Message, day: int) -> Iterator[Facts | Horizon]:
        """The events that one record becomes; a record that intake refuses is a fault of the city."""
        self._offset += 1
        outcome, _ = self._code.read(Raw(message.key, message.value, {}, 0, self._offset), day, 0, self._memory)
        if isinstance(outcome, Accepted):
            self._memory.keep(outcome)
            yield from outcome.messages
        elif isinstance(outcome, Marker):
            before = self._horizons
            self._horizons = before.accept(outcome)
            for division, through in self._horizons.standing.items():
                if before.standing.get(division) != through:
                    yield Horizon(FORMAT, self.name, division, 0, 1, through)
        else:
            _refuse(self.name, message, outcome)


def _refuse(feed: str, message: Message, outcome: Outcome) -> None:
    if isinstance(outcome, Rejected):
        raise RefusedRecordError(
            f"{feed}: intake refuses a record of the city: {outcome.code} {outcome.field} {outcome.allowed}; {message.value!r}"
        )


class OfflineRun:
    """All departments and one events partition, day by day."""

    def __init__(self) -> None:
        feeds, keys = load_feeds(), Keys().maker
        self.departments = {f"canbao.feed.{name.replace('_', '-')}": Department(name, compile_feed(feeds[name], keys)) for name in FEEDS}
        self.stage = PeopleStage(load_policy(), {name: feeds[name].topic for name in FEEDS}, strict=True)
        self.rows = MemoryRows(derive)
        self.history: list[Alert] = []
        self.latest: dict[bytes, Alert] = {}

    def run(self, city: City) -> None:
        """Every day of the city, and the tick after the last one."""
        for day in days_of(city):
            self.day(day)
        self.end(city)

    def end(self, city: City) -> None:
        """The tick after the last day."""
        self._take(Tick(FORMAT, day_number(city.last) + 1))

    def day(self, day: Day) -> None:
        """One day: its tick, its records, its completeness markers."""
        number = day_number(day.day)
        self._take(Tick(FORMAT, number))
        for message in day.messages:
            for event in self.departments[message.topic].read(message, number):
                self._take(event)

    def _take(self, event: Facts | Horizon | Tick) -> None:
        self._publish(self.stage.handle(self.rows, event).alerts)
        while not isinstance(event, Facts) and self.stage.sweeping:
            self._publish(self.stage.sweep(self.rows, SWEEP).alerts)

    def _publish(self, alerts: list[Alert]) -> None:
        self.history += alerts
        self.latest |= {alert.alert_id: alert for alert in alerts}


def run(city: City) -> OfflineRun:
    """The whole city, offline."""
    offline = OfflineRun()
    offline.run(city)
    return offline
