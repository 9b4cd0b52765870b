"""The source databases of deploy/debezium on a PostgreSQL of the tests: made from the files an operator runs."""

import psycopg

from tests.servers.connect import DEPLOY
from tests.servers.postgres import PostgresServer

DATABASES = ("business", "household", "medical")
ROLE = "canbao_cdc"
ROLE_PASSWORD = "only-in-tests"


def load_databases(server: PostgresServer) -> None:
    """Create each database with their tables, the replication role and the publications."""
    with psycopg.connect(server.dsn()) as connection:
        connection.execute((DEPLOY / "sql" / "role.sql").read_bytes())
        connection.execute(psycopg.sql.SQL("alter role {} password {}").format(psycopg.sql.Identifier(ROLE), ROLE_PASSWORD))
    for database in DATABASES:
        server.make_database(database)
        server.run_file(database, DEPLOY / "sql" / f"{database}.sql")
        server.run_file(database, DEPLOY / "sql" / f"{database}-capture.sql")


def connector_environment(server: PostgresServer) -> dict[str, str]:
    """Answers to the ${env:...} of the connectors in deploy/debezium."""
    answers = {"HOST": "127.0.0.1", "PORT": str(server.port), "PASSWORD": ROLE_PASSWORD}
    named = {f"CANBAO_{database.upper()}_{key}": value for database in DATABASES for key, value in answers.items()}
    return {**named, **{f"CANBAO_{database.upper()}_DATABASE": database for database in DATABASES}}
