"""How this Python was built: profile-guided optimisation is worth a fifth to a quarter of the CPU time of every worker (docs/performance.md)."""

import sys
import sysconfig
from enum import StrEnum

_DISTRIBUTION_PREFIX = "/usr"
"""Where a distribution installs its own; Debian's says nothing in its configuration, but its build is optimised."""


class Build(StrEnum):
    """What is known of the interpreter."""

    OPTIMISED = "optimised"
    DISTRIBUTION = "the distribution's"
    PLAIN = "built without --enable-optimizations"


def build_of(arguments: str | None = sysconfig.get_config_var("CONFIG_ARGS"), prefix: str = sys.base_prefix) -> Build:
    """The build of an interpreter by its configure arguments and the prefix that it is installed under."""
    if "--enable-optimizations" in (arguments or ""):
        return Build.OPTIMISED
    return Build.DISTRIBUTION if prefix == _DISTRIBUTION_PREFIX else Build.PLAIN
