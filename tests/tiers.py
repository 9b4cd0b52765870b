"""Tests run in tiers, cheapest first: which tier a test is in, the announcement of each, and what could not run here."""

from collections import Counter
from collections.abc import Generator
from enum import IntEnum

import pytest

from demo.servers.process import ServerUnavailable
from tests.beside import Beside


class Tier(IntEnum):
    """In the order of `make test`."""

    UNITS = 1
    EMBEDDED = 2
    KAFKA = 3
    DATABASE = 4
    CHAOS = 5


TITLES = {
    Tier.UNITS: "tables, properties and units",
    Tier.EMBEDDED: "embedded broker and Redis",
    Tier.KAFKA: "real Kafka",
    Tier.DATABASE: "PostgreSQL and Debezium",
    Tier.CHAOS: "random chaos",
}
TIER_OF_MARKER = {
    "embedded": Tier.EMBEDDED,
    "redis": Tier.EMBEDDED,
    "kafka": Tier.KAFKA,
    "postgres": Tier.DATABASE,
    "debezium": Tier.DATABASE,
    "chaos": Tier.CHAOS,
}
MARKER_OF_FIXTURE = {"valkey": "redis", "kafka": "kafka", "own_kafka": "kafka", "postgres": "postgres", "connect": "debezium"}


def tier_of(item: pytest.Item) -> Tier:
    """The dearest tier among the test's markers."""
    return max((tier for marker, tier in TIER_OF_MARKER.items() if item.get_closest_marker(marker)), default=Tier.UNITS)


class Tiers:
    """Pytest plugin: orders tests by tier, announces each, leaves long forms to `--proof`, lists what lacked a server."""

    def __init__(self, beside: Beside | None = None) -> None:
        self.beside = beside
        """Where tier 1 runs, if not here."""
        self.counts: dict[Tier, int] = {}
        self.announced: Tier | None = None
        self.not_run: dict[str, str] = {}
        """Test to what would make it run."""

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Mark by fixture, select, and sort; a test that uses a server's fixture needs no marker of its own."""
        for item in items:
            for fixture, marker in MARKER_OF_FIXTURE.items():
                if fixture in getattr(item, "fixturenames", ()):
                    item.add_marker(marker)
        wanted = {Tier(number) for number in config.getoption("--tier") or Tier} - ({Tier.UNITS} if self.beside else set())
        proof = bool(config.getoption("--proof"))
        kept = [item for item in items if tier_of(item) in wanted and bool(item.get_closest_marker("proof")) is proof]
        chosen = set(kept)
        dropped = [item for item in items if item not in chosen]
        if dropped:
            config.hook.pytest_deselected(items=dropped)
        items[:] = sorted(kept, key=tier_of)
        self.counts = {tier: sum(tier_of(item) is tier for item in kept) for tier in Tier}

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> None:
        """Announce the tier of the test that comes next."""
        tier = tier_of(item)
        reporter = item.config.pluginmanager.get_plugin("terminalreporter")
        if tier is not self.announced and reporter is not None:
            self.announced = tier
            reporter.ensure_newline()
            reporter.section(f"tier {tier.value}: {TITLES[tier]}, {self.counts[tier]} tests", sep="-")

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Turn `ServerUnavailable`, wherever it was raised, into a skip that says what would make the test run."""
        report = yield
        if call.excinfo is not None and isinstance(call.excinfo.value, ServerUnavailable):
            missing = call.excinfo.value
            path, line, _ = item.location
            report.outcome = "skipped"
            report.longrepr = (path, line or 0, f"Skipped: {missing}")
            self.not_run[item.nodeid] = f"{missing.name}: {missing.remedy}"
        return report

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None]:
        """After pytest's own report: each test that lacked a server, then one line over all tiers."""
        yield
        reporter = session.config.pluginmanager.get_plugin("terminalreporter")
        if reporter is None or session.config.option.collectonly:
            return
        if self.not_run:
            reporter.section(f"{len(self.not_run)} tests not run for want of a server")
            for test, remedy in self.not_run.items():
                reporter.line(f"{test}\n    {remedy}")
        counts = Counter({outcome: len(reporter.stats.get(outcome, [])) for outcome in ("passed", "failed", "error", "skipped")})
        if self.beside is not None:
            counts += self._beside(self.beside, session, reporter)
        failed = counts["failed"] + counts["error"]
        reporter.line(f"{counts['passed']} passed, {failed} failed, {counts['skipped']} skipped")

    @staticmethod
    def _beside(beside: Beside, session: pytest.Session, reporter: pytest.TerminalReporter) -> Counter[str]:
        """What tier 1 gave meanwhile, printed; its failures are failures of this run. An interrupted run does not wait for it."""
        if session.exitstatus == pytest.ExitCode.INTERRUPTED:
            beside.kill()
            return Counter()
        reporter.section(f"tier {Tier.UNITS.value}, which ran beside the others")
        printed, counts = beside.told()
        reporter.write(printed)
        if counts["failed"]:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        return counts
