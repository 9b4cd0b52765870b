"""`canbao unquarantine KEY…`: take up persons again whom a failing rule set aside, after the rule was mended."""

from typing import Annotated

import typer
from confluent_kafka import Producer

from processors.stage import UNQUARANTINE
from schemas.audit import Deed
from schemas.events import FORMAT, Command, encode
from schemas.topics import EVENTS
from streams.audited import audited
from streams.cli.choices import person_given
from streams.settings import load_settings

SECONDS = 30.0


def unquarantine(
    keys: Annotated[list[str], typer.Argument(help="person keys, 34 hexadecimal digits each, as the log line shows them")],
) -> None:
    """Take up quarantined persons again: their kept events are handled, every rule is asked."""
    persons = [person_given(key) for key in keys]
    settings = load_settings()
    audited(settings, Deed.UNQUARANTINED, persons=persons, count=len(persons))
    producer = Producer(
        {
            "bootstrap.servers": settings.kafka_bootstrap,
            "partitioner": "murmur2_random",
            "transactional.id": "canbao-cli",
            **settings.kafka_client,
        }
    )
    producer.init_transactions(SECONDS)
    producer.begin_transaction()
    for person in persons:
        producer.produce(EVENTS, encode(Command(FORMAT, UNQUARANTINE, person, "")), person)
    producer.commit_transaction(SECONDS)
    typer.echo(f"{len(persons)} persons will be taken up again; see canbao_persons_quarantined_total and the log")
