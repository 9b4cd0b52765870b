"""A whole city from three numbers: how many people, how many months, which seed."""

import importlib
import pkgutil

from demo.city import cases
from demo.city.city import City
from demo.city.ordinary import plant_ordinary
from demo.city.plan import CASES, Case

for found in pkgutil.iter_modules(cases.__path__):  # importing a file registers its cases
    importlib.import_module(f"{cases.__name__}.{found.name}")


def planted(months: int) -> list[Case]:
    """The cases that come to their end within a run of so many months, in a fixed order."""
    return sorted((case for case in CASES if case.months <= months), key=lambda case: (case.rule, case.trap, case.name))


MONTHS_MAX = 12
"""Cases are laid out within one year: what becomes of their people afterwards is not written."""


PEOPLE_PER_CASE = 300


def generate(persons: int, months: int, seed: int, per_case: int = PEOPLE_PER_CASE) -> City:
    """The city. Every case that fits into the run is planted once per `per_case` people, at least once; ordinary people fill it up."""
    if not 1 <= months <= MONTHS_MAX:
        raise ValueError(f"a city runs for 1 to {MONTHS_MAX} months, not {months}")
    city = City(months, seed)
    for _ in range(max(1, persons // per_case)):
        for case in planted(months):
            city.case = case.name
            case.plant(city)
    plant_ordinary(city, max(0, persons - people_of(city)))
    return city


def people_of(city: City) -> int:
    """How many people departments have written about so far."""
    return len({change.record.who.full_number for change in city.changes})
