"""The AsyncAPI document of what canbao publishes, from the list of topics and the Avro contracts; Kafka, webhooks and the live stream."""

import json
from typing import Any

from schemas.alert_schema import alert_schema, event_schema, header_schema
from schemas.topics import EVENTS, FEED_PLACE, Topic, load_topics
from schemas.wire import schema_text

VERSION = "3.0.0"
PUBLISHED = ("alert", "enrolment", "decision", "decision_result", "data_quality")
"""Contracts of topics that cross a team boundary; the rest is private to canbao."""

EVENT = {
    "name": "alert-event",
    "title": "One revision of an alert as a CloudEvent, JSON format, structured mode; the same bytes on repeat",
    "contentType": "application/cloudevents+json",
    "payload": {"$ref": "#/components/schemas/alert-event"},
}
HTTP_CHANNELS: dict[str, Any] = {
    "webhook": {
        "address": None,
        "description": "A target of `canbao target add`. Headers webhook-id (alert_id:revision, the same over retries), webhook-timestamp, "
        "webhook-signature (v1, HMAC-SHA-256, one a secret): Standard Webhooks. At least once, in order per alert.",
        "messages": {"alert-event": {"$ref": "#/components/messages/alert-event"}},
    },
    "live": {
        "address": "/alerts/stream",
        "description": "Server-sent events with Last-Event-ID; `event: alert` carries one message, `event: gap` divisions to read anew.",
        "messages": {"alert-event": {"$ref": "#/components/messages/alert-event"}},
    },
}
"""Channels beside Kafka; their payload is one CloudEvent."""


def document(release: str) -> dict[str, Any]:
    """AsyncAPI 3.0: one channel a published topic, its message as the Avro schema itself."""
    topics = [topic for topic in load_topics() if topic.contract in PUBLISHED]
    return {
        "asyncapi": VERSION,
        "info": {
            "title": "canbao 参保",
            "version": release,
            "description": "An alert is a lead to verify, never an order to stop a payment (待核实，不作为停发依据). "
            f"Readers set isolation.level=read_committed. {EVENTS} and the changelogs are private.",
            "license": {"name": "Apache-2.0"},
        },
        "channels": {**{_id(topic): _channel(topic) for topic in topics}, **HTTP_CHANNELS},
        "operations": {
            f"{'receive' if 'page' in topic.producers else 'send'}-{_id(topic)}": {
                "action": "receive" if "page" in topic.producers else "send",
                "channel": {"$ref": f"#/channels/{_id(topic)}"},
            }
            for topic in topics
        }
        | {
            f"send-{name}": {"action": "send", "channel": {"$ref": f"#/channels/{name}"}, "bindings": {"http": {"method": method}}}
            for name, method in (("webhook", "POST"), ("live", "GET"))
        },
        "components": {
            "messages": {**{topic.contract: _message(topic) for topic in topics}, "alert-event": EVENT},
            "schemas": {"alert": alert_schema(), "alert-event": event_schema()},
        },
    }


def page(release: str) -> str:
    """docs/reference/asyncapi.json."""
    return json.dumps(document(release), ensure_ascii=False, indent=1) + "\n"


def _id(topic: Topic) -> str:
    """The channel's name in the document: of a topic a feed, what all of them begin with."""
    return topic.name.removesuffix(f".{FEED_PLACE}")


def _channel(topic: Topic) -> dict[str, Any]:
    name = topic.contract
    return {
        "address": topic.name.replace(FEED_PLACE, "{feed}"),
        **(
            {"parameters": {"feed": {"description": "name of the feed, as docs/reference/feeds.md lists it"}}}
            if FEED_PLACE in topic.name
            else {}
        ),
        "description": f"{topic.purpose_en}. {topic.purpose}",
        "messages": {name: {"$ref": f"#/components/messages/{name}"}},
        "bindings": {"kafka": {"topicConfiguration": {"cleanup.policy": [topic.cleanup.lower()]}, "bindingVersion": "0.5.0"}},
        "x-isolation-level": topic.isolation,
        "x-personal-data": topic.personal_data,
        "x-status": topic.status,
    }


def _message(topic: Topic) -> dict[str, Any]:
    name = topic.contract
    return {
        "name": name,
        "contentType": "application/avro",
        **({"headers": header_schema()} if name == "alert" else {}),
        "payload": {"schemaFormat": "application/vnd.apache.avro+json;version=1.9.0", "schema": json.loads(schema_text(name))},
        "bindings": {"kafka": {"key": {"type": "string", "format": "binary", "description": topic.key}, "bindingVersion": "0.5.0"}},
    }
