"""Rights on the cluster against those that the list of topics asks for."""

from typing import Any

from confluent_kafka import KafkaException
from confluent_kafka.admin import (
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ConfigResource,
    ResourcePatternType,
    ResourceType,
)

from schemas.acls import Acl, acls, command
from schemas.feed_file import load_feeds
from streams.doctor.finding import Finding, State, unseen
from streams.doctor.kafka import ANSWER_SECONDS, admin_of
from streams.settings import Settings

KINDS = {
    ResourceType.TOPIC: "topic",
    ResourceType.GROUP: "group",
    ResourceType.TRANSACTIONAL_ID: "transactional-id",
    ResourceType.BROKER: "cluster",
}
PREFIX = "User:canbao-"
SHOWN = 5
ANY = AclBindingFilter(ResourceType.ANY, None, ResourcePatternType.ANY, None, None, AclOperation.ANY, AclPermissionType.ANY)  # type: ignore[arg-type]  # None means any


def check(settings: Settings) -> list[Finding]:
    """What is missing, and what canbao's principals or everybody may do beyond the list; the demo's broker has no rights at all."""
    if settings.kafka_embedded:
        return []
    admin = admin_of(settings)  # kept in a name: its answer never comes once it is gone
    try:
        # a principal without this right is answered with an empty list, not with a refusal
        cluster: Any = admin.describe_cluster(include_authorized_operations=True, request_timeout=ANSWER_SECONDS).result()
        if AclOperation.DESCRIBE not in (cluster.authorized_operations or ()):
            return [
                Finding("rights", State.UNSEEN, "not allowed to look", "run it as operator, or give this principal Describe on the cluster")
            ]
        if not _has_authorizer(admin, cluster.nodes[0].id):
            remedy = "set authorizer.class.name as in deploy/kafka/server.properties: without it everybody reads everything"
            return [Finding("rights", State.ADVICE, "the brokers have no authorizer", remedy)]
        bindings: Any = admin.describe_acls(ANY, request_timeout=ANSWER_SECONDS).result()
    except KafkaException as error:
        return [unseen("rights", error, "Describe on the cluster")]
    return _compared(set(acls(load_feeds().values())), bindings)


def _has_authorizer(admin: AdminClient, broker: int) -> bool:
    """Whether rights are checked at all. A broker without says so in its configuration only: asked for rights, the client gets an empty list."""
    place = ConfigResource(ConfigResource.Type.BROKER, str(broker))
    try:
        found = admin.describe_configs([place], request_timeout=ANSWER_SECONDS)[place].result()
    except KafkaException as error:
        if error.args[0].name() == "CLUSTER_AUTHORIZATION_FAILED":
            return True  # somebody refused
        raise
    return bool(found["authorizer.class.name"].value)


def _compared(wanted: set[Acl], bindings: Any) -> list[Finding]:
    there = {_acl(one) for one in bindings if one.principal.startswith(PREFIX)}
    open_to_all = sorted({one.name for one in bindings if one.principal == "User:*" and one.name.startswith("canbao")})
    found = [
        Finding("rights", State.WRONG, f"missing: {command(one)}", "kafka-acls.sh with this line") for one in sorted(wanted - there)[:SHOWN]
    ]
    more = len(wanted - there) - SHOWN
    if more > 0:
        found.append(Finding("rights", State.WRONG, f"missing: {more} more", "`canbao topics acl` prints all lines"))
    found += [
        Finding("rights", State.WRONG, f"too much: {command(one)}", "kafka-acls.sh --remove with this line")
        for one in sorted(there - wanted)[:SHOWN]
    ]
    found += [Finding("rights", State.WRONG, f"everybody may use {name}", "remove the right of User:*") for name in open_to_all]
    return found or [Finding("rights", State.OK, f"{len(wanted)} rights as declared")]


def _acl(one: Any) -> Acl:
    """A binding of the cluster as our list writes it."""
    words = one.operation.name.split("_")
    return Acl(
        one.principal.removeprefix(PREFIX),
        KINDS.get(one.restype, one.restype.name),
        one.name,
        "".join(word.capitalize() for word in words),
        one.resource_pattern_type is ResourcePatternType.PREFIXED,
    )
