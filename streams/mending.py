"""Dead letters and stopped feeds as the workbench asks for them: by the code of `canbao dlq replay` and `canbao feed resume`, under its own principal."""

import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import structlog
from confluent_kafka import KafkaException

from schemas.audit import Audit, AuditDownError, Deed
from schemas.control import FeedState
from schemas.look_ups import Asker
from schemas.mending import Halt, LetterPlace, Mendable, MendingDownError, WaitingLetters
from streams.audited import entry_of_asker
from streams.control import read_control, resume_feed
from streams.letters import Letter, Mark, position_of, read_topic
from streams.replay import Chosen, replay
from streams.sealing import Sealer, SealError, sealer_of
from streams.settings import Settings

log = structlog.get_logger("canbao.web")

COUNTED_MAX = 100_000
NEWEST = 5


class KafkaMendingPort:
    """`sinks.web.mending.MendingPort` on Kafka."""

    def __init__(self, settings: Settings, audit: Audit, sealer: Sealer) -> None:
        self._settings, self._audit, self._sealer = settings, audit, sealer

    def mendable(self) -> Mendable:
        """What waits and what stands."""
        with _told():
            waiting, whole = _waiting(self._settings)
            control = read_control(self._settings)
            halts = [Halt(feed, row.reason, row.place) for feed, row in sorted(control.items()) if row.state is FeedState.PAUSED]
            return Mendable(_summed(waiting.values()), halts, whole)

    def replay(self, asker: Asker, feed: str, code: str, through: str) -> int:
        """Send back what waits of a feed and code, up to what somebody looked at."""
        chosen = Chosen(feed=feed, code=code, through=_positions(through))
        with _told():
            return replay(
                self._settings,
                self._sealer,
                chosen,
                lambda count: self._audit(entry_of_asker(asker, Deed.DEAD_LETTERS_REPLAYED, count=count, objects=[feed, code])),
            )

    def resume(self, asker: Asker, feed: str) -> bool:
        """Let a feed run again; False where it runs."""
        with _told():
            row = read_control(self._settings).get(feed)
            if row is None or row.state is not FeedState.PAUSED:
                return False
            self._audit(entry_of_asker(asker, Deed.FEED_RESUMED, objects=[feed]))
            resume_feed(self._settings, feed, 0, asker.reason)
            return True


def mending_port(settings: Settings, audit: Audit) -> KafkaMendingPort | None:
    """The port, None where the settings give the workbench none; SettingsError where they do and lack the seal key.

    Kafka is met as the principal for it if one is given: the page's own may not read dead letters nor write feeds.
    """
    if not settings.web_replay:
        return None
    acting = settings.under(settings.web_replay_username, settings.web_replay_password)
    return KafkaMendingPort(acting, audit, sealer_of(settings))


Kind = tuple[str, str]
"""Feed and code."""


def _waiting(settings: Settings) -> tuple[dict[str, tuple[Kind, LetterPlace]], bool]:
    """Letters without a mark by reference, without what they hold; whether they are all."""
    found: dict[str, tuple[Kind, LetterPlace]] = {}
    for one in read_topic(settings):
        if isinstance(one, Letter):
            fields = one.fields
            kind = sys.intern(fields["feed"]), sys.intern(fields["code"])
            found[one.ref] = kind, LetterPlace(one.ref, one.place, sys.intern(fields["field"]), fields["timestamp_ms"])
        elif isinstance(one, Mark):
            found.pop(one.ref, None)
        if len(found) >= COUNTED_MAX:
            return found, False
    return found, True


def _summed(waiting: Iterable[tuple[Kind, LetterPlace]]) -> list[WaitingLetters]:
    kinds = defaultdict[Kind, list[LetterPlace]](list)
    for kind, place in waiting:
        kinds[kind].append(place)
    return [_sum(feed, code, places) for (feed, code), places in sorted(kinds.items())]


def _sum(feed: str, code: str, places: list[LetterPlace]) -> WaitingLetters:
    times = [place.at_ms for place in places]
    last: dict[int, int] = {}
    for partition, offset in (position_of(place.ref) for place in places):
        last[partition] = max(offset, last.get(partition, 0))
    through = " ".join(f"{partition}:{offset}" for partition, offset in sorted(last.items()))
    return WaitingLetters(feed, code, len(places), min(times), max(times), places[: -NEWEST - 1 : -1], through)


def _positions(through: str) -> dict[int, int]:
    """Partition → offset of words partition:offset."""
    return dict(position_of(word) for word in through.split())


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except AuditDownError:
        raise
    except (KafkaException, SealError, ConnectionError, TimeoutError) as error:
        log.warning("dead letters or feeds are not reached", error=type(error).__name__)
        raise MendingDownError("dead letters or feeds are not reached") from None
