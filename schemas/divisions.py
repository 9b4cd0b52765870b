"""Divisions of the province: names of cities, dated successors of replaced codes, and whether an area code is known at all."""

from enum import StrEnum
from functools import cache
from pathlib import Path

from msgspec import Struct

from schemas.dates import day
from schemas.policy import Successors
from schemas.strict_yaml import read_table

HOME = Path(__file__).parent
SHANDONG_PREFIX = "37"


class AreaStanding(StrEnum):
    """Whether an area code is known. UNKNOWN is a warning, never a reason to refuse a number: codes outlive the county that issued them."""

    KNOWN = "KNOWN"
    UNKNOWN = "UNKNOWN"


class _File(Struct, forbid_unknown_fields=True, frozen=True):
    province: int
    cities: dict[int, str]
    counties: dict[int, str]
    historic_prefixes: dict[str, str]
    provinces: list[int]


class Divisions(Struct, frozen=True):
    """The compiled table. Divisions are six-digit GB/T 2260 codes as integers; nn99 (市本级) is a division of its city."""

    province: int
    cities: dict[int, str]
    counties: dict[int, str]
    historic_prefixes: frozenset[str]
    provinces: frozenset[str]
    replaced: dict[int, tuple[int, int]]  # old code → (day from which the new one stands, new code)

    def successor(self, division: int, on_day: int) -> int:
        """The code that stands for a division on a day (days since 1970); the code itself before its replacement."""
        seen = {division}
        while division in self.replaced:
            since, new = self.replaced[division]
            if on_day < since or new in seen:
                return division
            seen.add(new)
            division = new
        return division

    def city_of(self, division: int) -> int:
        """The city (nn00) that a division lies in today, through its successors: 371202 is in 370100."""
        latest = self.successor(division, 1 << 30)
        return self.successor(latest // 100 * 100, 1 << 30)

    def name_of(self, division: int) -> str:
        """The Chinese name of a city or county, or its code where it is not one of this province."""
        return self.cities.get(division) or self.counties.get(division) or str(division)

    def in_province(self, division: int) -> bool:
        """Whether a division is the province, or lies in a city that it has or had; zones and 市本级 that the table does not name included."""
        city = division // 100 * 100
        return division == self.province or city in self.cities or city in self.replaced

    def counties_of(self, city: int) -> list[int]:
        """The counties and districts of a city."""
        return [county for county in self.counties if self.city_of(county) == city]

    def area_standing(self, number: str) -> AreaStanding:
        """Whether the first six digits of an identity number are an area that ever was."""
        if number[:2] not in self.provinces:
            return AreaStanding.UNKNOWN
        if number[:2] != SHANDONG_PREFIX:
            return AreaStanding.KNOWN
        prefix = number[:4]
        known = prefix in self.historic_prefixes or int(prefix) * 100 in self.cities
        return AreaStanding.KNOWN if known else AreaStanding.UNKNOWN


@cache
def load_divisions() -> Divisions:
    """The table of `schemas/codes/divisions.yaml` with the successors of `schemas/policy/divisions.yaml`; ConfigError where they are wrong."""
    names = read_table(HOME / "codes" / "divisions.yaml", "codes/divisions.yaml").convert(_File)
    rows = read_table(HOME / "policy" / "divisions.yaml", "policy/divisions.yaml").convert(Successors).successors
    replaced = {row.old: (day(row.since), row.new) for row in rows}
    provinces = frozenset(str(code) for code in names.provinces)
    return Divisions(names.province, names.cities, names.counties, frozenset(names.historic_prefixes), provinces, replaced)
