"""What the agents are given in tests: settings, an intake, what people needs."""

import pytest
from pydantic import SecretStr

from sinks.metrics import Metrics
from streams.agents.intake_io import Intake
from streams.agents.intake_setup import intake_of
from streams.agents.people_io import People, people_of
from streams.settings import Settings, load_settings


@pytest.fixture
def settings() -> Settings:
    """Settings of a test: fixed secrets, three events partitions, horizons at once."""
    return load_settings(
        {}, pepper=SecretStr("a pepper for tests only, 32 bytes"), seal_key=SecretStr("5a" * 32), events_partitions=3, horizon_seconds=0
    )


@pytest.fixture
def intake(settings: Settings) -> Intake:
    """Intake of two feeds."""
    return intake_of("death_certificate,business", settings, Metrics())


@pytest.fixture
def people() -> People:
    """What the agent of a worker with default settings has."""
    return people_of(load_settings({"CANBAO_SEAL_KEY": "11" * 32}), Metrics())
