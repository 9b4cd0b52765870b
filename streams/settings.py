"""Settings of a canbao process: environment variables CANBAO_…, one typed class, secrets masked wherever they are shown."""

import difflib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from streams.setting_forms import (
    Addresses,
    Brokers,
    File,
    Folder,
    Key,
    KeyRing,
    Networks,
    Pepper,
    PolicyFolder,
    Proxies,
    RedisUrl,
    RegistryUrl,
    Url,
)

PREFIX = "CANBAO_"
NOT_SETTINGS = ("CANBAO_TEST_", "CANBAO_FAULT")
"""Prefixes of variables that belong to the tests and to the named fault points."""
SESSION_MS_MIN, TRANSACTION_MS_MAX = 3_000, 100_000
"""Outside of these the engine's own time-outs do not fit any more (`streams.engine.spec.Timeouts`)."""
DOWNLOADS = "CANBAO_CACHE"
"""Where the demo and the tests keep downloaded servers; no setting of a worker."""

Port = Annotated[int, Field(ge=0, le=65_535)]
Host = Annotated[str, Field(pattern=r"^[A-Za-z0-9.:_-]{1,255}$")]


class SettingsError(ValueError):
    """A wrong setting; each line names the variable and what is allowed, never the value."""


class Settings(BaseSettings):
    """Every setting of every role. The description of a field is its documentation."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True, hide_input_in_errors=True)

    kafka_bootstrap: Brokers = Field("localhost:9092", description="addresses of the brokers, host:port[,host:port…]")
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field("PLAINTEXT", description="transport")
    kafka_sasl_mechanism: Literal["", "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field("", description="empty: no SASL")
    kafka_sasl_username: str = Field("", description="principal of this process")
    kafka_sasl_password: SecretStr = Field(SecretStr(""), description="its password")
    kafka_ca_file: File = Field(None, description="certificates of the brokers' authority, PEM")
    kafka_certificate_file: File = Field(None, description="our own certificate for mutual TLS, PEM")
    kafka_key_file: File = Field(None, description="its private key, PEM")
    kafka_embedded: bool = Field(False, description="the broker is librdkafka's mock cluster (demo and tests only)")
    instance: str = Field(
        "0", pattern=r"^[A-Za-z0-9._-]{1,64}$", description="lasting name of this process: the ordinal of its StatefulSet"
    )
    machine: str = Field(
        "",
        pattern=r"^[A-Za-z0-9._-]{0,64}$",
        description="name of this machine; empty: the address the brokers see. Standbys are on another machine than the owner",
    )
    standby_partitions: int = Field(
        16, ge=0, le=256, description="most partitions of other machines that a copy is kept of, to be taken over fast; 0: none"
    )
    state_folder: Folder = Field(Path("state"), description="folder of the local stores; a cache, may be deleted while stopped")
    events_partitions: int = Field(8, ge=1, le=256, description="partitions of canbao.events and all topics beside it; never changed later")
    replication_factor: int = Field(1, ge=1, le=9, description="copies of each topic; 3 in production")
    clock: Literal["calendar", "topic"] = Field(
        "calendar", description="who writes the day's tick: calendar = the owner of a partition; topic = it is in the log"
    )
    policy_folder: PolicyFolder = Field(None, description="folder of policy files, *.yaml, instead of the shipped ones")
    pepper: Pepper = Field(SecretStr(""), description="secret of the person keys, at least 32 characters; intake and the vault only")
    pepper_version: int = Field(1, ge=1, le=255, description="version byte of the person keys")
    seal_key: Key = Field(SecretStr(""), description="256-bit key of dead letters, 64 hexadecimal digits")
    seal_key_id: str = Field("k1", pattern=r"^[A-Za-z0-9._-]{1,32}$", description="name of the seal key")
    seal_keys_older: KeyRing = Field(SecretStr(""), description="earlier seal keys that still open, id:hexadecimal, separated by blanks")
    cipher: Literal["AES-256-GCM", "SM4-GCM"] = Field(
        "AES-256-GCM", description="what seals from now on; both are opened. SM4-GCM where 商用密码 is required"
    )
    vault_keys: KeyRing = Field(
        SecretStr(""), description="key-encryption keys of the identity vault, id:64 hexadecimal digits, separated by blanks"
    )
    vault_keys_file: File = Field(
        None, description="file with the same instead, a key a line (a mounted secret); both empty: one derived from the seal key"
    )
    vault_key_id: str = Field("", pattern=r"^[A-Za-z0-9._-]{0,32}$", description="which of them wraps from now on; empty: the last one")
    vault_stewards: str = Field("", description="accounts that may look up identities from the command line, separated by commas")
    vault_approvers: str = Field("", description="accounts that may approve a bulk look-up of another account, separated by commas")
    horizon_seconds: float = Field(60.0, ge=0, le=3_600, description="least time between two horizons of a source partition; 0: at once")
    registry_url: RegistryUrl = Field("", description="Schema Registry; empty: Avro single-object encoding")
    registry_user: str = Field("", description="user of the registry")
    registry_password: SecretStr = Field(SecretStr(""), description="its password")
    redis_url: RedisUrl = Field(
        SecretStr("redis://localhost:6379/0"), description="Redis of the read model, redis://[user:password@]host:port/db"
    )
    redis_stream_length: int = Field(
        20_000, ge=100, le=10_000_000, description="entries kept in the stream of one division, about; 2 to 4 KB each"
    )
    web_host: Host = Field("127.0.0.1", description="address of the workbench; behind a gateway that speaks TLS")
    web_port: Port = Field(8480, description="port of the workbench")
    web_origin: str = Field(
        "http://127.0.0.1:8480", pattern=r"^https?://[^\s/]+$", description="the workbench as browsers see it; https in production"
    )
    web_trusted_proxies: Proxies = Field("", description="addresses of the gateway whose X-Forwarded headers count, with commas")
    web_metrics_urls: Addresses = Field("", description="/metrics of the workers, with spaces: feeds on the workbench's pages")
    web_vault: bool = Field(
        False, description="the workbench may look up identities (查号); then it needs pepper and key-encryption keys too"
    )
    web_vault_username: str = Field(
        "", description="Kafka principal for those look-ups (canbao-re-identification); empty: the process's own"
    )
    web_vault_password: SecretStr = Field(SecretStr(""), description="its password")
    web_replay: bool = Field(
        False, description="the workbench may send dead letters back and resume feeds (数据质量); then it needs the seal key too"
    )
    web_replay_username: str = Field("", description="Kafka principal for that (canbao-replay); empty: the process's own")
    web_replay_password: SecretStr = Field(SecretStr(""), description="its password")
    oidc_issuer: Url = Field("", description="OpenID Connect issuer where people sign in to the workbench")
    oidc_client_id: str = Field("", description="the workbench's name there")
    oidc_client_secret: SecretStr = Field(SecretStr(""), description="its secret")
    oidc_role_claim: str = Field("canbao_role", min_length=1, description="claim of the ID token with the role")
    oidc_division_claim: str = Field("canbao_division", min_length=1, description="claim of the ID token with the six-digit division")
    live_host: Host = Field("127.0.0.1", description="address of the live stream; behind a gateway that speaks TLS")
    live_port: Port = Field(8481, description="port of the live stream")
    live_tokens: File = Field(None, description="file of the live stream's readers, their tokens' digests and divisions, YAML")
    target_key: Key = Field(
        SecretStr(""), description="AES-256 key of the targets' signing secrets, 64 hexadecimal digits; deliver and cli only"
    )
    target_key_id: str = Field("t1", pattern=r"^[A-Za-z0-9._-]{1,32}$", description="name of that key")
    target_keys_older: KeyRing = Field(SecretStr(""), description="keys before it that still open secrets, id:hexadecimal with spaces")
    webhook_networks: Networks = Field(
        "", description="private networks that webhooks may go to, CIDR joined by commas; empty: public ones only"
    )
    webhook_plain: bool = Field(False, description="webhooks may go over http (demo and tests only)")
    webhook_hold_seconds: float = Field(3_600.0, ge=0.1, le=86_400, description="longest wait between two tries of a target that is down")
    metrics_host: Host = Field("0.0.0.0", description="address of /metrics, /livez and /readyz")  # noqa: S104 - probes and Prometheus come from outside
    metrics_port: Port = Field(9464, description="port of /metrics, /livez and /readyz; 0: any free port")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="least level written")
    session_ms: int = Field(8_000, ge=SESSION_MS_MIN, le=TRANSACTION_MS_MAX, description="Kafka session time-out")
    transaction_ms: int = Field(
        10_000,
        ge=SESSION_MS_MIN,
        le=TRANSACTION_MS_MAX,
        description="Kafka transaction time-out; not below the session's",
    )
    cache_megabytes: int = Field(256, ge=8, le=65_536, description="RocksDB block cache of this process")
    write_buffer_megabytes: int = Field(128, ge=8, le=65_536, description="RocksDB write buffers of this process")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        """What several settings say together; half a security setting connects to nothing, and the broker's answer does not say why."""
        problems = [*self._login_problems(), *self._certificate_problems()]
        if self.session_ms > self.transaction_ms:
            problems.append(f"CANBAO_SESSION_MS: must not be above CANBAO_TRANSACTION_MS ({self.session_ms} > {self.transaction_ms})")
        if self.vault_keys.get_secret_value() and self.vault_keys_file is not None:
            problems.append("CANBAO_VAULT_KEYS and CANBAO_VAULT_KEYS_FILE: give one of the two; keys of both would not be joined")
        for name in ("web_vault", "web_replay"):
            if bool(getattr(self, f"{name}_username")) != bool(getattr(self, f"{name}_password").get_secret_value()):
                given = f"{PREFIX}{name.upper()}"
                problems.append(f"{given}_USERNAME and {given}_PASSWORD belong together")
        if problems:
            raise ValueError("\n".join(problems))
        return self

    def _login_problems(self) -> list[str]:
        wanted = self.kafka_security_protocol.startswith("SASL_")
        login = (self.kafka_sasl_mechanism, self.kafka_sasl_username, self.kafka_sasl_password.get_secret_value())
        if wanted and not all(login):
            names = "CANBAO_KAFKA_SASL_MECHANISM, CANBAO_KAFKA_SASL_USERNAME and CANBAO_KAFKA_SASL_PASSWORD"
            return [f"CANBAO_KAFKA_SECURITY_PROTOCOL: {self.kafka_security_protocol} needs {names}"]
        if any(login) and not wanted:
            given = ", ".join(
                f"CANBAO_KAFKA_SASL_{name}" for name, one in zip(("MECHANISM", "USERNAME", "PASSWORD"), login, strict=True) if one
            )
            return [f"{given}: used with CANBAO_KAFKA_SECURITY_PROTOCOL SASL_SSL (or SASL_PLAINTEXT) only"]
        return []

    def _certificate_problems(self) -> list[str]:
        if (self.kafka_certificate_file is None) != (self.kafka_key_file is None):
            return ["CANBAO_KAFKA_CERTIFICATE_FILE and CANBAO_KAFKA_KEY_FILE belong together"]
        given = [name for name in ("kafka_ca_file", "kafka_certificate_file") if getattr(self, name) is not None]
        if given and not self.kafka_security_protocol.endswith("SSL"):
            names = ", ".join(f"{PREFIX}{name.upper()}" for name in given)
            return [f"{names}: used with CANBAO_KAFKA_SECURITY_PROTOCOL SSL or SASL_SSL only"]
        return []

    @property
    def kafka_client(self) -> dict[str, str | int | float | bool]:
        """Security settings for every Kafka client, as librdkafka names them."""
        found: dict[str, str | int | float | bool] = {"security.protocol": self.kafka_security_protocol}
        if self.kafka_sasl_mechanism:
            found |= {"sasl.mechanism": self.kafka_sasl_mechanism, "sasl.username": self.kafka_sasl_username}
            found["sasl.password"] = self.kafka_sasl_password.get_secret_value()
        if self.kafka_ca_file is not None:
            found["ssl.ca.location"] = str(self.kafka_ca_file)
        if self.kafka_certificate_file is not None and self.kafka_key_file is not None:
            found |= {"ssl.certificate.location": str(self.kafka_certificate_file), "ssl.key.location": str(self.kafka_key_file)}
        return found

    def under(self, username: str, password: SecretStr) -> "Settings":
        """These settings with another Kafka login; unchanged where none is named."""
        return self.model_copy(update={"kafka_sasl_username": username, "kafka_sasl_password": password}) if username else self

    def shown(self) -> list[tuple[str, str, str]]:
        """(variable, value with secrets masked, meaning), in the order of the class."""
        rows = []
        for name, field in type(self).model_fields.items():
            value = getattr(self, name)
            if isinstance(value, SecretStr):
                text = "(set, hidden)" if value.get_secret_value() else "(not set)"
            else:
                text = "" if value is None else str(value)
            rows.append((PREFIX + name.upper(), text, field.description or ""))
        return rows


