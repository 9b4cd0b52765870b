"""How long to wait after a failure; pure tables.

A target that is down is tried again and again, for days, and nothing is given up: its alerts wait in Kafka. An alert that a living target does
not take has a schedule of its own, that of Standard Webhooks, and is given up at its end.
"""

HOLD_SECONDS = (1.0, 2.0, 5.0, 15.0, 60.0, 300.0, 900.0, 1_800.0, 3_600.0)
"""After the n-th failure in a row of a target; the last one stays."""
PARK_SECONDS = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
"""After the n-th failure of one alert: 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h; three days in all."""


def hold_seconds(failures: int, longest: float) -> float:
    """Wait after `failures` (from 1) failures in a row of the whole target, at most `longest`."""
    return min(HOLD_SECONDS[min(failures, len(HOLD_SECONDS)) - 1], longest)


def park_seconds(attempts: int) -> int | None:
    """Wait of one alert after `attempts` (from 1) failures; None: the schedule is at its end."""
    return PARK_SECONDS[attempts - 1] if attempts <= len(PARK_SECONDS) else None
