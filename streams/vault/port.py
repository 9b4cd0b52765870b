"""The vault as the workbench asks it: with the credentials that may read it, and failures that a page understands."""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from confluent_kafka import KafkaException

from schemas.audit import Audit
from schemas.look_ups import Asker, BulkAnswer, BulkAsked, BulkPending, LookUp, VaultDownError
from streams.agents.intake_setup import key_maker
from streams.sealing import SealError
from streams.settings import Settings
from streams.vault import bulk
from streams.vault.envelopes import envelopes_of
from streams.vault.lookup import Vault

log = structlog.get_logger("canbao.web")


class KafkaVaultPort:
    """`sinks.web.vault.VaultPort` on Kafka."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def behind(self, asker: Asker, person: bytes) -> LookUp:
        """Number and name behind a person key."""
        with _told():
            return self._vault.behind(asker, person)

    def key_of(self, asker: Asker, number: str, now_ms: int) -> LookUp:
        """The person key of a number."""
        with _told():
            return self._vault.key_of(asker, number, now_ms)

    def request(self, asker: Asker, persons: set[bytes]) -> BulkAnswer:
        """Ask for many."""
        with _told():
            return bulk.ask(self._vault, asker, persons)

    def requested(self, request: str) -> BulkAsked | None:
        """What was asked."""
        with _told():
            return bulk.asked_for(self._vault, request)

    def pending(self) -> list[BulkPending]:
        """Requests that wait."""
        with _told():
            return bulk.pending(self._vault.settings)

    def approve(self, asker: Asker, request: str) -> BulkAnswer:
        """Approve what another asked."""
        with _told():
            return bulk.approve(self._vault, asker, request)

    def run(self, asker: Asker, request: str) -> BulkAnswer:
        """The identities of an approved request, once."""
        with _told():
            return bulk.run(self._vault, asker, request)


def vault_port(settings: Settings, audit: Audit) -> KafkaVaultPort | None:
    """The port, None where the settings give the workbench no vault; SettingsError where they do and lack pepper or keys.

    The topics are read as the principal of the re-identification service if one is given: the page's own may not read them.
    """
    if not settings.web_vault:
        return None
    reading = settings.under(settings.web_vault_username, settings.web_vault_password)
    return KafkaVaultPort(Vault(reading, audit, envelopes_of(settings), key_maker(settings)))


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except (KafkaException, SealError, TimeoutError) as error:
        log.warning("the vault cannot be read", error=type(error).__name__)
        raise VaultDownError("the vault cannot be read") from None
