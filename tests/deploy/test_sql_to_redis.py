"""The whole way: a row changed in SQL becomes an alert in Redis, and its correction takes the alert back."""

import datetime as dt
import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from random import Random
from typing import Any

import psycopg
import pytest
import redis

from demo.city.identity import FEMALE, Registry
from demo.servers.valkey import start_valkey
from demo.stack import Stack, start_workers
from streams.settings import load_settings
from streams.topics import create_missing, declared
from tests.servers.connect import DEPLOY, ConnectServer, start_connect
from tests.servers.databases import connector_environment, load_databases
from tests.servers.fixtures import Broker
from tests.servers.postgres import PostgresServer, start_postgres

DIVISION = "370102"
WAIT_SECONDS = 120.0
TODAY = dt.datetime.now(dt.timezone(dt.timedelta(hours=8))).date()


class Pipeline(Stack):
    """Workers as in production: the day comes from the calendar."""

    def environment(self) -> dict[str, str]:
        """The demo's settings with the calendar as clock."""
        return {**Stack.environment(self), "CANBAO_CLOCK": "calendar"}


@pytest.fixture
def city(server_folder: Path, own_kafka: Broker) -> Iterator[tuple[PostgresServer, ConnectServer, redis.Redis]]:
    """Both databases, Connect with both connectors, all workers, and a client of the Redis that they fill."""
    folder = server_folder / "sql-to-redis"
    with ExitStack() as running:
        postgres = running.enter_context(start_postgres(folder / "postgres"))
        load_databases(postgres)
        valkey = running.enter_context(start_valkey(folder / "valkey"))
        pipeline = Pipeline(own_kafka.bootstrap, valkey.url, embedded=False, partitions=4, folder=folder)
        settings = load_settings(pipeline.environment())
        create_missing(settings, declared(settings))
        connect = running.enter_context(start_connect(folder / "connect", own_kafka.bootstrap, connector_environment(postgres)))
        for feed in ("business", "household"):
            connect.register_file(DEPLOY / f"{feed}.json")
        running.enter_context(pipeline)
        start_workers(pipeline)
        yield postgres, connect, running.enter_context(closing(redis.Redis.from_url(valkey.url)))


@pytest.mark.debezium
@pytest.mark.redis
def test_a_change_in_sql_becomes_an_alert_in_redis(city: tuple[PostgresServer, ConnectServer, redis.Redis]) -> None:
    """Pension paid, then the death of three months ago is registered: R01 opens. Connect is killed, the registration is undone: R01 is retracted."""
    postgres, connect, model = city
    died = (TODAY.replace(day=1) - dt.timedelta(days=75)).replace(day=10)
    paid_for = (died.replace(day=1) + dt.timedelta(days=32)).replace(day=1)
    with (
        psycopg.connect(postgres.dsn("household"), autocommit=True) as household,
        psycopg.connect(postgres.dsn("business"), autocommit=True) as business,
    ):
        _person(household, business, paid_for)
        household.execute(
            "update household.resident set cancelled_on = %s, cancel_reason = '01', died_on = %s, updated_on = %s",
            [TODAY, died.isoformat(), TODAY],
        )
        alert = _await_alert(model, "HOLDS")
        assert (alert["rule"], alert["amount_fen"], alert["months"]) == ("R01", 21_300, [int(f"{paid_for:%Y%m}")])
        assert {one["feed"] for one in alert["evidence"]} == {"household", "business"}
        connect.kill()
        household.execute("update household.resident set cancelled_on = null, cancel_reason = null, died_on = null")
        connect.start()
        taken_back = _await_alert(model, "RETRACTED")
        assert taken_back["alert_id"] == alert["alert_id"]
        assert taken_back["revision"] > alert["revision"]
        assert not model.zcard(f"canbao:open:{DIVISION}:R01")


def _person(household: psycopg.Connection, business: psycopg.Connection, paid_for: dt.date) -> None:
    """A retired resident with a pension record and one month's payment."""
    who = Registry(Random(1)).person(dt.date(1950, 3, 10), FEMALE)
    household.execute(
        "insert into household.resident (resident_id, id_card, full_name, sex, birth_date, division, registered_on, register_reason, updated_on)"
        " values (1, %s, %s, '2', '1950-03-10', %s, '2000-01-01', '02', '2000-01-01')",
        [who.number, who.name, DIVISION],
    )
    common = ("P1", who.number, who.name, "170", DIVISION, "1", f"{TODAY:%Y%m%d}")
    business.execute(
        "insert into business.benefit_record (id, aac001, aac002, aac003, aae140, aab301, valid_flag, zzz003, benefit_kind, aae116, aic160)"
        " values (1, %s, %s, %s, %s, %s, %s, %s, '1', '1', '201004')",
        common,
    )
    business.execute(
        "insert into business.benefit_payment"
        " (id, aac001, aac002, aac003, aae140, aab301, valid_flag, zzz003, aaa036, eac064, aae019, pay_state, paid_on, run_id)"
        " values (1, %s, %s, %s, %s, %s, %s, %s, '100011', %s, 213.00, '1', %s, 'run')",
        [*common, f"{paid_for:%Y%m}", f"{paid_for:%Y%m}15"],
    )


def _await_alert(model: redis.Redis, premise: str) -> dict[str, Any]:
    """The R01 alert as soon as Redis holds it with this premise."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        for key in model.scan_iter("canbao:alert:*"):
            fields: dict[bytes, bytes] = model.hgetall(key)  # type: ignore[assignment]  # the client is not the asynchronous one, which shares the stub
            if fields[b"rule"] == b"R01" and fields[b"premise"] == premise.encode():
                found: dict[str, Any] = json.loads(fields[b"json"])
                return found
        time.sleep(0.1)
    raise AssertionError(f"no R01 with premise {premise} within {WAIT_SECONDS:.0f} s; there are {sorted(model.scan_iter())[:20]}")
