"""Settings and an intake for tests of what it does with records."""

import pytest
from pydantic import SecretStr

from sinks.metrics import Metrics
from streams.agents.intake_io import Intake
from streams.agents.intake_setup import intake_of
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
