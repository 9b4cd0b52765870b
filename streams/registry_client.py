"""The client of a Schema Registry; imported only where one is configured, because the library brings an HTTP stack of its own."""

from confluent_kafka.schema_registry import Schema, SchemaRegistryClient
from confluent_kafka.schema_registry.error import SchemaRegistryError

from schemas.wire import UnknownSchemaError, schema_text
from streams.registry import RegistryDownError
from streams.settings import Settings

NOT_FOUND = 404
REQUEST_SECONDS = 3.0


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

    def newest(self, topic: str) -> str | None:
        """The newest schema registered for a topic's values; None where there is none.

        Raises:
            RegistryDownError: no answer.
            UnknownSchemaError: a version without a schema.
        """
        try:
            found = self._client.get_latest_version(f"{topic}-value").schema
        except SchemaRegistryError as error:
            if error.http_status_code == NOT_FOUND:
                return None
            raise RegistryDownError(f"HTTP {error.http_status_code}") from None
        except Exception as error:  # noqa: BLE001 - the client's HTTP library, and so its errors, differ by release
            raise RegistryDownError(type(error).__name__) from None
        if found is None or not found.schema_str:
            raise UnknownSchemaError(f"{topic}-value has a version without text in the registry")
        return str(found.schema_str)

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
