"""Which server does not answer, told by its error: its name and the setting that leads there."""

from typing import Any

SERVERS = {
    "AuditDownError": "audit (canbao.audit)",
    "RebuildError": "rebuild, call it again",
    "RegistryDownError": "Schema Registry (CANBAO_REGISTRY_URL)",
    "KafkaException": "Kafka (CANBAO_KAFKA_BOOTSTRAP)",
    "RedisError": "Redis (CANBAO_REDIS_URL)",
    "ConnectionError": "Kafka (CANBAO_KAFKA_BOOTSTRAP)",
    "TimeoutError": "Kafka (CANBAO_KAFKA_BOOTSTRAP)",
}
"""By the name of the error's class: nothing is imported to compare with. Redis's own are RedisErrors; those of Python are raised where Kafka is read or written."""


def names_of(error: BaseException) -> list[str]:
    """Names of its classes, the nearest first; of Redis's own only the general one, since they are called as Python's are."""
    kinds = type(error).__mro__
    return [kind.__name__ for kind in kinds if not kind.__module__.startswith("redis.") or kind.__name__ == "RedisError"]


def server_down(error: BaseException) -> str:
    """`Redis (CANBAO_REDIS_URL): reason`; empty where the error is of another kind."""
    found = next((SERVERS[name] for name in names_of(error) if name in SERVERS), "")
    return f"{found}: {_reason(error)}" if found else ""


def _reason(error: BaseException) -> str:
    reason: Any = error.args[0] if error.args else type(error).__name__
    return str(reason.str() if hasattr(reason, "str") else reason)
