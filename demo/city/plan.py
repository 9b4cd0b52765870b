"""The list of cases: each is one function that plants one case (or trap) into the city."""

from collections.abc import Callable
from dataclasses import dataclass

from demo.city.city import City

Plant = Callable[[City], None]


@dataclass(frozen=True, slots=True)
class Case:
    """One case. `months`: how long the run must be for it to come to its end."""

    rule: str
    name: str
    months: int
    plant: Plant
    trap: bool


CASES: list[Case] = []


def case(rule: str, months: int) -> Callable[[Plant], Plant]:
    """Register a case of a rule that needs a run of so many months."""
    return _register(rule, months, trap=False)


def trap(rule: str, months: int) -> Callable[[Plant], Plant]:
    """Register what looks like a case of a rule and is none."""
    return _register(rule, months, trap=True)


def _register(rule: str, months: int, *, trap: bool) -> Callable[[Plant], Plant]:
    def register(plant: Plant) -> Plant:
        CASES.append(Case(rule, plant.__name__, months, plant, trap))
        return plant

    return register
