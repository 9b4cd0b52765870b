"""Why reading with several processes ended: a setting is refused, a server named with its setting, a fault of ours told without its message."""

import pytest
import redis
from confluent_kafka import KafkaError, KafkaException

from streams.settings import Settings, SettingsError
from streams.side_by_side import RebuildError, Share, Tell, Work, side_by_side


async def wrong_setting(_settings: Settings, _share: Share, _tell: Tell) -> None:
    """As a registry that a writer needs and that is not set."""
    raise SettingsError("CANBAO_REGISTRY_URL: is missing")


async def no_redis(_settings: Settings, _share: Share, _tell: Tell) -> None:
    """A wrong password."""
    raise redis.exceptions.AuthenticationError("invalid username-password pair")


async def no_kafka(_settings: Settings, _share: Share, _tell: Tell) -> None:
    """Brokers that are away."""
    raise KafkaException(KafkaError(-195, "down"))


async def fault(_settings: Settings, _share: Share, _tell: Tell) -> None:
    """Something that nobody thought of."""
    raise TypeError("370100197001011234")


def ignored(_done: int, _total: int) -> None:
    """No bar."""


@pytest.mark.parametrize(
    ("work", "kind", "says"),
    [
        (wrong_setting, SettingsError, r"^CANBAO_REGISTRY_URL: is missing$"),
        (no_redis, RebuildError, r"^Redis \(CANBAO_REDIS_URL\): invalid username-password pair$"),
        (no_kafka, RebuildError, r"^Kafka \(CANBAO_KAFKA_BOOTSTRAP\): down$"),
        (fault, RebuildError, r"^TypeError at .*test_side_by_side\.py:\d+ fault"),
    ],
    ids=["setting", "redis", "kafka", "fault"],
)
def test_why_it_ended(work: Work, kind: type[Exception], says: str, capfd: pytest.CaptureFixture[str]) -> None:
    """The parent raises what the first process told; no process writes a traceback, whose message may be anything."""
    with pytest.raises(kind, match=says):
        side_by_side(Settings(), work, ignored)
    assert "370100197001011234" not in capfd.readouterr().err
