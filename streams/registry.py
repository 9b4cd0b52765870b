"""The Schema Registry at the edge: ids for writers, schemas for readers. Down is never a crash: writers wait, readers get a named error."""

from typing import TYPE_CHECKING

import stamina
import structlog

from schemas.contracts import contract_of
from schemas.wire import Reader, Writer
from streams.settings import Settings

if TYPE_CHECKING:
    from streams.registry_client import Registry

log = structlog.get_logger("canbao.registry")

LONGEST_WAIT_SECONDS = 15.0


class RegistryDownError(ConnectionError):
    """The registry did not answer, or not sensibly: try again later."""


def writer_for(topic: str, settings: Settings) -> Writer:
    """A writer of a topic's contract: with the registry's id where a registry is configured, waiting as long as it is down."""
    name = contract_of(topic)
    if not settings.registry_url:
        return Writer(name)
    registry = _registry(settings)
    for attempt in stamina.retry_context(RegistryDownError, attempts=None, timeout=None, wait_max=LONGEST_WAIT_SECONDS):
        with attempt:
            if attempt.num > 1:
                log.warning("registry is down, waiting", attempts=attempt.num - 1, topic=topic)
            return Writer(name, registry.register(name, topic))
    raise AssertionError("unreachable: the retry has no end")


def reader_for(name: str, settings: Settings) -> Reader:
    """A reader of one contract; with a registry it takes Confluent framing too."""
    return Reader(name, _registry(settings).text if settings.registry_url else None)


def _registry(settings: Settings) -> "Registry":
    from streams.registry_client import Registry  # noqa: PLC0415 - its HTTP stack costs a second of start-up

    return Registry(settings)
