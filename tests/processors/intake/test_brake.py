"""When a feed stops by itself."""

from processors.intake.brake import Brake
from schemas.errors import Code
from schemas.feed_file import BrakeSpec

SPEC = BrakeSpec(rejected_ratio=0.2, window=20, rejected_run=6)


def run(outcomes: str) -> tuple[int, Code] | None:
    """Where outcomes (x refused, . good) trip the brake."""
    brake = Brake()
    for place, one in enumerate(outcomes):
        code = brake.judge(SPEC, refused=one == "x")
        if code is not None:
            return place, code
    return None


def test_a_run() -> None:
    """Six refused in a row stop it, five do not."""
    assert run(".....xxxxx.") is None
    assert run("..xxxxxx") == (7, Code.BRAKE_RUN)


def test_a_ratio_of_a_full_window() -> None:
    """A fifth of the last twenty stops it; before the window is full only a run does."""
    assert run("x.x.x.x.") is None
    assert run("." * 20 + "x..x..x..x") == (29, Code.BRAKE_RATIO)
    assert run("." * 20 + ("x" + "." * 7) * 10) is None


def test_old_records_leave_the_window() -> None:
    """What is older than the window no longer counts."""
    assert run("xxx" + "." * 30 + "xxx." * 1) is None
