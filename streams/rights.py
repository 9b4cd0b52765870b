"""Users and rights on a cluster, made from the list of topics by whoever may alter them (the account `admin` of deploy/kafka)."""

from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

from schemas.acls import Acl, acls
from schemas.feed_file import load_feeds
from streams.settings import Settings
from streams.topics import refuse_embedded

SECONDS = 30.0
ITERATIONS = 8_192
RESOURCES = {
    "topic": ResourceType.TOPIC,
    "group": ResourceType.GROUP,
    "transactional-id": ResourceType.TRANSACTIONAL_ID,
    "cluster": ResourceType.BROKER,
}
OPERATIONS = {
    "Read": AclOperation.READ,
    "Write": AclOperation.WRITE,
    "Create": AclOperation.CREATE,
    "Describe": AclOperation.DESCRIBE,
    "DescribeConfigs": AclOperation.DESCRIBE_CONFIGS,
    "AlterConfigs": AclOperation.ALTER_CONFIGS,
}


def user_of(role: str) -> str:
    """The principal's name of a role."""
    return f"canbao-{role}"


def binding(one: Acl) -> AclBinding:
    """A right as the admin client takes it."""
    pattern = ResourcePatternType.PREFIXED if one.prefixed else ResourcePatternType.LITERAL
    principal = f"User:{user_of(one.role)}"
    return AclBinding(RESOURCES[one.kind], one.name, pattern, principal, "*", OPERATIONS[one.operation], AclPermissionType.ALLOW)


def apply_rights(settings: Settings) -> int:
    """Give every role its rights; what is there already stays. Returns how many there are. KafkaException where this user may not."""
    wanted = [binding(one) for one in acls(load_feeds().values())]
    refuse_embedded(settings)
    admin = _admin(settings)
    for made in admin.create_acls(wanted, request_timeout=SECONDS).values():
        made.result(SECONDS)
    return len(wanted)


def set_password(settings: Settings, role: str, password: str) -> None:
    """Make a role's user, or change its password (SCRAM-SHA-512). KafkaException where this user may not."""
    info = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, ITERATIONS)
    change = UserScramCredentialUpsertion(user_of(role), info, password.encode())
    refuse_embedded(settings)
    admin = _admin(settings)
    for done in admin.alter_user_scram_credentials([change], request_timeout=SECONDS).values():
        done.result(SECONDS)


def _admin(settings: Settings) -> AdminClient:
    """Keep it in a name: its answers never come once it is gone."""
    return AdminClient({"bootstrap.servers": settings.kafka_bootstrap, "log_level": 0, **settings.kafka_client})
