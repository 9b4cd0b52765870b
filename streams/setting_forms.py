"""The forms of settings: each function gives its value back or raises ValueError with what is allowed, and never repeats the value.

What only a running process can tell (whether a server answers, a folder can be made) is no form.
"""

import ipaddress
import os
import re
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, SecretStr

KEY_BYTES = 32
SHORTEST_PEPPER = 32
HIGHEST_PORT = 65_535
BROKER = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):(\d{1,5})")
KEY_ID = re.compile(r"[A-Za-z0-9._-]{1,32}")
HTTP = re.compile(r"https?://[^\s/]\S*")
DATABASE = re.compile(r"/?|/\d{1,5}")
HEXADECIMAL = f"must be {2 * KEY_BYTES} hexadecimal digits (openssl rand -hex {KEY_BYTES})"
REDIS = (
    "must be redis://[user:password@]host:port/db, rediss://… (TLS) or unix://[user:password@]/path; "
    "special characters of a password are written %XX"
)


def key_bytes(text: str) -> bytes:
    """A 256-bit key from its hexadecimal form."""
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise ValueError(HEXADECIMAL)
    return key


def key_ring(text: str) -> dict[str, bytes]:
    """Keys of a text of words id:hexadecimal, separated by blanks, commas or line ends. A wrong one is named by its number: its id may be a key."""
    found: dict[str, bytes] = {}
    for number, word in enumerate(text.replace(",", " ").split(), start=1):
        name, _, value = word.partition(":")
        try:
            key = key_bytes(value)
        except ValueError:
            key = b""
        if not key or not KEY_ID.fullmatch(name):
            raise ValueError(f"key {number}: must be id:{2 * KEY_BYTES} hexadecimal digits, the id of letters, digits, '.', '_' and '-'")
        if name in found:
            raise ValueError(f"key {number}: its id is given twice")
        found[name] = key
    return found


def _brokers(text: str) -> str:
    for one in text.split(","):
        match = BROKER.fullmatch(one.strip())
        if match is None or not 1 <= int(match[2]) <= HIGHEST_PORT:
            raise ValueError("must be host:port, several joined by commas")
    return text


def _pepper(secret: SecretStr) -> SecretStr:
    if 0 < len(secret.get_secret_value().encode()) < SHORTEST_PEPPER:
        raise ValueError(f"must have at least {SHORTEST_PEPPER} characters")
    return secret


def _key(secret: SecretStr) -> SecretStr:
    if secret.get_secret_value():
        key_bytes(secret.get_secret_value())
    return secret


def _ring(secret: SecretStr) -> SecretStr:
    key_ring(secret.get_secret_value())
    return secret


def _redis(secret: SecretStr) -> SecretStr:
    try:
        parts = urlsplit(secret.get_secret_value())
        server = parts.scheme in {"redis", "rediss"} and parts.hostname and parts.port != 0 and DATABASE.fullmatch(parts.path)
    except ValueError:  # a port that is none, a bracket that is open
        raise ValueError(REDIS) from None
    if not server and not (parts.scheme == "unix" and parts.path.strip("/")):
        raise ValueError(REDIS)
    if parts.query:
        _redis_options(secret.get_secret_value())
    return secret


def _redis_options(url: str) -> None:
    """Options behind `?` are those of redis-py, which says so when a connection is made, not when the address is read."""
    from redis import ConnectionPool  # noqa: PLC0415 - options are seldom, the client is not loaded for a command without

    try:
        ConnectionPool.from_url(url).make_connection()  # connects to nothing yet
    except Exception:  # noqa: BLE001 - each option refuses in its own way, with the value in the message
        raise ValueError("its options behind ? must be connection options of redis-py, such as ?protocol=3&socket_timeout=5") from None


def _file(path: Path | None) -> Path | None:
    if path is not None and (path.is_dir() or not os.access(path, os.R_OK)):
        raise ValueError("must be a file that is there and may be read")
    return path


def _policies(path: Path | None) -> Path | None:
    if path is not None and not any(path.glob("*.yaml")):
        raise ValueError("must be a folder that is there and holds the policy files, *.yaml; left away: the shipped ones")
    return path


def _folder(path: Path) -> Path:
    """A folder that is there or could be made; who makes it says whether it can."""
    there = next((one for one in (path, *path.absolute().parents) if one.exists()), None)
    if there is not None and not there.is_dir():
        raise ValueError("must be a folder, or one that can be made")
    return path


def _empty_is_none(value: Any) -> Any:
    """An empty variable is one that is not set, as `canbao config` prints it."""
    return None if value == "" else value


def _networks(text: str) -> str:
    for one in text.split(","):
        try:
            if one.strip():
                ipaddress.ip_network(one.strip())
        except ValueError:
            raise ValueError("must be networks as 10.1.0.0/16 without bits behind the mask, joined by commas") from None
    return text


def _proxies(text: str) -> str:
    try:
        return text if text.strip() == "*" else _networks(text)
    except ValueError:
        raise ValueError("must be IP addresses or networks joined by commas, or * for everybody") from None


def _is_url(text: str) -> bool:
    """An address without a user: what stands in it is shown, so a password may not."""
    try:
        return HTTP.fullmatch(text) is not None and "@" not in urlsplit(text).netloc and urlsplit(text).port != 0
    except ValueError:
        return False


def _addresses(text: str) -> str:
    if not all(_is_url(one) for one in text.split()):
        raise ValueError("must be http://host:port/metrics or https://…, several with spaces between, no user in them")
    return text


def _url(text: str) -> str:
    if text and not _is_url(text):
        raise ValueError("must be https://host[:port][/path] or http://…, no user and password in it")
    return text


def _registry(text: str) -> str:
    if text.startswith("mock://"):
        return text
    try:
        return _url(text)
    except ValueError as error:
        raise ValueError(f"{error} (they are CANBAO_REGISTRY_USER and CANBAO_REGISTRY_PASSWORD)") from None


Brokers = Annotated[str, AfterValidator(_brokers)]
Pepper = Annotated[SecretStr, AfterValidator(_pepper)]
Key = Annotated[SecretStr, AfterValidator(_key)]
KeyRing = Annotated[SecretStr, AfterValidator(_ring)]
RedisUrl = Annotated[SecretStr, AfterValidator(_redis)]
File = Annotated[Path | None, BeforeValidator(_empty_is_none), AfterValidator(_file)]
PolicyFolder = Annotated[Path | None, BeforeValidator(_empty_is_none), AfterValidator(_policies)]
Folder = Annotated[Path, AfterValidator(_folder)]
Networks = Annotated[str, AfterValidator(_networks)]
Proxies = Annotated[str, AfterValidator(_proxies)]
Addresses = Annotated[str, AfterValidator(_addresses)]
Url = Annotated[str, AfterValidator(_url)]
RegistryUrl = Annotated[str, AfterValidator(_registry)]