def load_settings(environment: Mapping[str, str] | None = None, **given: Any) -> Settings:
    """Settings from the environment and explicit values.

    Raises:
        SettingsError: a wrong value, or a variable CANBAO_… that names no setting.
    """
    source = os.environ if environment is None else environment
    known = {PREFIX + name.upper(): name for name in Settings.model_fields}
    strange = [
        name for name in source if name.startswith(PREFIX) and name not in known and name != DOWNLOADS and not name.startswith(NOT_SETTINGS)
    ]
    if strange:
        raise SettingsError("\n".join(_unknown(name, list(known)) for name in sorted(strange)))
    values = {known[name]: value for name, value in source.items() if name in known}
    try:
        return Settings(**{**values, **given})
    except ValidationError as error:
        raise SettingsError("\n".join(_wrong(one) for one in error.errors(include_input=False, include_url=False))) from None


def _unknown(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f"{name}: no such setting{f'; did you mean {near[0]}?' if near else ''}; `canbao config` lists all"


def _wrong(error: Any) -> str:
    """One line about one wrong value; pydantic's message says what is allowed."""
    if not error["loc"]:
        return str(error["ctx"]["error"])  # about several settings: its text names them
    name = str(error["loc"][0])
    field = Settings.model_fields.get(name)
    return f"{PREFIX}{name.upper()}: {error['msg'].removeprefix('Value error, ')}{f' ({field.description})' if field else ''}"


def page() -> str:
    """docs/reference/settings.md: every setting, its default and its meaning."""
    head = [
        "# Settings",
        "",
        "Environment variables; written from `streams/settings.py` by `canbao docs write`. `canbao config` prints the values, secrets masked.",
        "",
        "| variable | default | meaning |",
        "|---|---|---|",
    ]
    rows = []
    for name, field in Settings.model_fields.items():
        default = "(secret)" if isinstance(field.default, SecretStr) else ("" if field.default is None else str(field.default))
        rows.append(f"| `{PREFIX}{name.upper()}` | {f'`{default}`' if default else '–'} | {field.description} |")
    return "\n".join([*head, *rows]) + "\n"
