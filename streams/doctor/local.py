"""What this machine alone can tell: secrets, policy, the calendar of working days, disk, the build of Python."""

import datetime as dt
import os
import shutil
from collections.abc import Callable

from schemas.policy import Policy
from schemas.strict_yaml import ConfigError
from streams.agents.days import SHANGHAI
from streams.doctor.finding import Finding, State, contained
from streams.policy import policy_of
from streams.python_build import Build, build_of
from streams.settings import Settings, SettingsError

FREE_SHARE_MIN = 0.15
GIB = 1 << 30
DECEMBER = 12
"""By then the State Council's notice for the next year is out; it comes in late October or November."""


def check(settings: Settings) -> list[Finding]:
    """All of it."""
    parts: dict[str, Callable[[], list[Finding]]] = {
        "settings": lambda: [_embedded(settings), _pepper(settings), _seal_key(settings)],
        "policy": lambda: _policy(settings),
        "disk": lambda: [_disk(settings)],
        "python": lambda: [interpreter(build_of())],
    }
    return [finding for place, look in parts.items() for finding in contained(place, look)]


def _embedded(settings: Settings) -> Finding:
    if settings.kafka_embedded or settings.clock == "topic":
        return Finding(
            "settings",
            State.ADVICE,
            "settings of the demo are on (CANBAO_KAFKA_EMBEDDED or CANBAO_CLOCK=topic)",
            "leave both away in production: days then turn by the calendar",
        )
    return Finding("settings", State.OK, "read; `canbao config` shows them")


def _pepper(settings: Settings) -> Finding:
    if not settings.pepper.get_secret_value():
        return Finding(
            "pepper", State.UNSEEN, "CANBAO_PEPPER is not set here", "only intake needs it: run doctor with intake's settings to check it"
        )
    return Finding("pepper", State.OK, f"set, version {settings.pepper_version}")


def _seal_key(settings: Settings) -> Finding:
    if not settings.seal_key.get_secret_value():
        return Finding(
            "seal key", State.UNSEEN, "CANBAO_SEAL_KEY is not set here", "intake and people need it; run doctor with their settings"
        )
    return Finding("seal key", State.OK, f"usable, named {settings.seal_key_id}")


def _policy(settings: Settings) -> list[Finding]:
    try:
        policy = policy_of(settings)
    except (ConfigError, SettingsError) as error:
        return [
            Finding("policy", State.WRONG, str(error), "correct the file that CANBAO_POLICY_FOLDER names; workers refuse to start with it")
        ]
    return [Finding("policy", State.OK, f"hash {policy.hash}"), calendar(policy, dt.datetime.now(SHANGHAI).date())]


def calendar(policy: Policy, today: dt.date) -> Finding:
    """Whether the holiday notice of this year, and from December on that of the next, is in the policy: due days are counted by it."""
    remedy = "put the notice into workdays.yaml: breaks, make-up days, provisional: false"
    if not policy.workdays.is_official(today.year):
        return Finding("working days", State.WRONG, f"the holiday notice of {today.year} is missing: due days may be wrong", remedy)
    if today.month == DECEMBER and not policy.workdays.is_official(today.year + 1):
        return Finding("working days", State.ADVICE, f"the holiday notice of {today.year + 1} is missing", remedy)
    return Finding("working days", State.OK, f"the holiday notice of {today.year} is known")


def _disk(settings: Settings) -> Finding:
    folder = settings.state_folder
    if not folder.is_dir():
        return Finding(
            "disk", State.UNSEEN, f"{folder} is not there", "a worker makes it at its first start; run doctor where a worker runs"
        )
    if not os.access(folder, os.W_OK):
        return Finding("disk", State.WRONG, f"{folder} is not writable for this user", "give it to the user of the worker")
    usage = shutil.disk_usage(folder)
    said = f"{usage.free / GIB:.1f} of {usage.total / GIB:.1f} GiB free at {folder}"
    if usage.free / usage.total < FREE_SHARE_MIN:
        return Finding("disk", State.WRONG, said, f"keep {FREE_SHARE_MIN:.0%} free: enlarge the volume, or move other things off it")
    return Finding("disk", State.OK, said)


def interpreter(build: Build) -> Finding:
    """Whether Python was built for speed."""
    if build is Build.PLAIN:
        return Finding(
            "python",
            State.ADVICE,
            f"this Python was {build}: an event costs a fifth to a third more CPU time",
            "use the container image or the distribution's Python, or build it with --enable-optimizations --with-lto",
        )
    return Finding("python", State.OK, f"build: {build}")
