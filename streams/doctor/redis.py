"""The read model's server: whether it answers, keeps what it took, drops nothing by itself, and is closed."""

import time
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from sinks.redis import FILLED
from streams.doctor.finding import Finding, State
from streams.settings import Settings

SECONDS = 5.0
SKEW_SECONDS_MAX = 2.0
ADVISED = {"maxmemory-policy": "noeviction", "appendonly": "yes"}
WHY = {
    "maxmemory-policy": "else it drops alerts by itself when it is full",
    "appendonly": "else a restart loses the model and `canbao rebuild redis` is needed",
}


def check(settings: Settings) -> list[Finding]:
    """All of it; one finding alone where nobody answers."""
    client = redis.Redis.from_url(
        settings.redis_url.get_secret_value(),
        decode_responses=True,
        socket_timeout=SECONDS,
        socket_connect_timeout=SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
    try:
        with client:
            client.ping()
            return [_filled(client), _account(client), *_settings(client), *_clock(client)]
    except (redis.exceptions.AuthenticationError, redis.exceptions.NoPermissionError) as error:
        remedy = "compare user and password of CANBAO_REDIS_URL with deploy/redis/users.acl.template"
        return [Finding("Redis", State.WRONG, f"refuses us ({type(error).__name__})", remedy)]
    except (redis.exceptions.RedisError, OSError) as error:
        return [Finding("Redis", State.WRONG, f"does not answer ({type(error).__name__})", "start it, or correct CANBAO_REDIS_URL")]


def _filled(client: Any) -> Finding:
    if client.exists(FILLED):
        return Finding("Redis", State.OK, "answers and holds a read model")
    return Finding("Redis", State.ADVICE, "answers and holds no read model", "normal before the first alert; else `canbao rebuild redis`")


def _account(client: Any) -> Finding:
    try:
        name = str(client.acl_whoami())
    except redis.exceptions.NoPermissionError:
        return Finding("Redis account", State.OK, "an account with few rights")
    if name == "default":
        return Finding(
            "Redis account", State.ADVICE, "everybody is the default user", "load deploy/redis/users.acl and give each service its own"
        )
    return Finding("Redis account", State.OK, name)


def _settings(client: Any) -> list[Finding]:
    try:
        known = {name: client.config_get(name).get(name) for name in ADVISED}
    except redis.exceptions.NoPermissionError:
        return [Finding("Redis settings", State.UNSEEN, "not allowed to look", "run it as canbao-operator")]
    wrong = [name for name, value in ADVISED.items() if known[name] != value]
    found = [
        Finding("Redis settings", State.WRONG, f"{name} is {known[name]}", f"set it to {ADVISED[name]}, {WHY[name]}") for name in wrong
    ]
    return found or [Finding("Redis settings", State.OK, "as advised")]


def _clock(client: Any) -> list[Finding]:
    try:
        before = time.time()
        seconds, micros = client.time()
        middle = (before + time.time()) / 2
    except redis.exceptions.NoPermissionError:
        return []
    skew = middle - (seconds + micros / 1_000_000)
    if abs(skew) > SKEW_SECONDS_MAX:
        return [
            Finding("Redis clock", State.WRONG, f"differs by {abs(skew):.1f} s from this machine's", "mend time synchronisation on both")
        ]
    return []
