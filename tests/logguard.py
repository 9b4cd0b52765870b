"""No error goes by unseen: a test fails when something logged an ERROR that the test does not announce."""

import logging
import re
from collections.abc import Iterator

import pytest


class Collector(logging.Handler):
    """Keeps what was logged at ERROR and above."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one record as `logger: message`."""
        self.lines.append(f"{record.name}: {record.getMessage()}")


@pytest.fixture(autouse=True)
def no_unexpected_errors(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail the test on each ERROR that none of its `@pytest.mark.logs_errors("pattern", ...)` announces."""
    collector = Collector()
    root = logging.getLogger()
    root.addHandler(collector)
    try:
        yield
    finally:
        root.removeHandler(collector)
    expected = [re.compile(pattern) for marker in request.node.iter_markers("logs_errors") for pattern in marker.args]
    unexpected = [line for line in collector.lines if not any(pattern.search(line) for pattern in expected)]
    if unexpected:
        pytest.fail("logged at ERROR without @pytest.mark.logs_errors:\n" + "\n".join(unexpected), pytrace=False)
