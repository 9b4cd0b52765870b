"""What every test has: real servers as fixtures, tiers, and a guard against errors that nobody looks at."""

import os

import pytest
from hypothesis import settings

from tests.beside import Beside
from tests.logguard import no_unexpected_errors
from tests.servers.fixtures import connect, kafka, own_kafka, postgres, server_folder, valkey
from tests.tiers import Tier, Tiers

__all__ = ["connect", "kafka", "no_unexpected_errors", "own_kafka", "postgres", "server_folder", "valkey"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of `make test` and `make proof`."""
    parser.addoption("--tier", type=int, action="append", choices=[tier.value for tier in Tier], help="run only this tier (repeatable)")
    parser.addoption("--beside", action="store_true", help="run tier 1 in a process of its own while the other tiers run")
    parser.addoption("--explore", action="store_true", help="draw new examples for the properties instead of the repeatable ones")
    parser.addoption("--proof", action="store_true", help="run the long forms (marker proof) instead of the ordinary tests")


def pytest_configure(config: pytest.Config) -> None:
    """Put the tiers to work."""
    settings.register_profile("repeatable", derandomize=True, deadline=None)
    settings.register_profile("exploring", deadline=None)
    settings.load_profile("exploring" if config.getoption("--explore") else "repeatable")
    if "MUTANT_UNDER_TEST" in os.environ:  # mutmut 3.8 reads a name that pytest 9 took away
        pytest.Item._nodeid = property(lambda item: item.nodeid)  # type: ignore[attr-defined]  # pytest 9 no longer declares it
    beside = None
    if config.getoption("--beside"):
        options = [word for word in map(str, config.invocation_params.args) if word != "--beside"]
        beside = Beside([*options, "--tier", str(Tier.UNITS.value)], config.invocation_params.dir)
    config.pluginmanager.register(Tiers(beside), "canbao-tiers")
