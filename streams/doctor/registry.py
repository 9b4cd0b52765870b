"""The Schema Registry, where one is configured: each contract's newest registered version against the release's."""

import json

from schemas.topics import ALERTS, DEAD_LETTERS, ENROLMENTS
from schemas.wire import UnknownSchemaError, released_texts, schema_text
from streams.doctor.finding import Finding, State
from streams.registry import RegistryDownError
from streams.settings import Settings

WRITTEN = {"alert": ALERTS, "enrolment": ENROLMENTS, "dead_letter": DEAD_LETTERS}
"""Contracts that workers register, by the topic whose value they are."""


def check(settings: Settings) -> list[Finding]:
    """One finding a contract; one alone where there is no registry or it does not answer."""
    if not settings.registry_url:
        return [Finding("registry", State.OK, "none configured: Avro single-object encoding, schemas in the release")]
    from streams.registry_client import Registry  # noqa: PLC0415 - its HTTP stack costs a second of start-up

    registry = Registry(settings)
    try:
        return [_contract(name, topic, registry.newest(topic)) for name, topic in WRITTEN.items()]
    except RegistryDownError as error:
        return [
            Finding("registry", State.WRONG, f"does not answer ({error})", "start it, or correct CANBAO_REGISTRY_URL, user and password")
        ]
    except UnknownSchemaError as error:
        return [Finding("registry", State.WRONG, str(error), "delete the subject, workers register it anew at their start")]


def _contract(name: str, topic: str, newest: str | None) -> Finding:
    if newest is None:
        return Finding("registry", State.ADVICE, f"{topic}-value is not registered", "the first worker that writes it does; nothing to do")
    held = json.loads(newest)
    if held == json.loads(schema_text(name)):
        return Finding("registry", State.OK, f"{topic}-value is this release's")
    if any(held == json.loads(text) for text in released_texts(name)):
        return Finding("registry", State.ADVICE, f"{topic}-value is an earlier release's", "normal until the writers are upgraded")
    remedy = "a newer release of canbao runs elsewhere: upgrade this one; or somebody registered a schema by hand: delete that version"
    return Finding("registry", State.WRONG, f"{topic}-value is no schema of this release", remedy)
