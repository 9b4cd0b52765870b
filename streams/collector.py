"""Python's collector of cyclic garbage, at rest: a tenth of the CPU time of an event otherwise (docs/performance.md)."""

import gc

YOUNG_OBJECTS = 20_000
"""New container objects after which cyclic garbage is looked for; Python's own 700 are made by a few dozen events."""


def rest_collector(young_objects: int = YOUNG_OBJECTS) -> None:
    """What was loaded lives as long as the process, and an event leaves no cycles: look for them seldom."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(young_objects)
