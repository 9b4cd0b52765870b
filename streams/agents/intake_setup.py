"""What an intake process is made of, from its settings: compiled feeds, keys, sealing, contracts."""

from processors.identity.keys import KeyMaker
from processors.intake.compile import AvroDecode, CompiledFeed, compile_feed
from schemas.feed_file import Feed, load_feeds
from schemas.topics import DEAD_LETTERS, FEED_PLACE, INTAKE_CHANGELOG, quality_topic
from schemas.variant_characters import load_variants
from schemas.wire import ById, Reader
from schemas.wire_any import WriterReader
from sinks.metrics import Metrics
from streams.agents import decisions
from streams.agents.intake_io import Intake
from streams.engine.spec import Input
from streams.registry import writer_for
from streams.registry_ids import IdsInTime
from streams.sealing import sealer_of
from streams.setting_forms import SHORTEST_PEPPER
from streams.settings import Settings, SettingsError
from streams.vault.envelopes import envelopes_of

ALL_FEEDS = "all"


def decisions_asked(argument: str) -> bool:
    """Whether a role serves the clerks' decisions beside its feeds."""
    return argument == ALL_FEEDS or decisions.FEED in argument.split(",")


def intake_of(argument: str, settings: Settings, metrics: Metrics) -> Intake:
    """Everything that the role `intake:<argument>` needs."""
    feeds = [compiled(feed, settings) for feed in chosen(argument)]
    return Intake(
        feeds={feed.feed.topic: feed for feed in feeds},
        writer=writer_for(DEAD_LETTERS, settings),
        quality={feed.feed.feed: writer_for(quality_topic(feed.feed.feed), settings) for feed in feeds},
        sealer=sealer_of(settings),
        envelopes=envelopes_of(settings),
        metrics=metrics,
        events_partitions=settings.events_partitions,
        horizon_ms=int(settings.horizon_seconds * 1000),
    )


def inputs_of(intake: Intake) -> tuple[Input, ...]:
    """One input a feed, each with a changelog of its own."""
    return tuple(Input(topic, INTAKE_CHANGELOG.replace(FEED_PLACE, feed.feed.feed)) for topic, feed in intake.feeds.items())


def chosen(argument: str) -> list[Feed]:
    """The feeds that a role names, `all` for every one; SettingsError lists what is allowed."""
    feeds = load_feeds()
    names = list(feeds) if argument == ALL_FEEDS else [name for name in argument.split(",") if name and name != decisions.FEED]
    wrong = [name for name in names if name not in feeds]
    if wrong or not (names or decisions_asked(argument)):
        raise SettingsError(f"intake:{','.join(wrong)}: no such feed; allowed: {ALL_FEEDS}, {', '.join(feeds)}, {decisions.FEED}")
    return [feeds[name] for name in names]


def key_maker(settings: Settings) -> KeyMaker:
    """The keyed hashes of this installation; SettingsError where the pepper is missing."""
    pepper = settings.pepper.get_secret_value().encode()
    if not pepper:
        raise SettingsError(f"CANBAO_PEPPER: is missing; must have at least {SHORTEST_PEPPER} characters")
    return KeyMaker(settings.pepper_version, pepper, load_variants())


def compiled(feed: Feed, settings: Settings) -> CompiledFeed:
    """The code of one feed under this installation's keys."""
    return compile_feed(feed, key_maker(settings), avro_decode(feed, settings))


def avro_decode(feed: Feed, settings: Settings) -> AvroDecode | None:
    """The Avro decoder that a feed's wire form needs; None for JSON feeds."""
    by_id = schemas_by_id(settings)
    if feed.wire == "avro":
        return Reader(feed.codec, by_id).decode
    if feed.wire != "debezium-avro":
        return None
    if by_id is None:
        raise SettingsError(f"CANBAO_REGISTRY_URL: feed {feed.feed} is Debezium Avro, whose schemas are in a registry")
    return WriterReader(by_id).decode


def schemas_by_id(settings: Settings) -> ById | None:
    """Other people's schemas by their ids, in time for a batch; None without a registry."""
    if not settings.registry_url:
        return None
    from streams.registry_client import Registry  # noqa: PLC0415 - its HTTP stack costs a second of start-up

    return IdsInTime(Registry(settings).text)
