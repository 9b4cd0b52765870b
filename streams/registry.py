"""The Schema Registry at the edge: ids for writers, schemas for readers. Down is never a crash: writers wait, readers get a named error."""

import stamina
import structlog
from confluent_kafka.schema_registry import Schema, SchemaRegistryClient
from confluent_kafka.schema_registry.error import SchemaRegistryError

from schemas.wire import Reader, UnknownSchemaError, Writer, schema_text
from streams.settings import Settings

log = structlog.get_logger("canbao.registry")

NOT_FOUND = 404
REQUEST_SECONDS = 3.0
LONGEST_WAIT_SECONDS = 15.0


class RegistryDownError(ConnectionError):
    """The registry did not answer, or not sensibly: try again later."""


class Registry:
    """One registry, with bounded waiting in each call. `mock://name` is an in-process one for tests."""

    def __init__(self, settings: Settings) -> None:
        config: dict[str, object] = {"url": settings.registry_url, "timeout": REQUEST_SECONDS, "max.retries": 0}
        if settings.registry_user:
            config["basic.auth.user.info"] = f"{settings.registry_user}:{settings.registry_password.get_secret_value()}"
        self._client = SchemaRegistryClient.new_client(config)

    def register(self, name: str, topic: str) -> int:
        """The id of a contract as value of a topic (subject `<topic>-value`), registered where it is new.

        Raises:
            RegistryDownError: no answer. A refusal (incompatible schema) is SchemaRegistryError: the release does not fit the registry.
        """
        try:
            return int(self._client.register_schema(f"{topic}-value", Schema(schema_text(name), "AVRO")))
        except SchemaRegistryError as error:
            if 400 <= error.http_status_code < 500:  # noqa: PLR2004 - client errors of HTTP
                raise
            raise RegistryDownError(f"HTTP {error.http_status_code}") from None
        except Exception as error:  # noqa: BLE001 - the client's HTTP library, and so its errors, differ by release
            raise RegistryDownError(type(error).__name__) from None

    def text(self, schema_id: int) -> str:
        """The schema of an id.

        Raises:
            UnknownSchemaError: the registry does not know the id (yet).
            RegistryDownError: no answer.
        """
        try:
            found = self._client.get_schema(schema_id).schema_str
        except SchemaRegistryError as error:
            if error.http_status_code == NOT_FOUND:
                raise UnknownSchemaError(f"schema id {schema_id} is not in the registry") from None
            raise RegistryDownError(f"HTTP {error.http_status_code}") from None
        except Exception as error:  # noqa: BLE001 - the client's HTTP library, and so its errors, differ by release
            raise RegistryDownError(type(error).__name__) from None
        if not found:
            raise UnknownSchemaError(f"schema id {schema_id} has no text in the registry")
        return str(found)


def writer_for(name: str, topic: str, settings: Settings) -> Writer:
    """A writer of one contract: with the registry's id where a registry is configured, waiting as long as it is down."""
    if not settings.registry_url:
        return Writer(name)
    registry = Registry(settings)
    for attempt in stamina.retry_context(RegistryDownError, attempts=None, timeout=None, wait_max=LONGEST_WAIT_SECONDS):
        with attempt:
            if attempt.num > 1:
                log.warning("registry is down, waiting", attempts=attempt.num - 1, topic=topic)
            return Writer(name, registry.register(name, topic))
    raise AssertionError("unreachable: the retry has no end")


def reader_for(name: str, settings: Settings) -> Reader:
    """A reader of one contract; with a registry it takes Confluent framing too."""
    return Reader(name, Registry(settings).text if settings.registry_url else None)
