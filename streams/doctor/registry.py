"""The Schema Registry, where one is configured: the newest version of each declared subject against the release's."""

import json

from schemas.contracts import contracts
from schemas.feed_file import load_feeds
from schemas.wire import UnknownSchemaError, released_texts, schema_text
from streams.doctor.finding import Finding, State
from streams.registry import RegistryDownError
from streams.settings import Settings


def check(settings: Settings) -> list[Finding]:
    """One finding a subject that is there and one for all that are not; one alone where there is no registry or it does not answer."""
    if not settings.registry_url:
        return [Finding("registry", State.OK, "none configured: Avro single-object encoding, schemas in the release")]
    from streams.registry_client import Registry  # noqa: PLC0415 - its HTTP stack costs a second of start-up

    registry, wanted = Registry(settings), contracts(load_feeds().values())
    try:
        held = {topic: registry.newest(topic) for topic in wanted}
    except RegistryDownError as error:
        return [
            Finding("registry", State.WRONG, f"does not answer ({error})", "start it, or correct CANBAO_REGISTRY_URL, user and password")
        ]
    except UnknownSchemaError as error:
        return [Finding("registry", State.WRONG, str(error), "delete the subject, workers register it anew at their start")]
    there = [_compared(wanted[topic], topic, newest) for topic, newest in held.items() if newest is not None]
    return [*_unregistered([topic for topic, newest in held.items() if newest is None]), *there]


def _unregistered(topics: list[str]) -> list[Finding]:
    """A city has seldom all feeds: the subjects that nobody has written yet are one line."""
    if not topics:
        return []
    remedy = "whoever writes one first registers it; nothing to do"
    return [Finding("registry", State.ADVICE, f"not registered: {', '.join(f'{topic}-value' for topic in topics)}", remedy)]


def _compared(name: str, topic: str, newest: str) -> Finding:
    try:
        held = json.loads(newest)
    except ValueError:
        held = None  # Protobuf, put there by hand
    if held == json.loads(schema_text(name)):
        return Finding("registry", State.OK, f"{topic}-value is this release's")
    if any(held == json.loads(text) for text in released_texts(name)):
        return Finding("registry", State.ADVICE, f"{topic}-value is an earlier release's", "normal until the writers are upgraded")
    remedy = "a newer release of canbao runs elsewhere: upgrade this one; or somebody registered a schema by hand: delete that version"
    return Finding("registry", State.WRONG, f"{topic}-value is no schema of this release", remedy)
